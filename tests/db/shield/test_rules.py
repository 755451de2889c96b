"""Each rule sees its attack, and does what it says; the numbers are those of the table."""

from datetime import UTC, datetime, timedelta

import pytest

from candor.app import Candor, measures_of
from candor.domain.access.errors import NotSignedIn, WrongAPIKey
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import api_keys, sessions
from candor.domain.audit.model import Actor, Outcome
from candor.domain.shield.errors import ExportStopped
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import measures
from candor.kernel.clock import FixedClock
from tests.factories.attacks import (
    act,
    begun,
    caught_up,
    fail,
    key_label,
    label,
    mark,
    open_somebody,
    seen,
    staff,
)
from tests.factories.house import TEST

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def standing(candor: Candor, *actors: str) -> frozenset[MeasureKind]:
    """Return what is in force."""
    async with candor.database.read() as tx:
        return await measures.standing(tx, actors, candor.clock)


@pytest.mark.asvs("6.3.1", "6.6.3")
async def test_one_network_that_tries_many_accounts_is_slowed(candor: Candor) -> None:
    watch = await begun(candor)
    rule = RULES["stuffing_network"]
    for n in range(rule.threshold - 1):
        await fail(candor, f"account{n}", "bad", after=SECOND)
    await caught_up(watch)
    assert not await seen(candor)
    await fail(candor, "one more", "bad", after=SECOND)
    await caught_up(watch)
    network = f"network:{mark('bad')}"
    assert set(await seen(candor)) == {("stuffing_network", network)}
    assert await standing(candor, network) == {MeasureKind.CHALLENGE, MeasureKind.SLOW}
    assert not await standing(candor, f"network:{mark('good')}")


async def test_one_person_who_forgot_their_password_is_nobodys_attack(candor: Candor) -> None:
    watch = await begun(candor)
    for _ in range(40):
        await fail(candor, "ada", "home", after=SECOND)
    await caught_up(watch)
    assert not await seen(candor)


@pytest.mark.asvs("6.3.1")
async def test_many_accounts_from_everywhere_close_ranks(candor: Candor) -> None:
    watch = await begun(candor)
    for n in range(RULES["stuffing_everywhere"].threshold):
        await fail(candor, f"account{n}", f"network{n}", after=SECOND)
    await caught_up(watch)
    assert ("stuffing_everywhere", "machine:portal") in await seen(candor)
    assert await standing(candor, "machine:portal") == {MeasureKind.CHALLENGE}
    assert not await standing(candor, "machine:console")


async def test_slow_guessing_is_seen_over_days(candor: Candor) -> None:
    watch = await begun(candor)
    for n in range(RULES["slow_guessing"].threshold):
        await fail(candor, "ada", f"network{n}", after=10 * HOUR)
        await caught_up(watch)
    account = f"account:{mark('ada')}"
    assert set(await seen(candor)) == {("slow_guessing", account)}
    assert await standing(candor, account) == {MeasureKind.CHALLENGE}


async def test_guessing_slower_than_the_window_is_not(candor: Candor) -> None:
    watch = await begun(candor)
    for n in range(12):
        await fail(candor, "ada", f"network{n}", after=DAY)
        await caught_up(watch)
    assert not await seen(candor)


async def test_bulk_reading_takes_exports_and_proof_away(
    candor: Candor, clock: FixedClock
) -> None:
    sam = await staff(candor, Role.SUPPORT)
    async with candor.database.tx() as tx:
        secret = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=sam.staff_id,
            methods=[Method.PASSKEY],
            is_strong=True,
            clock=clock,
        )
    watch = await begun(candor)
    for _ in range(RULES["bulk_reading"].threshold):
        await open_somebody(candor, sam, after=10 * SECOND)
    await caught_up(watch)
    assert set(await seen(candor)) == {("bulk_reading", label(sam))}
    async with candor.database.tx() as tx:
        with pytest.raises(ExportStopped):
            await measures.require_export(tx, label(sam), clock)
        session = await sessions.of_cookie(tx, secret, audience=Audience.STAFF, clock=clock)
    assert session.proved_at is None
    clock.advance(RULES["bulk_reading"].lasts)
    async with candor.database.read() as tx:
        await measures.require_export(tx, label(sam), clock)  # it ended by itself


async def test_what_is_usual_for_somebody_is_no_alert_and_most_is(
    candor: Candor, clock: FixedClock
) -> None:
    sam = await staff(candor, Role.SUPPORT)
    for _ in range(3):  # three busy days
        for _ in range(30):
            await open_somebody(candor, sam, after=MINUTE)
        clock.advance(DAY)
    watch = await begun(candor)
    usual = RULES["bulk_reading"].usual
    assert usual is not None
    for _ in range(60):
        await open_somebody(candor, sam, after=30 * SECOND)
    await caught_up(watch)
    assert not await seen(candor)
    for _ in range(120):
        await open_somebody(candor, sam, after=10 * SECOND)
    await caught_up(watch)
    assert ("bulk_reading", label(sam)) in await seen(candor)


async def test_a_new_hire_is_measured_by_their_colleagues(
    candor: Candor, clock: FixedClock
) -> None:
    old = await staff(candor, Role.SUPPORT)
    new = await staff(candor, Role.SUPPORT)
    for _ in range(30):
        await open_somebody(candor, old, after=MINUTE)
    clock.advance(DAY)
    watch = await begun(candor)
    for _ in range(60):
        await open_somebody(candor, new, after=30 * SECOND)
    await caught_up(watch)
    assert not await seen(candor)


async def test_slow_reading_is_seen_over_a_day(candor: Candor) -> None:
    sam = await staff(candor, Role.SUPPORT)
    watch = await begun(candor)
    for _ in range(RULES["slow_reading"].threshold):
        await open_somebody(candor, sam, after=2 * MINUTE)
    await caught_up(watch)
    assert set(await seen(candor)) == {("slow_reading", label(sam))}


async def test_a_scraper_is_thrown_out(candor: Candor, clock: FixedClock) -> None:
    sam = await staff(candor, Role.SUPPORT)
    async with candor.database.tx() as tx:
        secret = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=sam.staff_id,
            methods=[Method.PASSKEY],
            is_strong=True,
            clock=clock,
        )
    watch = await begun(candor)
    for _ in range(RULES["scraping"].threshold):
        await open_somebody(candor, sam, after=SECOND)
    await caught_up(watch)
    assert ("scraping", label(sam)) in await seen(candor)
    async with candor.database.tx() as tx:
        with pytest.raises(NotSignedIn):
            await sessions.of_cookie(tx, secret, audience=Audience.STAFF, clock=clock)


async def test_the_same_person_over_and_over_is_one_person(candor: Candor) -> None:
    sam = await staff(candor, Role.SUPPORT)
    watch = await begun(candor)
    for _ in range(100):
        await open_somebody(candor, sam, who="ada", after=SECOND)
    await caught_up(watch)
    assert not await seen(candor)


@pytest.mark.parametrize(("hour", "is_seen"), [(1, True), (11, False)])
async def test_work_at_night_by_somebody_who_works_by_day(
    candor: Candor, clock: FixedClock, hour: int, is_seen: bool
) -> None:
    sam = await staff(candor, Role.SUPPORT)
    for _ in range(5):
        await open_somebody(candor, sam, after=DAY)  # at noon
    watch = await begun(candor)
    night = datetime(2026, 3, 20, hour, 0, tzinfo=UTC)
    clock.advance(night - clock.now())
    for _ in range(RULES["unusual_hour"].threshold):
        await open_somebody(candor, sam, after=MINUTE)
    await caught_up(watch)
    assert set(await seen(candor)) == ({("unusual_hour", label(sam))} if is_seen else set())


async def test_work_at_night_by_somebody_who_always_does(
    candor: Candor, clock: FixedClock
) -> None:
    sam = await staff(candor, Role.SUPPORT)
    clock.advance(13 * HOUR)  # one in the morning
    for _ in range(5):
        await open_somebody(candor, sam, after=DAY)
    watch = await begun(candor)
    clock.advance(DAY)
    for _ in range(RULES["unusual_hour"].threshold):
        await open_somebody(candor, sam, after=MINUTE)
    await caught_up(watch)
    assert not await seen(candor)


async def test_trying_purposes_until_one_opens(candor: Candor) -> None:
    sam = await staff(candor, Role.SUPPORT)
    watch = await begun(candor)
    for n in range(RULES["purposes_tried"].threshold):
        await act(
            candor,
            Actor.staff(sam.staff_id),
            "vault.open",
            about=bytes(16),
            outcome=Outcome.REFUSED,
            purpose=f"purpose{n}",
            after=SECOND,
        )
    await caught_up(watch)
    assert set(await seen(candor)) == {("purposes_tried", label(sam))}


@pytest.mark.asvs("16.3.2")
@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.DONE])
async def test_a_list_is_held_against_ours(candor: Candor, outcome: Outcome) -> None:
    sam = await staff(candor, Role.SUPPORT)
    watch = await begun(candor)
    for _ in range(RULES["people_probed"].threshold):
        await act(
            candor, Actor.staff(sam.staff_id), "profiles.find", outcome=outcome, after=SECOND
        )
    await caught_up(watch)
    assert set(await seen(candor)) == {("people_probed", label(sam))}


@pytest.mark.asvs("16.3.2")
async def test_knocking_at_closed_doors(candor: Candor) -> None:
    sam = await staff(candor, Role.MARKETING)
    watch = await begun(candor)
    for _ in range(RULES["denied_often"].threshold):
        await act(
            candor,
            Actor.staff(sam.staff_id),
            "access.permission_denied",
            outcome=Outcome.REFUSED,
            after=SECOND,
        )
    await caught_up(watch)
    assert set(await seen(candor)) == {("denied_often", label(sam))}


async def test_proposals_that_are_waved_through_and_roles_that_are_raised(
    candor: Candor,
) -> None:
    ada = await staff(candor, Role.ADMIN)
    watch = await begun(candor)
    for _ in range(RULES["waved_through"].threshold):
        await act(candor, Actor.staff(ada.staff_id), "access.approved", after=SECOND)
    await act(candor, Actor.staff(ada.staff_id), "access.role_changed", after=SECOND)
    await caught_up(watch)
    assert set(await seen(candor)) == {
        ("waved_through", label(ada)),
        ("role_raised", label(ada)),
    }


async def test_taking_out_papers_stops_exports(candor: Candor) -> None:
    sam = await staff(candor, Role.SUPPORT)
    watch = await begun(candor)
    for _ in range(RULES["export_spike"].threshold):
        await act(candor, Actor.staff(sam.staff_id), "consent.receipt_issued", after=SECOND)
    await caught_up(watch)
    assert set(await seen(candor)) == {("export_spike", label(sam))}
    assert MeasureKind.NO_EXPORT in await standing(candor, label(sam))


async def test_a_key_in_many_places_opens_nothing_until_somebody_has_looked(
    candor: Candor, clock: FixedClock
) -> None:
    async with candor.database.tx() as tx:
        secret, key = await api_keys.issue(
            tx, name="x", scopes=[Scope.PEOPLE_FIND], source_code=None, actor=TEST, clock=clock
        )
    watch = await begun(candor)
    for n in range(RULES["key_in_many_places"].threshold):
        await act(
            candor,
            Actor.machine(f"api:{key.key_id}"),
            "shield.network_new",
            detail={"network": mark(f"network{n}")},
            after=MINUTE,
        )
    await caught_up(watch)
    who = key_label(key.key_id)
    assert ("key_in_many_places", who) in await seen(candor)
    async with candor.database.read() as tx:
        with pytest.raises(WrongAPIKey):
            await api_keys.find(tx, secret, clock)
    ada = await staff(candor, Role.ADMIN)
    async with candor.database.tx() as tx:
        (measure,) = await measures.in_force(tx, clock)
        await measures.lift(
            tx,
            measure.measure_id,
            by=ada.staff_id,
            deeds=measures_of(clock),
            actor=Actor.staff(ada.staff_id),
            clock=clock,
        )
    async with candor.database.read() as tx:
        assert (await api_keys.find(tx, secret, clock)).key_id == key.key_id


async def test_a_key_that_reads_far_more_than_usual_is_stopped(
    candor: Candor, clock: FixedClock
) -> None:
    async with candor.database.tx() as tx:
        _, key = await api_keys.issue(
            tx, name="x", scopes=[Scope.PEOPLE_FIND], source_code=None, actor=TEST, clock=clock
        )
    watch = await begun(candor)
    async with candor.database.tx("bulk") as tx:
        await tx.connection.execute(
            "INSERT INTO audit.entry (recorded_at, actor_kind, actor_id, action, subject,"
            " fields, outcome, request_id, detail) SELECT %s, 'machine', %s, 'profiles.find',"
            " decode(md5(n::text), 'hex'), '{}', 'done', 'r' || n, '{}'"
            " FROM generate_series(1, %s) AS n",
            (clock.now(), f"api:{key.key_id}", RULES["key_reading"].threshold),
        )
    await caught_up(watch)
    assert set(await seen(candor)) == {("key_reading", key_label(key.key_id))}
    assert MeasureKind.SUSPEND in await standing(candor, key_label(key.key_id))


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        ("audit.rewritten", "log_broken"),
        ("audit.verified", "log_broken"),
        ("backup.created", "backup_failed"),
        ("backup.drilled", "backup_failed"),
    ],
)
async def test_what_the_machine_finds_broken(candor: Candor, action: str, rule: str) -> None:
    watch = await begun(candor)
    worker = Actor.machine("worker")
    await act(candor, worker, action)
    await caught_up(watch)
    assert await seen(candor) == {}
    await act(candor, worker, action, outcome=Outcome.REFUSED)
    await caught_up(watch)
    assert set(await seen(candor)) == {(rule, "machine:worker")}


async def test_refusals_that_drifted_apart_are_told(candor: Candor) -> None:
    watch = await begun(candor)
    exchange = Actor.machine("connections")
    await act(candor, exchange, "connections.compared")
    await caught_up(watch)
    assert await seen(candor) == {}
    await act(candor, exchange, "connections.drifted")
    await caught_up(watch)
    assert set(await seen(candor)) == {("refusals_drifted", "machine:connections")}
    assert not await standing(candor, "machine:connections")
