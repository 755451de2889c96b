"""What consent leaves to the worker: lapsed yeses, new rules for everybody, mails that ask."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import MAIL_PURPOSE, InForce
from candor.domain.consent.model.notice import Notice
from candor.domain.consent.service import choices, confirmations, notices, preferences
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra.db.pool import Database, Tx
from candor.infra.keyring import KeyProvider
from candor.infra.log import logger
from candor.infra.mail import Mail, Mailer
from candor.infra.web.pages import render_mail
from candor.infra.web.reading import Reader
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_log = logger("consent")
_LOOK_SECONDS = 5
_LONGEST_CHOICE: Final = timedelta(seconds=30)  # a transaction that records one ends sooner
_FORGET_AFTER: Final = timedelta(days=90)  # as the table of confirmations says
_ENGLISH: Final = "en"
_EUROPEAN: Final = "en_GB"  # how dates are written in English unless somebody says otherwise
WORKER: Final = Actor.machine("worker")

# How to open somebody's address for `MAIL_PURPOSE`, or None: profiles are above us, so the
# composition root hands this in.
OpenAddress = Callable[[Tx, ProfileId, str, Actor], Awaitable[Pii[str] | None]]


@dataclass(frozen=True, slots=True)
class Post:
    """What sending a mail needs, made by the composition root."""

    mailer: Mailer
    open_address: OpenAddress
    keyring: KeyProvider
    public_url: str
    contact: str  # where people write to, when the catalogue does not say


@dataclass(frozen=True, slots=True)
class ConfirmMail:
    """Mail `consent/mail/confirm`: asks whether a yes was theirs."""

    company: str
    sender: str  # who answers for it, by their legal name
    address: str  # postal; empty when it is not declared
    contact: str
    notices: tuple[Notice, ...]
    url: str
    asked_at: datetime
    expires_at: datetime


async def renew_run_out(database: Database, rulebook: Rulebook, clock: Clock) -> int:
    """Fold again everybody with a yes that has run out, and end pauses; return how many profiles.

    Idempotent.
    """
    total = 0
    while True:
        async with database.tx("consent.renew") as tx:
            rules = await rulebook.rules(tx)
            done = await choices.renew_run_out(tx, policy=rules.policy, clock=clock)
            done += await preferences.end_pauses(tx, clock=clock)
        total += done
        if not done:
            return total


async def follow_catalogue(database: Database, rulebook: Rulebook, clock: Clock) -> None:
    """Fold everybody again whenever another catalogue comes into force, until cancelled.

    Small transactions; killed midway, the next start goes on. Until it is done, purposes that are
    new or stand under other rules stay denied: that is the safe side.
    """
    followed: Followed | None = None
    while True:
        try:
            followed = await follow_once(database, rulebook, clock, followed)
        except (Unavailable, Refused) as error:
            _log.warning("folding anew waits", code=error.code)
        await asyncio.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Followed:
    """Under which catalogue everybody was folded.

    `is_settled`: also whoever chose while it was being applied, in a transaction that still saw the
    one before.
    """

    version_id: int
    is_settled: bool


async def follow_once(
    database: Database, rulebook: Rulebook, clock: Clock, followed: Followed | None
) -> Followed:
    """Fold again whoever is older than the catalogue in force; return how far that is."""
    people = 0
    while True:
        async with database.tx("consent.refold") as tx:
            rules = await rulebook.rules(tx)
            applied_at = (await catalogue.versions(tx))[0].applied_at
            is_settled = clock.now() >= applied_at + 2 * _LONGEST_CHOICE
            found = Followed(rules.in_force.version_id, is_settled)
            if found == followed:
                return found
            # Applied by an older release, or by other means than the command: say it all the same.
            await notices.publish(tx, rules.in_force, clock=clock)
            before = applied_at + _LONGEST_CHOICE if is_settled else applied_at
            done = await choices.refold_stale(tx, before, policy=rules.policy, clock=clock)
        people += done
        if not done:
            _log.info("everybody stands under the catalogue in force", people=people)
            return found


async def send_confirmation(
    database: Database,
    rulebook: Rulebook,
    post: Post,
    clock: Clock,
    profile_id: ProfileId,
    confirmation_id: UUID,
) -> bool:
    """Send the mail that asks to confirm a yes; return whether one left.

    Nothing is sent any more once it is confirmed, run out or erased, or when the gate or a signal
    of the person shuts the way. Its address is opened for `privacy_choices`, which is in the audit
    log. Killed between sending and noting it, the mail goes out twice, with the same link.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with database.tx("consent.confirm") as tx:
        mail = await _confirm_mail(tx, rulebook, post, clock, profile_id, confirmation_id)
    if mail is None:
        return False
    try:
        await post.mailer.send(mail)
    except Refused as error:  # for good: trying again would not help
        _log.warning("a mail was refused", code=error.code, confirmation=str(confirmation_id))
        return False
    async with database.tx("consent.confirm") as tx:
        await confirmations.note_sent(tx, profile_id, confirmation_id, clock=clock)
    return True


async def sweep(database: Database, clock: Clock) -> int:
    """Forget questions that ended long ago; return how many. Idempotent."""
    async with database.tx("consent.sweep") as tx:
        return await confirmations.sweep(tx, before=clock.now() - _FORGET_AFTER)


async def _confirm_mail(
    tx: Tx,
    rulebook: Rulebook,
    post: Post,
    clock: Clock,
    profile_id: ProfileId,
    confirmation_id: UUID,
) -> Mail | None:
    rules = await rulebook.rules(tx)
    question = await confirmations.due(
        tx, profile_id, confirmation_id, rules=rules, clock=clock
    )
    if question is None:
        return None
    try:
        to = await post.open_address(tx, profile_id, MAIL_PURPOSE, WORKER)
    except (NotAllowed, NoKey) as error:  # the entry about the refusal stays
        _log.warning("a confirmation may not be sent", code=error.code)
        return None
    if to is None:
        _log.warning("a confirmation has no address", confirmation=str(confirmation_id))
        return None
    asked = question.confirmation
    controller = rules.in_force.document.controller
    locale = _EUROPEAN if asked.locale == _ENGLISH else asked.locale
    reader = Reader(clock.now(), locale, controller.time_zone)
    token = confirmations.token_of(post.keyring, confirmation_id)
    view = ConfirmMail(
        company=rules.in_force.document.company,
        sender=_sender(rules.in_force),
        address=controller.address,
        contact=controller.contact or post.contact,
        notices=question.notices,
        url=f"{post.public_url}/confirm/{token}",
        asked_at=asked.asked_at,
        expires_at=asked.expires_at,
    )
    words = render_mail("consent/mail/confirm", view, reader=reader)
    return Mail(to, words.subject, words.text, words.html, asked.locale.replace("_", "-"))


def _sender(in_force: InForce) -> str:
    return in_force.document.controller.legal_name or in_force.document.company
