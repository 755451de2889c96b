"""The jobs that write about requests: to the person in their language, to staff in English."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from procrastinate import App

from candor.app.entitling import office_of
from candor.app.letters import AGAIN, addressee, sender
from candor.app.process import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.letters import RightsLetter
from candor.domain.rights.model.request import Proof, Request, Requester, Right
from candor.domain.rights.service import agents, confirming, reading, restriction, words
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.office import LETTER, Office
from candor.infra import jobs
from candor.infra.db.pool import Tx
from candor.infra.log import logger
from candor.infra.mail import Mail
from candor.infra.web.pages import render_mail
from candor.infra.web.reading import Reader
from candor.infra.web.reading import reading as read_by
from candor.kernel.errors import Refused
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.plain import language, rights_letters
from candor.surface.plain.rights_letters import About

_TEMPLATE: Final = "rights/mail/letter"
_TO_STAFF: Final = frozenset({"reminder", "overdue", "stuck"})
_ENGLISH: Final = "en_GB"
_LETTERS: Final = Actor.machine("rights")
_log: Final = logger("rights")


@dataclass(frozen=True, slots=True)
class _To:
    """Where a letter goes, and how its reader reads."""

    address: Pii[str]
    locale: str


def letters_of_rights(app: App, candor: Candor) -> None:
    """Add the job that writes about requests."""
    office = office_of(candor)

    async def send(request_id: str, letter: str) -> None:
        await write_about(candor, office, UUID(request_id), letter)

    app.task(name=LETTER, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(send)


async def write_about(candor: Candor, office: Office, request_id: UUID, letter: str) -> int:
    """Send a letter about a request; return how many mails left.

    None leaves for a request that is gone, to somebody who was erased, or that says nothing new.
    Killed between sending and the end, the mail goes out twice.

    Raises:
        Unavailable: the mail server or the database; the queue tries again.
    """
    async with candor.database.tx(LETTER) as tx:
        try:
            request = await reading.find(tx, request_id)
        except NoSuchRequest:
            return 0
        if letter in _TO_STAFF:
            return await _to_staff(candor, tx, request, letter)
        is_last = request.kind is Right.ERASURE and letter == rights_letters.DONE
        if not rights_letters.is_wanted(letter, request):
            return 0
        to = await (_last if is_last else _find)(candor, office, tx, request)
        if to is None:
            return 0
        about = await _about(candor, office, tx, request)
    letter = rights_letters.FAREWELL if is_last else letter
    sent = await send(candor, letter, about, to.address, to.locale)
    if is_last:
        async with candor.database.tx(LETTER) as tx:
            await words.forget(tx, request_id, (needles.LAST_ADDRESS,))
    return sent


async def send(
    candor: Candor, letter: str, about: About, address: Pii[str], locale: str
) -> int:
    """Write a letter in a language and send it; return how many mails left: one or none.

    Raises:
        Unavailable: the mail server; the queue tries again.
    """
    reader = Reader(candor.clock.now(), locale, about.sender.time_zone)
    with read_by(reader):
        view = rights_letters.write(letter, about)
    said = render_mail(_TEMPLATE, view, reader=reader)
    tag = locale.replace("_", "-")
    try:
        await candor.mailer.send(Mail(address, said.subject, said.text, said.html, tag))
    except Refused as error:  # for good: trying again would not help
        _log.warning("a letter was refused", code=error.code, letter=letter)
        return 0
    return 1


async def _find(candor: Candor, office: Office, tx: Tx, request: Request) -> _To | None:
    """Return where to write: to the person's own address, else where a stranger wants it.

    The address on file, always, where somebody is known: never one that came with the request.
    """
    if request.profile_id is not None:
        found = await addressee(candor, tx, "", ProfileId(request.profile_id))
        if found is None:
            return None
        return _To(found.address, found.locale or language.locale_of(request.locale))
    notes = await words.read(tx, request, uses=[words.ADDRESS], actor=_LETTERS, office=office)
    if not notes:
        return None
    return _To(notes[-1].text, language.locale_of(request.locale))


async def _last(candor: Candor, office: Office, tx: Tx, request: Request) -> _To | None:
    """Return where the last letter to somebody goes who was erased: it is deleted after that."""
    del candor
    address = await needles.last_address(tx, request, office=office)
    return None if address is None else _To(address, language.locale_of(request.locale))


async def _about(candor: Candor, office: Office, tx: Tx, request: Request) -> About:
    answer = await words.read(tx, request, uses=[words.ANSWER], actor=_LETTERS, office=office)
    document = (await candor.rulebook.rules(tx)).in_force.document
    return About(
        request=request,
        sender=await sender(candor, tx),
        authority=document.controller.authority,
        progress_url=_url(candor, office, request),
        confirm_url=_url(candor, office, request, is_question=True),
        needs_sign_in=not confirming.is_enough(office, request, Proof.MAILBOX),
        words=_lines([one.text for one in answer]),
        agent=await _agent(tx, request),
        lifted_from=_lifted_from(request),
    )


def _url(candor: Candor, office: Office, request: Request, *, is_question: bool = False) -> str:
    url = f"{candor.settings.public_url}/rights/{office.ticket_of(request.request_id)}"
    return f"{url}/yes/{confirming.mark_of(office, request.request_id)}" if is_question else url


def _lines(texts: Sequence[Pii[str]]) -> tuple[str, ...]:
    """Return what was written with an answer, opened for the letter to the person alone."""
    found = [line for text in texts for line in text.reveal().splitlines()]
    return tuple(line.strip() for line in found if line.strip())


async def _agent(tx: Tx, request: Request) -> str:
    if request.requester is not Requester.AGENT or request.agent_id is None:
        return ""
    every = await agents.every(tx)
    return next((one.name for one in every if one.agent_id == request.agent_id), "")


def _lifted_from(request: Request) -> datetime | None:
    if request.kind is not Right.RESTRICTION or request.begun_at is None:
        return None
    return request.begun_at + restriction.NOTICE


# ---------------------------------------------------------------- to staff
_SUBJECTS: Final = {
    "reminder": "A request waits for you",
    "overdue": "A request is overdue",
    "stuck": "A request is stuck",
}


async def _to_staff(candor: Candor, tx: Tx, request: Request, letter: str) -> int:
    """Remind whoever sees to a request, else the privacy officers; names nobody."""
    url = f"{candor.settings.public_url}/console/requests/{request.request_id}"
    everybody = [
        one for one in await members.everybody(tx) if one.email and one.left_at is None
    ]
    mine = [one for one in everybody if one.staff_id == request.assignee_id]
    to = mine or [one for one in everybody if one.role == Role.PRIVACY]
    day = "" if request.due_at is None else f" It is due on {request.due_at:%-d %B %Y}."
    view = RightsLetter(
        await sender(candor, tx),
        subject=_SUBJECTS[letter],
        paragraphs=(f"it is about {request.kind.value.replace('_', ' ')}.{day}",),
        button="Open it",
        url=url,
        why="You get this mail because you see to requests, or to privacy.",
    )
    reader = Reader(candor.clock.now(), _ENGLISH, view.sender.time_zone)
    said = render_mail(_TEMPLATE, view, reader=reader)
    for one in to:
        mail = Mail(Pii(one.email or ""), said.subject, said.text, said.html, "en-GB")
        await candor.mailer.send(mail)
    return len(to)
