"""One person, read for a stated purpose.

Without a purpose the page asks for one. A purpose that is refused is said, and stays in the log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.model.roles import Permission, may
from candor.domain.audit import service as audit
from candor.domain.catalogue.model import InForce
from candor.domain.collect.service import read as door
from candor.domain.collect.service.read import LAST_ID, LATEST, PAGE
from candor.domain.consent.model.decision import Ask, Decision, Reason
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate
from candor.domain.profiles.errors import NoSuchMerge
from candor.domain.profiles.model import Merge, Profile
from candor.domain.profiles.service import merge as merging
from candor.domain.profiles.service import read as people
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.web.reading import reading
from candor.kernel.ids import MergeId, ProfileId
from candor.surface.console import words
from candor.surface.console.desk import Desk, Page, actor_of, asked, permitted
from candor.surface.console.people.routes import URL, purposes
from candor.surface.console.person import steering
from candor.surface.console.person.asking import ask_page
from candor.surface.console.person.entitled import with_rights
from candor.surface.console.person.filling import Opened, person_page
from candor.surface.console.person.protecting import Erased
from candor.surface.console.person.protecting import routes as protecting
from candor.surface.console.person.unmerging import unmerge_page
from candor.surface.console.person.views import PurposePage
from candor.surface.console.person.volume import admit
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit, short

_FORBIDDEN: Final = 403
_INVALID: Final = 400
_ENTRIES: Final = 200
_TEMPLATE: Final = "console/purpose.html"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of one person and of their merges."""

    @get("/people/{profile_id:uuid}", opt={"permission": Permission.PEOPLE_READ})
    async def person(request: AnyRequest, profile_id: FromPath[UUID]) -> Page:
        """Open what a purpose needs; the reading is written down before anything is shown."""
        visit = desk.visit(request)
        if asked(request, "purpose"):
            await admit(desk, visit, ProfileId(profile_id))
        async with desk.acting(visit) as tx:
            moved = await _moved(tx, request, ProfileId(profile_id))
            if moved is not None:
                return moved
            return await _person(desk, tx, visit, request, ProfileId(profile_id))

    @get("/people/{profile_id:uuid}/ask", opt={"permission": Permission.PEOPLE_READ})
    async def ask(request: AnyRequest, profile_id: FromPath[UUID]) -> Response[str]:
        """Ask the gate; asking is written down like opening the person."""
        visit = desk.visit(request)
        await admit(desk, visit, ProfileId(profile_id))
        async with desk.acting(visit) as tx:
            head = await people.head(tx, ProfileId(profile_id))
            return await _ask(desk, tx, visit, request, head)

    @get(
        "/people/{profile_id:uuid}/merges/{merge_id:uuid}",
        opt={"permission": Permission.PEOPLE_UNMERGE, "proof": "moves what is known of people"},
    )
    async def ask_unmerge(
        request: AnyRequest, profile_id: FromPath[UUID], merge_id: FromPath[UUID]
    ) -> Response[str]:
        """Say in numbers what undoing a merge does."""
        visit = desk.visit(request)
        back = _back(request, ProfileId(profile_id))
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            merge, groups = await _standing(tx, ProfileId(profile_id), MergeId(merge_id))
            view = await unmerge_page(
                tx, merge, groups, rules, now=desk.clock.now(), back=back, visit=visit
            )
            return await desk.show(tx, visit, "people", "console/unmerge.html", view)

    @post(
        "/people/{profile_id:uuid}/merges/{merge_id:uuid}",
        opt={"permission": Permission.PEOPLE_UNMERGE, "proof": "moves what is known of people"},
    )
    async def unmerge(
        request: AnyRequest, profile_id: FromPath[UUID], merge_id: FromPath[UUID]
    ) -> Redirect:
        """Undo a merge."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            rules = await desk.rules(tx)
            await _standing(tx, ProfileId(profile_id), MergeId(merge_id))
            await merging.unmerge(
                tx,
                MergeId(merge_id),
                actor=actor_of(visit),
                vault=desk.vault,
                policy=rules.policy,
                clock=desk.clock,
            )
        return answers.see_other(_back(request, ProfileId(profile_id), done="unmerged"))

    return [person, ask, ask_unmerge, unmerge, *protecting(desk)]


def _back(request: AnyRequest, profile_id: ProfileId, *, done: str = "") -> str:
    """Return the address of the person's page, for the purpose that was stated before."""
    kept = {"purpose": asked(request, "purpose"), "done": done}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{URL}/{profile_id}?{query}" if query else f"{URL}/{profile_id}"


async def _moved(tx: ReadTx, request: AnyRequest, profile_id: ProfileId) -> Redirect | None:
    """Send on from a profile to the head of its person: old addresses work for ever.

    Raises:
        NoSuchProfile: there never was such an id.
    """
    head_id = await people.head(tx, profile_id)
    if head_id == profile_id:
        return None
    return answers.see_other(_back(request, head_id, done=asked(request, "done")))


async def _standing(
    tx: ReadTx, profile_id: ProfileId, merge_id: MergeId
) -> tuple[Merge, list[frozenset[ProfileId]]]:
    """Return a merge that stands, and what undoing it leaves.

    Raises:
        NoSuchMerge: there is none, it was undone, or it is about somebody else.
    """
    merge, groups = await merging.preview_unmerge(tx, merge_id)
    if not any(profile_id in group for group in groups):
        raise NoSuchMerge
    return merge, groups


async def _person(
    desk: Desk, tx: Tx, visit: Visit, request: AnyRequest, profile_id: ProfileId
) -> Response[str]:
    rules = await desk.rules(tx)
    purpose = asked(request, "purpose")
    if purpose not in _known(rules.in_force, visit):
        return await _question(desk, tx, visit, profile_id, purpose)
    try:
        opened = await _open(desk, tx, visit, request, profile_id, rules)
    except NoKey:
        raise Erased from None
    except NotAllowed:
        decision = (
            await gate.explained(tx, profile_id, policy=rules.policy, now=desk.clock.now())
        )[purpose]
        return await _question(desk, tx, visit, profile_id, purpose, decision)
    await steering.write_down(desk, tx, visit, profile_id, purpose)
    staff = await desk.colleagues(tx)
    with reading(desk.reader()):
        page = person_page(opened, rules, staff)
    capture = permitted(visit, Permission.CONSENT_RECORD, f"{URL}/{profile_id}/capture")
    guardians = permitted(visit, Permission.CONSENT_RECORD, f"{URL}/{profile_id}/guardians")
    page = replace(page, capture_url=capture, guardians_url=guardians)
    page = await with_rights(tx, visit, profile_id, page)
    return await desk.show(tx, visit, "people", "console/person.html", page)


async def _ask(
    desk: Desk, tx: Tx, visit: Visit, request: AnyRequest, profile_id: ProfileId
) -> Response[str]:
    """Let the gate be asked for a purpose that is stated and allowed, as for opening."""
    rules = await desk.rules(tx)
    stated = asked(request, "purpose")
    if stated not in _known(rules.in_force, visit):
        return await _question(desk, tx, visit, profile_id, stated)
    ask_ = Ask(profile_id, stated)
    found = await gate.explained_ask(tx, ask_, policy=rules.policy, now=desk.clock.now())
    decision = found.decision
    if decision.reason is Reason.ERASED:
        raise Erased
    if not decision.allowed:
        await steering.write_down(
            desk, tx, visit, profile_id, stated, refused=decision.reason.value
        )
        return await _question(desk, tx, visit, profile_id, stated, decision)
    return await ask_page(desk, tx, visit, request, profile_id, stated)


def _known(in_force: InForce, visit: Visit) -> set[str]:
    return {option.code for option in purposes(in_force, visit.member.role)}


async def _question(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    profile_id: ProfileId,
    purpose: str,
    decision: Decision | None = None,
) -> Response[str]:
    """Ask for a purpose: none was stated, it is not one for staff, or it is refused."""
    rules = await desk.rules(tx)
    view = PurposePage(
        code=short(profile_id),
        url=f"{URL}/{profile_id}",
        purposes=purposes(rules.in_force, visit.member.role),
        purpose=purpose or None,
    )
    status = 200
    if decision is not None:
        why = f"{words.purpose(purpose).capitalize()}: {words.reason(decision.reason)}."
        view = replace(view, refused=f"{why} Nothing was opened; that you asked is noted.")
        status = _FORBIDDEN
    elif purpose:
        view = replace(view, error="This is not a purpose that your role may state.")
        status = _INVALID
    return await desk.show(tx, visit, "people", _TEMPLATE, view, status=status)


async def _open(
    desk: Desk,
    tx: Tx,
    visit: Visit,
    request: AnyRequest,
    profile_id: ProfileId,
    rules: Rules,
) -> Opened:
    """Read everything that the page shows.

    Raises:
        NotAllowed, NoKey: see `open_person`; nothing else has been read then.
    """
    purpose, actor = asked(request, "purpose"), actor_of(visit)
    person = await people.open_person(
        tx,
        profile_id,
        purpose=purpose,
        actor=actor,
        in_force=rules.in_force,
        vault=desk.vault,
    )
    ids = person.profile_ids
    types = _types_for(purpose, rules.in_force)
    before, before_id = _place(asked(request, "before"))
    events = await door.events(
        tx,
        ids,
        purpose=purpose,
        actor=actor,
        vault=desk.vault,
        before=before,
        before_id=before_id,
        at_most=PAGE + 1,
        types=types,
    )
    merges = await merging.journal(tx, ids)
    return Opened(
        purpose=purpose,
        url=f"{URL}/{profile_id}",
        person=person,
        state=(await gate.states(tx, [profile_id])).get(profile_id),
        steering=await steering.read(tx, profile_id, rules=rules, now=desk.clock.now()),
        traits=await door.traits(tx, ids),
        currencies=await door.currencies(tx, ids),
        merges=merges,
        ends=await _ends(tx, merges),
        entries=await audit.about(tx, await desk.vault.pseudonyms(tx, ids), at_most=_ENTRIES),
        events=events,
        event_types=types,
        is_first_page=before == LATEST,
        may_unmerge=may(visit.member.role, Permission.PEOPLE_UNMERGE),
        may_capture=may(visit.member.role, Permission.CONSENT_RECORD),
        may_set_regime=may(visit.member.role, Permission.CONSENT_REGIME),
        done=asked(request, "done"),
    )


async def _ends(tx: ReadTx, merges: Sequence[Merge]) -> dict[UUID, Profile]:
    ids = {end for merge in merges for end in (merge.profile_id, merge.other_id)}
    found = await people.profiles(tx, [ProfileId(end) for end in ids])
    return {profile.profile_id: profile for profile in found}


def _types_for(purpose: str, in_force: InForce) -> frozenset[int]:
    """Return the numbers of the events that a purpose needs, by the catalogue."""
    return frozenset(
        in_force.numbers.event_types[event.code]
        for event in in_force.document.events
        if purpose in event.purposes
    )


def _place(text: str) -> tuple[datetime, UUID]:
    """Return from where to leaf on; the beginning when the address makes no sense."""
    moment, _, event_id = text.partition("_")
    try:
        found = datetime.fromisoformat(moment), UUID(event_id)
    except ValueError:
        return LATEST, LAST_ID
    return found if found[0].tzinfo else (LATEST, LAST_ID)
