"""Letters to staff: invitations, and what changed in their sign-in. English, as the console is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.access.jobs import Post
from candor.domain.access.model.factors import Change
from candor.domain.access.model.letters import Sender
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import invitations, members
from candor.infra.db.pool import Database
from candor.infra.log import logger
from candor.infra.mail import Mail
from candor.infra.web.pages import render_mail
from candor.infra.web.reading import Reader
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused
from candor.kernel.pii import Pii

_log = logger("access")
_ENGLISH: Final = "en_GB"
# What is said of each change: the subject, and a sentence.
_SAID: Final[Mapping[Change, tuple[str, str]]] = {
    Change.JOINED: (
        "Your sign-in is set up",
        "your sign-in was set up, with a password and an authenticator app.",
    ),
    Change.PASSWORD: (
        "Your password was changed",
        "your password was changed. All your other sign-ins ended.",
    ),
    Change.TOTP: (
        "Your authenticator app was changed",
        "another authenticator app makes your codes now. All your other sign-ins ended.",
    ),
    Change.RECOVERY: (
        "You have new recovery codes",
        "new recovery codes were made. The former ones no longer count.",
    ),
    Change.RECOVERY_USED: (
        "A recovery code was used",
        "one of your recovery codes was used in place of your app.",
    ),
    Change.PASSKEY_ADDED: ("A passkey was added", "a passkey was added to your sign-in."),
    Change.PASSKEY_REMOVED: (
        "A passkey was removed",
        "a passkey was removed from your sign-in.",
    ),
    Change.RESET: (
        "Your sign-in was reset",
        "all your factors were taken away. You get an invitation to begin anew.",
    ),
    Change.ROLE: ("Your role was changed", "your role in the console was changed."),
}


@dataclass(frozen=True, slots=True)
class InvitationMail:
    """Mail `access/mail/invitation`."""

    company: str
    name: str
    handle: str
    url: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ChangeMail:
    """Mail `access/mail/change`: no link, so that nobody learns to follow links in such mails."""

    company: str
    name: str
    title: str
    what: str
    at: datetime


async def send_invitation(
    database: Database, post: Post, clock: Clock, staff_id: UUID, invitation_id: UUID
) -> bool:
    """Send an invitation; return whether a mail left.

    Nothing is sent any more once it is used or has run out. Killed between sending and the end,
    the mail goes out twice, with the same link.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with database.read() as tx:
        standing = await invitations.standing(
            tx, invitation_id, keyring=post.keyring, clock=clock
        )
        member = await members.find(tx, staff_id)
        sender = await post.sender(tx)
    if standing is None or member is None or not member.email:
        return False
    token = invitations.token_of(post.keyring, invitation_id)
    view = InvitationMail(
        company=sender.company,
        name=member.display_name,
        handle=member.handle,
        url=f"{post.public_url}/console/join/{token}",
        until=standing.expires_at,
    )
    return await _send(post, "invitation", view, member.email, sender, clock)


async def tell_change(
    database: Database, post: Post, clock: Clock, staff_id: UUID, change: Change, at: datetime
) -> bool:
    """Tell somebody what changed in their sign-in; return whether a mail left.

    Raises:
        Unavailable: as above.
    """
    async with database.read() as tx:
        member: Staff | None = await members.find(tx, staff_id)
        sender = await post.sender(tx)
    if member is None or not member.email:
        return False
    title, what = _SAID[change]
    view = ChangeMail(sender.company, member.display_name, title, what, at)
    return await _send(post, "change", view, member.email, sender, clock)


async def _send(
    post: Post,
    name: str,
    view: InvitationMail | ChangeMail,
    address: str,
    sender: Sender,
    clock: Clock,
) -> bool:
    reader = Reader(clock.now(), _ENGLISH, sender.time_zone)
    words = render_mail(f"access/mail/{name}", view, reader=reader)
    mail = Mail(Pii(address), words.subject, words.text, words.html, "en-GB")
    try:
        await post.mailer.send(mail)
    except Refused as error:  # for good: trying again would not help
        _log.warning("a letter was refused", code=error.code, letter=name)
        return False
    return True
