"""What access leaves to the worker: letters about signing in, forgetting what ended long ago."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.factors import Change
from candor.domain.access.model.letters import (
    Addressee,
    CodeMail,
    ComingBackMail,
    NewDeviceMail,
    PasskeyMail,
    Sender,
)
from candor.domain.access.model.sign_in import kind_of
from candor.domain.access.service import (
    ceremonies,
    codes,
    coming_back,
    new_devices,
    passkey_notices,
    proposals,
    sessions,
)
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.infra.log import logger
from candor.infra.mail import Mail, Mailer
from candor.infra.web.pages import render_mail
from candor.infra.web.reading import Reader
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

_log = logger("access")
_EUROPEAN: Final = "en_GB"  # how dates are written unless somebody says otherwise

# Whose an address is, opened to write to it; None: nobody's who may come in. By what it is found,
# or, without that, by whose it is. Profiles are above us, so the composition root hands this in.
FindAddressee = Callable[[Tx, str, ProfileId | None], Awaitable[Addressee | None]]
# Whether an address was erased here, and nobody has come back by it. Handed in likewise.
IsForgotten = Callable[[ReadTx, Pii[str]], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Post:
    """What sending a letter needs, made by the composition root."""

    mailer: Mailer
    find: FindAddressee
    is_forgotten: IsForgotten
    sender: Callable[[ReadTx], Awaitable[Sender]]
    keyring: KeyProvider
    public_url: str


async def send_code(database: Database, post: Post, clock: Clock, ceremony_hash: bytes) -> bool:
    """Send the mail with a code and a link, if somebody has the address; return whether one left.

    Nothing is sent any more when the ceremony is over. Killed between sending and the end, the
    mail goes out twice, with the same code.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with database.tx(codes.JOB) as tx:
        ceremony = await codes.due(tx, ceremony_hash, clock)
        if ceremony is None:
            return False
        if ceremony.kind == codes.BACK:
            return await _send_to_forgotten(tx, post, clock, ceremony)
        to = await post.find(tx, codes.address_of(ceremony), _bearer(ceremony))
        if to is None:
            return False
        await codes.note_bearer(tx, ceremony, to.bearer_id, to.subject)
        sender = await post.sender(tx)
    is_proof = ceremony.kind == codes.PROOF
    token = codes.link_of(post.keyring, ceremony_hash)
    view = CodeMail(
        sender=sender,
        is_proof=is_proof,
        code=codes.written(codes.code_of(post.keyring, ceremony_hash)),
        url=f"{post.public_url}/me/{'prove' if is_proof else 'sign-in'}/mail/{token}",
        asked_at=ceremony.created_at,
        expires_at=ceremony.expires_at,
    )
    locale = to.locale or codes.locale_of(ceremony) or _EUROPEAN
    return await _send(post, "sign_in_code", view, to, locale, clock)


async def _send_to_forgotten(tx: Tx, post: Post, clock: Clock, ceremony: Ceremony) -> bool:
    """Send the code for coming back, if the address was erased here; return whether one left.

    The ceremony becomes nobody's: an id of its own stands for whoever that is.
    """
    address = coming_back.address_in(post.keyring, ceremony)
    if not await post.is_forgotten(tx, address):
        return False
    bearer = _bearer(ceremony) or ProfileId(new_id())
    await codes.note_bearer(tx, ceremony, bearer, None)
    view = ComingBackMail(
        sender=await post.sender(tx),
        code=codes.written(codes.code_of(post.keyring, ceremony.ceremony_hash)),
        asked_at=ceremony.created_at,
        expires_at=ceremony.expires_at,
    )
    to = Addressee(bearer, None, address, None)
    locale = codes.locale_of(ceremony) or _EUROPEAN
    return await _send(post, "coming_back", view, to, locale, clock)


async def tell_of_new_device(
    database: Database, post: Post, clock: Clock, bearer_id: ProfileId, began: int
) -> bool:
    """Tell somebody of a sign-in from where they were not seen before; return whether a mail left.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with database.tx(new_devices.JOB) as tx:
        sign_in = await new_devices.find(tx, bearer_id, began)
        to = await post.find(tx, "", bearer_id) if sign_in else None
        if sign_in is None or to is None:
            return False
        sender = await post.sender(tx)
    works_until = sign_in.created_at + new_devices.LASTS
    token = new_devices.token_of(post.keyring, bearer_id, works_until)
    view = NewDeviceMail(
        sender=sender,
        device=kind_of(sign_in.device),
        at=sign_in.created_at,
        url=f"{post.public_url}/me/not-me/{token}",
        works_until=works_until,
    )
    return await _send(post, "new_device", view, to, to.locale or _EUROPEAN, clock)


async def tell_of_passkey(
    database: Database,
    post: Post,
    clock: Clock,
    bearer_id: ProfileId,
    change: Change,
    at: datetime,
) -> bool:
    """Tell a customer that a passkey was added or removed; return whether a mail left.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with database.tx(passkey_notices.JOB) as tx:
        to = await post.find(tx, "", bearer_id)
        if to is None:
            return False
        sender = await post.sender(tx)
    view = PasskeyMail(
        sender=sender,
        is_added=change is Change.PASSKEY_ADDED,
        at=at,
        url=f"{post.public_url}/me/account/passkeys",
    )
    return await _send(post, "passkey", view, to, to.locale or _EUROPEAN, clock)


async def sweep(database: Database, clock: Clock) -> None:
    """Forget sessions and links that ended thirty days ago, ceremonies of yesterday. Idempotent."""
    async with database.tx("access.sweep") as tx:
        await sessions.sweep(tx, clock)
        await ceremonies.sweep(tx, clock)
        await proposals.sweep(tx, clock)


def _bearer(ceremony: Ceremony) -> ProfileId | None:
    return None if ceremony.bearer_id is None else ProfileId(ceremony.bearer_id)


async def _send(
    post: Post,
    name: str,
    view: CodeMail | ComingBackMail | NewDeviceMail | PasskeyMail,
    to: Addressee,
    locale: str,
    clock: Clock,
) -> bool:
    reader = Reader(clock.now(), locale, view.sender.time_zone)
    words = render_mail(f"access/mail/{name}", view, reader=reader)
    tag = locale.replace("_", "-")
    try:
        await post.mailer.send(Mail(to.address, words.subject, words.text, words.html, tag))
    except Refused as error:  # for good: trying again would not help
        _log.warning("a letter was refused", code=error.code, letter=name)
        return False
    return True
