"""One of everything that has an id, twice: of Ada or whoever asks, and of somebody else.

What may be named in an address or a form stands in `Estate.things` by its kind. A new place in a
path must be said here (`KINDS`), or the tests of who may do what fail.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg

from candor.app import Candor, measures_of, office_of
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.proposal import Deed
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Staff
from candor.domain.access.service import (
    api_keys,
    invitations,
    members,
    new_devices,
    proposals,
    sign_in_links,
    write_keys,
)
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import confirmations, gate
from candor.domain.consent.service.links import Links, Stop, unsubscribe_url
from candor.domain.profiles.service import merge
from candor.domain.rights.model.request import Channel, Ground, Right
from candor.domain.rights.service import asking, confirming, holds
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.asking import Asked
from candor.domain.shield.model.canary import CanaryKind
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.model.windows import Sighting
from candor.domain.shield.service import alerts, canaries, measures
from candor.kernel.ids import ProfileId, new_id
from tests.factories.asking import fill_in, identifiers, purposes
from tests.factories.callers import HOST, Caller, Street, with_key
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    fresh,
    make_person,
    order,
    policy_of,
    send,
)
from tests.factories.logs import seal
from tests.factories.reaching import (
    make_connection,
    make_delivery,
    make_file,
    make_link,
    make_vendor,
)
from tests.factories.routes import Route, routes_of

STATED: Final = ("orders", "insight")  # the purposes that staff may state
_DAY: Final = timedelta(days=1)

# What a place in a path names. By path where the same word means different things.
KINDS: Final[Mapping[str, str]] = {
    "profile_id": "person",
    "record_id": "choice",
    "merge_id": "merge",
    "notice_id": "notice",
    "alert_id": "alert",
    "measure_id": "measure",
    "canary_id": "canary",
    "proposal_id": "proposal",
    "staff_id": "staff",
    "key_id": "key",
    "entry_id": "entry",
    "request_id": "request",
    "task_id": "task",
    "hold_id": "hold",
    "/console/requests/{request_id:uuid}/tasks/{task_id:uuid} request_id": "handled request",
    "/console/requests/{request_id:uuid}/tasks/{task_id:uuid} task_id": "handled task",
    "connection_id": "connection",
    **{
        f"/console/connections/{{connection_id:uuid}}/files{path} connection_id": "drop"
        for path in ("", "/ask", "/{file_id:uuid}", "/{file_id:uuid}/withdraw")
    },
    "file_id": "handed file",
    "vendor_id": "vendor",
    "/console/connections/new/{kind:str} kind": "adapter",
    "ticket": "ticket",
    "mark": "mark",
    "/me/allow/{code:str} code": "purpose",
    "/me/facts/{code:str} code": "attribute",
    "/static/{name:str} name": "file",
    "/trust/log/tile/{name:path} name": "tile",
    "/me/sign-in/{token:str} token": "link of a customer",
    "/console/sign-in/{token:str} token": "link of staff",
    "/console/join/{token:str} token": "invitation",
    "/confirm/{token:str} token": "confirmation",
    "/u/{token:str} token": "way out",
    "/me/not-me/{token:str} token": "not me",
    "/me/sign-in/mail/{token:str} token": "mailed",
    "/me/prove/mail/{token:str} token": "mailed",
    "/console/people/{profile_id:uuid}/merges/{merge_id:uuid} profile_id": "merged person",
}


@dataclass(slots=True)
class Estate:
    """The installation, who is in it, and what they have."""

    candor: Candor
    owner: psycopg.Connection[Any]
    street: Street
    routes: list[Route]
    ada: ProfileId
    ben: ProfileId
    staff: Mapping[Role, Staff]
    things: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    keys: dict[str, str] = field(default_factory=dict[str, str])  # secrets, by what they may

    def kind(self, route: Route, place: str) -> str:
        """Return what a place in the path of a route names."""
        return KINDS.get(f"{route.path} {place}") or KINDS[place]

    def values(self, route: Route) -> dict[str, str]:
        """Return a value for each place, of something that the askers of these tests may see."""
        return {place: self.things[self.kind(route, place)][0] for place in route.places}

    def nowhere(self, route: Route) -> dict[str, str]:
        """Return a value for each place that looks right and names nothing."""
        return {place: nothing(kind) for place, kind in route.places.items()}

    def address(self, route: Route) -> str:
        """Return the address at which a route finds something."""
        return route.at(self.values(route))

    async def clerk(self, role: Role, *, is_proved: bool = True) -> Caller:
        """Let a member of staff sign in."""
        bearer = self.staff[role].staff_id
        return await self.street.visitor(Audience.STAFF, bearer, is_proved=is_proved)

    async def customer(self, who: UUID | None = None, *, is_proved: bool = True) -> Caller:
        """Let a customer sign in: Ada, if nobody else is named."""
        return await self.street.visitor(
            Audience.CUSTOMER, who or self.ada, is_proved=is_proved
        )

    def system(self, route: Route, *, may: bool = True) -> Caller:
        """Return a system with the one scope that a route asks for, or with all others."""
        wanted = (route.scope or Scope.LOG_READ).value
        return with_key(self.keys[wanted if may else f"not {wanted}"])

    def told(self, statement: str, **given: object) -> list[tuple[Any, ...]]:
        """Return rows, as the owner of the database sees them."""
        return self.owner.execute(statement, given).fetchall()  # pyright: ignore[reportArgumentType] - of these tests alone


def nothing(kind: str) -> str:
    """Return a value of a type that names nothing here."""
    match kind:
        case "uuid":
            return str(new_id())
        case "int":
            return "999999999"
        case _:
            return secrets.token_urlsafe(32)


async def build(candor: Candor, owner: psycopg.Connection[Any]) -> Estate:
    """Make everything there is, twice."""
    await apply_company(
        candor,
        purposes=tuple(
            msgspec.structs.replace(one, roles=tuple(Role) if one.code in STATED else ())
            for one in purposes()
        ),
        identifiers=identifiers(),
    )
    ada = await make_person(candor, number="A-1", name="Ada", email="ada@example.org")
    ben = await make_person(candor, number="B-1", name="Ben", email="ben@example.org")
    staff = {role: await add_staff(candor, role, role.value) for role in Role}
    estate = Estate(candor, owner, Street(candor), routes_of(candor), ada, ben, staff)
    await _choices(estate)
    await _merges(estate)
    await _keys(estate)
    await _guarding(estate)
    await _letters(estate)
    await _own_things(estate)
    await _rights(estate)
    await _declared(estate)
    await _connected(estate)
    await seal(candor)
    return estate


async def add_staff(candor: Candor, role: Role, handle: str = "") -> Staff:
    """Make a member of staff."""
    async with candor.database.tx() as tx:
        return await members.put(
            tx,
            handle=handle or fresh("clerk"),
            display_name=f"{role.value.title()} Miller",
            role=role,
            clock=candor.clock,
        )


async def _choices(estate: Estate) -> None:
    candor, records = estate.candor, []
    for who in (estate.ada, estate.ben):
        await choose(candor, who, "news", Choice.GRANTED)
        await send(candor, "shop", order(candor, userId="A-1" if who == estate.ada else "B-1"))
        async with candor.database.read() as tx:
            records += [str(one.record_id) for one in await gate.history(tx, [who])][:1]
    estate.things["person"] = (str(estate.ada), str(estate.ben))
    estate.things["choice"] = tuple(records)


async def _merges(estate: Estate) -> None:
    """Let two pairs share a phone number: one is joined, about the other is asked."""
    candor = estate.candor
    for phone in ("+491701234501", "+491701234502"):
        mail = f"{fresh('anna')}@example.org"
        await make_person(candor, source="crm", number=mail, name="Anna", phone=phone)
        await make_person(candor, number=fresh("B"), name="Bert", phone=phone)
    async with candor.database.read() as tx:
        asked = await merge.open_reviews(tx, after=UUID(int=0), at_most=10)
    assert len(asked) == 2
    clerk = await estate.clerk(Role.PRIVACY)
    fields = {"review_id": str(asked[0].review_id), "answer": "merge"}
    assert (await estate.street.send(clerk, "/console/reviews", fields)).status_code == 303
    ((merge_id, head),) = estate.told(
        "SELECT m.merge_id, p.head_id FROM profiles.merge m"
        " JOIN profiles.profile p ON p.profile_id = m.profile_id"
    )
    estate.things["merge"] = (str(merge_id),)
    estate.things["merged person"] = (str(head),)
    estate.things["review"] = (str(asked[1].review_id),)


async def _keys(estate: Estate) -> None:
    """Issue a key with each scope alone, and one with all others."""
    candor, ids = estate.candor, []
    async with candor.database.tx() as tx:
        for scope in Scope:
            for name, scopes in ((scope, [scope]), (f"not {scope}", set(Scope) - {scope})):
                secret, key = await api_keys.issue(
                    tx,
                    name=name,
                    scopes=scopes,
                    source_code="shop",
                    actor=TEST,
                    clock=candor.clock,
                )
                estate.keys[str(name)] = secret
                ids.append(str(key.key_id))
        everything, key = await api_keys.issue(
            tx,
            name="everything",
            scopes=list(Scope),
            source_code="shop",
            actor=TEST,
            clock=candor.clock,
        )
        estate.keys["everything"] = everything
        estate.keys["write"] = await write_keys.issue(
            tx, source_code="shop", actor=TEST, clock=candor.clock
        )
    estate.things["key"] = (str(key.key_id), ids[0])


async def _guarding(estate: Estate) -> None:
    """Make alerts, a measure, canaries and proposals."""
    candor, clock = estate.candor, estate.candor.clock
    rule = RULES["denied_often"]
    now, found = clock.now(), []
    async with candor.database.tx() as tx:
        for number in (1, 2):
            actor = f"staff:{new_id()}"
            sighting = Sighting(rule, actor, 9, now, now, number, number, needs_usual=False)
            found.append(
                await alerts.put_up(
                    tx, sighting, usual=None, deeds=measures_of(clock), clock=clock
                )
            )
        await measures.take(
            tx,
            MeasureKind.NO_EXPORT,
            f"key:{new_id()}",
            alert_id=found[0].alert_id,
            lasts=_DAY,
            deeds=measures_of(clock),
            clock=clock,
        )
        laid = [
            await canaries.lay_out(
                tx, CanaryKind.STAFF, new_id().bytes, note="a drawer", actor=TEST, clock=clock
            )
            for _ in range(2)
        ]
        asked = [
            await proposals.propose(
                tx,
                Deed.GRANT_PERMIT,
                {"permission": "people:bulk", "hours": 1},
                "The recall of March",
                member=estate.staff[Role.SUPPORT],
                clock=clock,
            )
            for _ in range(2)
        ]
    measured = estate.told("SELECT measure_id FROM shield.measure WHERE kind = 'no_export'")
    estate.things["alert"] = tuple(str(one.alert_id) for one in found)
    estate.things["measure"] = tuple(str(one) for (one,) in measured)
    estate.things["canary"] = tuple(map(str, laid))
    estate.things["proposal"] = tuple(map(str, asked))
    guarded = [estate.staff[role] for role in (Role.AUDITOR, Role.LOYALTY)]
    estate.things["staff"] = tuple(str(one.staff_id) for one in guarded)


async def _letters(estate: Estate) -> None:
    """Make every kind of link that a letter holds."""
    candor, clock = estate.candor, estate.candor.clock
    async with candor.database.tx() as tx:
        for kind, audience, bearer in (
            ("link of a customer", Audience.CUSTOMER, estate.ada),
            ("link of staff", Audience.STAFF, estate.staff[Role.AUDITOR].staff_id),
        ):
            estate.things[kind] = (
                await sign_in_links.make(tx, audience=audience, bearer_id=bearer, clock=clock),
            )
        newcomer = await invitations.enrol(
            tx,
            handle="newcomer",
            name="Robin Newcomer",
            address="newcomer@example.org",
            role=Role.AUDITOR,
            actor=TEST,
            clock=clock,
        )
        invitation = await invitations.invite(
            tx, newcomer.staff_id, keyring=candor.keyring, actor=TEST, clock=clock
        )
    estate.things["invitation"] = (invitation,)
    not_me = new_devices.token_of(candor.keyring, estate.ben, clock.now() + _DAY)
    estate.things["not me"] = (not_me,)
    estate.things["mailed"] = ("A" * 43,)  # opens only in the browser that asked for it
    carl = await make_person(candor, name="Carl", email="carl@example.org")
    waiting = await fill_in(candor, carl)
    assert waiting.confirmation_id is not None
    token = confirmations.token_of(candor.keyring, waiting.confirmation_id)
    estate.things["confirmation"] = (token,)
    policy = await policy_of(candor)
    stop = Stop(policy.bits["news"], None, None, new_id(), "en")
    links = Links(candor.keyring.fixed_key("links"))
    url = unsubscribe_url(links, HOST, estate.ben, stop, clock.now())
    estate.things["way out"] = (url.rpartition("/")[2],)


async def _rights(estate: Estate) -> None:
    """Let somebody ask by mail in the names of two customers; nobody proved it yet."""
    candor, office = estate.candor, office_of(estate.candor)
    async with candor.database.tx() as tx:
        asked = [
            await asking.ask(
                tx,
                Asked(Right.RECTIFICATION, Channel.MAIL, who, scope={"attribute": "city"}),
                actor=TEST,
                office=office,
            )
            for who in (estate.ada, estate.ben)
        ]
    ids = [one.request.request_id for one in asked]
    estate.things["request"] = tuple(str(one) for one in ids)
    estate.things["task"] = (str(new_id()),)  # theirs wait for a yes: there is none yet
    estate.things["ticket"] = tuple(one.ticket for one in asked)
    estate.things["mark"] = tuple(confirming.mark_of(office, one) for one in ids)
    await _handled(estate)


async def _handled(estate: Estate) -> None:
    """Let somebody complain, which a person of ours answers, and hold them."""
    candor, office = estate.candor, office_of(estate.candor)
    dan = await make_person(candor, name="Dan", email="dan@example.org")
    async with candor.database.tx() as tx:
        complaint = await asking.ask(
            tx, Asked(Right.COMPLAINT, Channel.LETTER, dan), actor=TEST, office=office
        )
        found = await requests.tasks(tx, complaint.request.request_id)
        hold = await holds.place(
            tx,
            dan,
            Ground.LEGAL_CLAIMS,
            reference="C-1",
            review_on=candor.clock.now().date() + _DAY,
            actor=TEST,
            office=office,
        )
    estate.things["handled request"] = (str(complaint.request.request_id),)
    estate.things["handled task"] = (str(found[0].task_id),)
    estate.things["hold"] = (str(hold.hold_id),)


async def _own_things(estate: Estate) -> None:
    """Give two customers and two members of staff a sign-in elsewhere and a passkey each."""
    boss, other = estate.staff[Role.ADMIN].staff_id, estate.staff[Role.AUDITOR].staff_id
    bearers = (
        (Audience.CUSTOMER, estate.ada), (Audience.CUSTOMER, estate.ben),
        (Audience.STAFF, boss), (Audience.STAFF, other),
    )  # fmt: skip
    for audience, bearer in bearers:
        await estate.street.visitor(audience, bearer)
        estate.owner.execute(
            "INSERT INTO access.passkey (credential_id, audience, bearer_id, user_handle,"
            " public_key, sign_count, transports, is_backed_up, name, created_at)"
            " VALUES (%s, %s, %s, %s, %s, 0, '{}', false, 'A phone', %s)",
            (
                new_id().bytes * 2,
                audience,
                bearer,
                new_id().bytes,
                b"k",
                estate.candor.clock.now(),
            ),
        )


async def _declared(estate: Estate) -> None:
    """Name what the catalogue declares, what lies about, and entries of the log."""
    notices = estate.told("SELECT notice_id FROM consent.notice ORDER BY notice_id")
    estate.things["notice"] = tuple(str(one) for (one,) in notices[:2])
    estate.things["purpose"] = ("news",)
    estate.things["attribute"] = ("city",)
    estate.things["file"] = ("base.css",)
    estate.things["tile"] = ("0/000.p/1",)
    entries = []
    async with estate.candor.database.tx() as tx:
        for who in (estate.ada, estate.ben):
            subjects = await estate.candor.vault.pseudonyms(tx, [who])
            rows = estate.told(
                "SELECT min(entry_id) FROM audit.entry WHERE subject = %(who)s",
                who=next(iter(subjects)),
            )
            entries.append(str(rows[0][0]))
    estate.things["entry"] = tuple(entries)


async def _connected(estate: Estate) -> None:
    """Connect two systems of two vendors, both of which hold somebody."""
    at, made = estate.candor.clock.now(), []
    vendors = [
        make_vendor(estate.owner, code, code.title(), at=at) for code in ("brieftaube", "crowd")
    ]
    for number, who in enumerate((estate.ada, estate.ben)):
        one = make_connection(
            estate.owner,
            f"mail_{number}",
            adapter="listmonk",
            vendor_id=vendors[number],
            state="paused",
            at=at,
        )
        make_link(estate.owner, who, one, told_at=at)
        make_delivery(estate.owner, who, one, changed_at=at, state="parked", problem="timeout")
        made.append(str(one))
    drop = make_connection(estate.owner, "drop", adapter="drop", at=at)
    estate.things["drop"] = (str(drop),)
    estate.things["handed file"] = (str(make_file(estate.owner, drop, estate.candor)),)
    estate.things["connection"] = tuple(made)
    estate.things["vendor"] = tuple(map(str, vendors))
    estate.things["adapter"] = ("listmonk",)
