"""The jobs that write to people, and how they come by names and addresses."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from procrastinate import App, RetryStrategy

from candor.app.process import Candor
from candor.domain.access import jobs as access_jobs
from candor.domain.access import staff_jobs
from candor.domain.access.model.factors import Change
from candor.domain.access.model.letters import Addressee, Sender
from candor.domain.access.model.roles import Role
from candor.domain.access.service import (
    codes,
    members,
    new_devices,
    passkey_notices,
    staff_notices,
)
from candor.domain.audit.model import Actor
from candor.domain.consent.jobs import Post
from candor.domain.consent.service import gate
from candor.domain.profiles.service import addresses, returning, tombstones
from candor.domain.profiles.service import read as people
from candor.domain.shield import alert_jobs
from candor.domain.shield.service import alerts
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra import jobs
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.plain import language

# A job whose server is away is tried again after 4, 16, 64 … seconds, for about a day in all.
AGAIN: Final = RetryStrategy(max_attempts=8, exponential_wait=4, retry_exceptions={Unavailable})


async def addressee(
    candor: Candor, tx: Tx, found_by: str, bearer_id: ProfileId | None
) -> Addressee | None:
    """Open the address that somebody typed, or the newest one of a person, to write to it."""
    in_force = (await candor.rulebook.rules(tx)).in_force
    marks = addresses.read(found_by)
    if not marks and bearer_id is not None:
        marks = await addresses.marks_of_person(tx, bearer_id, in_force=in_force)
    profile_id = await addresses.holder_of(tx, marks)
    if profile_id is None:
        return None
    try:
        opened = await addresses.open_address(
            tx,
            profile_id,
            marks,
            actor=gate.DOORKEEPER,
            in_force=in_force,
            vault=candor.vault,
        )
    except (NotAllowed, NoKey):  # erased: nobody comes in any more; the entry about it stays
        return None
    if opened is None:
        return None
    subjects = await candor.vault.pseudonyms(tx, [profile_id])
    return Addressee(
        bearer_id or profile_id,
        next(iter(subjects), None),
        opened.address,
        language.locale_of(opened.language) if opened.language else None,
    )


async def is_forgotten(candor: Candor, tx: ReadTx, address: Pii[str]) -> bool:
    """Tell whether an address was erased here, and its owner has not come back."""
    in_force = (await candor.rulebook.rules(tx)).in_force
    named = returning.named(address, in_force)
    return bool(await tombstones.buried(tx, named, candor.vault))


async def sender(candor: Candor, tx: ReadTx) -> Sender:
    """Return how letters name the company."""
    document = (await candor.rulebook.rules(tx)).in_force.document
    controller = document.controller
    return Sender(
        company=document.company,
        legal_name=controller.legal_name or document.company,
        address=controller.address,
        contact=controller.contact or candor.settings.contact,
        time_zone=controller.time_zone,
    )


def post_of(candor: Candor) -> Post:
    """Return what the jobs that send mail work with."""

    async def open_address(
        tx: Tx, profile_id: ProfileId, purpose: str, actor: Actor
    ) -> Pii[str] | None:
        rules = await candor.rulebook.rules(tx)
        return await people.mail_address(
            tx,
            profile_id,
            purpose=purpose,
            actor=actor,
            in_force=rules.in_force,
            vault=candor.vault,
        )

    settings = candor.settings
    return Post(
        candor.mailer, open_address, candor.keyring, settings.public_url, settings.contact
    )


def letters(app: App, candor: Candor) -> None:
    """Add the jobs that write to customers and staff about signing in."""
    settings = candor.settings
    post = access_jobs.Post(
        candor.mailer,
        partial(addressee, candor),
        partial(is_forgotten, candor),
        partial(sender, candor),
        candor.keyring,
        settings.public_url,
    )

    async def send_code(ceremony: str) -> None:
        await access_jobs.send_code(
            candor.database, post, candor.clock, bytes.fromhex(ceremony)
        )

    async def tell_of_new_device(bearer_id: str, began: int) -> None:
        await access_jobs.tell_of_new_device(
            candor.database, post, candor.clock, ProfileId(UUID(bearer_id)), began
        )

    async def tell_of_passkey(bearer_id: str, change: str, at: str) -> None:
        await access_jobs.tell_of_passkey(
            candor.database,
            post,
            candor.clock,
            ProfileId(UUID(bearer_id)),
            Change(change),
            datetime.fromisoformat(at),
        )

    async def send_invitation(staff_id: str, invitation_id: str) -> None:
        await staff_jobs.send_invitation(
            candor.database, post, candor.clock, UUID(staff_id), UUID(invitation_id)
        )

    async def tell_change(staff_id: str, change: str, at: str) -> None:
        await staff_jobs.tell_change(
            candor.database,
            post,
            candor.clock,
            UUID(staff_id),
            Change(change),
            datetime.fromisoformat(at),
        )

    app.task(name=codes.JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(send_code)
    app.task(name=new_devices.JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(
        tell_of_new_device
    )
    app.task(name=passkey_notices.JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(
        tell_of_passkey
    )
    app.task(
        name=staff_notices.INVITATION_JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False
    )(send_invitation)
    app.task(name=staff_notices.CHANGE_JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(
        tell_change
    )


def alarm(app: App, candor: Candor) -> None:
    """Add the jobs that tell people of alerts."""
    database, clock, settings = candor.database, candor.clock, candor.settings

    async def recipients(tx: ReadTx) -> list[alert_jobs.Recipient]:
        return [
            alert_jobs.Recipient(member.staff_id, Pii(member.email))
            for member in await members.everybody(tx)
            if member.email
            and member.left_at is None
            and member.role in {Role.ADMIN, Role.SECURITY}
        ]

    async def company(tx: ReadTx) -> str:
        return (await candor.rulebook.rules(tx)).in_force.document.company

    alarm = alert_jobs.Alarm(
        candor.mailer,
        recipients,
        candor.outbound,
        settings.public_url,
        company,
        settings.alert_webhook_url,
        settings.alert_webhook_secret,
    )

    async def tell() -> None:
        await alert_jobs.tell(database, alarm, clock)

    async def send_mail(staff_id: str, told_at: str) -> None:
        at = datetime.fromisoformat(told_at)
        await alert_jobs.send_mail(database, alarm, clock, UUID(staff_id), at)

    async def call_webhook(told_at: str) -> None:
        at = datetime.fromisoformat(told_at)
        await alert_jobs.call_webhook(database, alarm, clock, at)

    async def tell_the_rest(timestamp: int) -> None:
        del timestamp
        await alert_jobs.tell(database, alarm, clock)

    again = partial(app.task, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)
    again(name=alerts.TELL)(tell)
    again(name=alert_jobs.MAIL)(send_mail)
    again(name=alert_jobs.WEBHOOK)(call_webhook)
    task = app.task(
        name="shield.tell_the_rest",
        queue=jobs.QUEUE,
        queueing_lock="shield.tell_the_rest",
        pass_context=False,
    )(tell_the_rest)
    app.periodic(cron="* * * * *")(task)
