"""Requests that come by mail: read once, sealed, and proved by a letter to the address on file.

RFC 5322. One address in From; what a Reply-To says is not used: whoever writes one could have the
answer sent to themselves. Machines are not answered (RFC 3834): their mails are ignored, so no two
of them write to each other for ever. DKIM and SPF say which server sent a mail, not who wrote it;
the letter proves more and is believed instead.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final, cast

from typing_extensions import override

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import NotAMail
from candor.domain.rights.model.mail import LONGEST, right_of
from candor.domain.rights.model.request import Channel, Request, Right
from candor.domain.rights.service import exchanging
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.office import Office
from candor.domain.shield.model.limit import Limit
from candor.domain.shield.service.throttles import Throttles
from candor.domain.vault.service import normalise
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

# Finds the one person who has an address, verified; None: nobody, or several share it.
Whose = Callable[[ReadTx, str], Awaitable[ProfileId | None]]
STRANGERS: Final = Limit("rights.mails", 3, timedelta(days=1))  # of an address nobody has
LARGEST: Final = 1024 * 1024
_READ: Final = 256 * 1024  # bytes that are read: attachments come after the words
_LONGEST_FIELD: Final = 1000  # signs of a header: the time to read one grows with their square
_MOST_NESTED: Final = 50  # parts that hold parts
_PARTY: Final = "mail"
_MOST_WORDS: Final = 10_000  # signs that are kept
_BACKWARDS: Final = timedelta(days=14)  # so long ago may a mail have been sent that comes today
_MACHINES: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_LISTS: Final = ("list-id", "list-unsubscribe", "list-post", "x-auto-response-suppress")
_SENDERS: Final = ("mailer-daemon@", "postmaster@", "no-reply@", "noreply@", "bounce")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is read of a mail."""

    sender: Pii[str]
    words: Pii[str]
    name: str  # its Message-ID, hashed: what makes it the same when it comes again
    sent_at: datetime | None
    right: Right | None
    is_by_machine: bool


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of a mail: ignored without a request; known: it came before.

    Over: a stranger sent more than are taken in a day; nothing was kept.
    """

    request: Request | None
    is_new: bool
    is_over: bool = False


class _Short(EmailPolicy):
    """Reads the beginning of each header."""

    @override
    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return what a header says, as far as it is read."""
        return super().header_fetch_parse(name, value[:_LONGEST_FIELD])


_POLICY: Final = _Short()


def read(raw: bytes) -> Mail:
    """Read a mail: in less than a second, whatever it is.

    Raises:
        NotAMail: too large, not of one sender, or not a mail at all.
    """
    if len(raw) > LARGEST:
        raise NotAMail
    begin = raw[:_READ]
    if begin.lower().count(b"multipart/") > _MOST_NESTED:
        raise NotAMail
    try:
        message = cast("EmailMessage", BytesParser(policy=_POLICY).parsebytes(begin))
        _check_sender(message)
        senders = getaddresses([str(one) for one in message.get_all("from", [])])
        subject = str(message.get("subject", ""))
        body = _body(message)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError):
        raise NotAMail from None
    if len(senders) != 1:
        raise NotAMail
    address = normalise("email", senders[0][1])
    if address is None:
        raise NotAMail
    text = f"{subject}\n\n{body}".strip().replace("\0", "")
    text = text.encode("utf-8", "replace").decode()  # what is in no alphabet cannot be sealed
    return Mail(
        sender=Pii(address),
        words=Pii(text[:_MOST_WORDS] or "-"),
        name=sha256(_id(message) or raw).hexdigest(),
        sent_at=_sent(message),
        right=right_of(text),
        is_by_machine=_is_by_machine(message, address),
    )


def _check_sender(message: EmailMessage) -> None:
    """Refuse a mail of many, or whose sender is longer than any: before it is read.

    Raises:
        NotAMail: so it is.
    """
    found = [value for name, value in message.raw_items() if name.lower() == "from"]
    if len(found) != 1 or len(found[0]) > _LONGEST_FIELD:
        raise NotAMail


def _body(message: EmailMessage) -> str:
    """Return what a mail says as text; attachments are not read."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    content = part.get_content()
    return str(content)[:LONGEST] if isinstance(content, str) else ""


def _id(message: EmailMessage) -> bytes:
    return str(message.get("message-id", "")).strip().encode("utf-8", "replace")


def _sent(message: EmailMessage) -> datetime | None:
    try:
        sent = parsedate_to_datetime(str(message.get("date", "")))
    except (ValueError, TypeError, OverflowError):
        return None
    return sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)


def _is_by_machine(message: EmailMessage, address: str) -> bool:
    """Tell whether no person sent this: RFC 3834 section 2, RFC 2919, RFC 3464."""
    said = str(message.get("auto-submitted", "no")).partition(";")[0].strip().lower()
    return (
        said not in {"no", ""}
        or str(message.get("precedence", "")).strip().lower() in _MACHINES
        or any(name in message for name in _LISTS)
        or str(message.get("return-path", "")).strip() == "<>"
        or message.get_content_type() in {"multipart/report", "message/delivery-status"}
        or address.startswith(_SENDERS)
    )


async def capture(
    tx: Tx, mail: Mail, whose: Whose, *, throttles: Throttles, actor: Actor, office: Office
) -> Captured:
    """Take what a mail asks for; audited. The same mail again is the same request.

    Args:
        tx: a transaction.
        mail: what was read.
        whose: finds the one person who has an address, verified.
        throttles: counts the mails of addresses that nobody has: after `STRANGERS` no more
            are taken, so that a flood makes no queue and no letters.
        actor: who handed the mail in.
        office: what rights are carried out with.

    Raises:
        UnknownRight, TooManyRequests, NoKey: as `asking.ask`.
    """
    if mail.is_by_machine:
        return Captured(None, is_new=False)
    profile_id = await whose(tx, mail.sender.reveal())
    if profile_id is None and not await _is_taken(tx, mail, throttles):
        return Captured(None, is_new=False, is_over=True)
    now = office.clock.now()
    sent = mail.sent_at or now
    taken = await exchanging.take(
        tx,
        Asked(
            # What a person must sort is answered at the latest as the broadest right would be.
            kind=mail.right or Right.ACCESS,
            channel=Channel.MAIL,
            profile_id=profile_id if mail.right is not None else None,
            scope={} if mail.right is not None else {"sort": "by_hand"},
            received_at=min(max(sent, now - _BACKWARDS), now),
            words=mail.words,
            reply_to=mail.sender if profile_id is None or mail.right is None else None,
        ),
        exchanging.Sent(
            party=_PARTY, ref=mail.name, word=mail.right or "sort", content=mail.name.encode()
        ),
        actor=actor,
        office=office,
    )
    return Captured(taken.request, is_new=taken.is_new)


async def _is_taken(tx: Tx, mail: Mail, throttles: Throttles) -> bool:
    """Tell whether a stranger's mail is taken: it came before, or one more may come today."""
    if await exchanging.is_known(tx, party=_PARTY, ref=mail.name):
        return True
    return (await throttles.take(tx, STRANGERS, mail.sender.reveal())).is_allowed
