"""Attacks through the real surfaces, and what whoever looks after security sees of them."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from candor.app import Candor, served, services_of, watch_of
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.roles import Role
from candor.domain.access.service import api_keys
from candor.domain.shield.errors import ExportStopped
from candor.domain.shield.model.canary import CanaryKind
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import alerts, canaries, measures
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from candor.surface.api.v1.app import API
from tests.factories.attacks import begun, caught_up, label, open_somebody, seen
from tests.factories.house import TEST, fresh_email, make_person
from tests.web.console.conftest import HOST, Clerk, Hire

ALERTS = "/console/security/alerts"


def first_alert(html: str) -> str:
    """Return the address of the first alert of a page."""
    found = re.search(rf'href="({ALERTS}/[0-9a-f-]{{36}})"', html)
    assert found
    return found.group(1)


def first_lift(html: str) -> str:
    """Return the address that lifts the first measure of a page."""
    found = re.search(rf'action="({ALERTS}/measures/[0-9a-f-]{{36}})"', html)
    assert found
    return found.group(1)


@pytest.mark.asvs("16.3.2", "8.1.4")
async def test_who_knocks_at_closed_doors_is_seen_and_signed_in_still(
    candor: Candor, hire: Hire
) -> None:
    marketer = await hire(Role.MARKETING)
    guard = await hire(Role.SECURITY)
    watch = await begun(candor)
    for _ in range(RULES["denied_often"].threshold):
        assert (await marketer.get("/console/people")).status_code == 403
    await caught_up(watch)
    assert marketer.staff is not None
    assert ("denied_often", label(marketer.staff)) in await seen(candor)
    listed = await guard.words(ALERTS)
    assert "Somebody knocks at doors" in listed
    assert "Marketing Miller" in listed
    page = await guard.page(first_alert(await guard.page(ALERTS)))
    assert "What it means" in page
    assert "Must prove again who they are" in page
    assert "access.permission_denied" in page


async def test_an_alert_is_settled_once_and_counts_no_more(candor: Candor, hire: Hire) -> None:
    marketer = await hire(Role.MARKETING)
    guard = await hire(Role.SECURITY)
    watch = await begun(candor)
    for _ in range(RULES["denied_often"].threshold):
        await marketer.get("/console/people")
    await caught_up(watch)
    assert re.search(r'class="count">1<', await guard.page("/console"))
    url = first_alert(await guard.page(ALERTS))
    assert (await guard.send(url, verdict="whatever")).status_code == 400
    assert (await guard.send(url, verdict="mistake")).status_code == 303
    assert (await guard.send(url, verdict="attack")).status_code == 404
    assert "A mistake, said Security Miller" in await guard.words(ALERTS)
    assert not await seen(candor)


async def test_bulk_reading_through_the_pages_and_a_measure_that_is_lifted(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    agent = await hire(Role.SUPPORT)
    guard = await hire(Role.SECURITY)
    people = [await make_person(candor, email=fresh_email(), name="A") for _ in range(40)]
    watch = await begun(candor)
    for profile_id in people:
        clock.advance(timedelta(seconds=20))
        page = await agent.get(f"/console/people/{profile_id}?purpose=orders")
        assert page.status_code == 200
    await caught_up(watch)
    assert agent.staff is not None
    assert set(await seen(candor)) == {("bulk_reading", label(agent.staff))}
    page = await guard.page(first_alert(await guard.page(ALERTS)))
    assert "40 people within 1 hour" in page
    assert (await guard.send(first_lift(page))).status_code == 303
    assert "lifted by Security Miller" in await guard.words(
        first_alert(await guard.page(ALERTS))
    )


async def test_marketing_sees_no_alert_and_the_auditor_no_canary(hire: Hire) -> None:
    marketer = await hire(Role.MARKETING)
    assert (await marketer.get(ALERTS)).status_code == 403
    auditor = await hire(Role.AUDITOR)
    assert "No alert is open" in await auditor.words(ALERTS)
    assert (await auditor.get("/console/security/canaries")).status_code == 403


async def test_a_canary_key_is_laid_out_and_whoever_tries_it_is_noticed(
    candor: Candor, hire: Hire
) -> None:
    guard = await hire(Role.SECURITY)
    made = await guard.send("/console/security/canaries", kind="api_key", note="the old wiki")
    secret = re.search(r"<code>(cdr_[\w-]{43})</code>", made.text)
    assert secret
    assert secret.group(1) not in await guard.page("/console/security/canaries")
    watch = await begun(candor)
    app = served(candor)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as thief:
        bearer = {"authorization": f"Bearer {secret.group(1)}"}
        answer = await thief.get("/api/v1/purposes", headers=bearer)
        wrong = await thief.get(
            "/api/v1/purposes", headers={"authorization": "Bearer cdr_nothing"}
        )
    assert answer.status_code == wrong.status_code == 401
    assert answer.json()["code"] == wrong.json()["code"]
    await caught_up(watch)
    ((rule, who),) = await seen(candor)
    assert rule == "canary_touched"
    assert who.startswith("network:")
    page = await guard.page(first_alert(await guard.page(ALERTS)))
    assert "critical" in page


async def test_a_key_that_goes_places_is_written_down_once_each(
    candor: Candor, clock: FixedClock
) -> None:
    async with candor.database.tx() as tx:
        secret, key = await api_keys.issue(
            tx,
            name="x",
            scopes=[Scope.PURPOSES_READ],
            source_code=None,
            actor=TEST,
            clock=clock,
        )
    watch = watch_of(candor)
    await watch.once()
    bearer = {"authorization": f"Bearer {secret}"}
    for address in ("192.0.2.1", "192.0.2.9", "198.51.100.1"):
        clock.advance(timedelta(days=1, hours=1))
        api = API(services_of(candor))
        transport = httpx.ASGITransport(app=api, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            answer = await client.get("/api/v1/purposes", headers=bearer)
            assert answer.status_code == 200, answer.text
        await api.close()
    await caught_up(watch)
    assert ("key_elsewhere", f"key:{key.key_id}") in await seen(candor)


async def test_the_count_of_waiting_alerts(
    candor: Candor, anybody: Callable[[], Clerk]
) -> None:
    assert (await anybody().get(ALERTS)).status_code == 303
    async with candor.database.read() as tx:
        assert (await alerts.waiting(tx)).alerts == 0


@pytest.mark.asvs("16.3.3")
async def test_who_opens_a_canary_profile_is_thrown_out_and_takes_nothing_along(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    agent = await hire(Role.SUPPORT)
    guard = await hire(Role.SECURITY)
    profile_id = await make_person(candor, email=fresh_email(), name="Anna")
    async with candor.database.tx() as tx:
        (pseudonym,) = await candor.vault.pseudonyms(tx, [profile_id])
        await canaries.lay_out(
            tx, CanaryKind.PROFILE, pseudonym, note="in no list", actor=TEST, clock=clock
        )
    watch = await begun(candor)
    assert (await agent.get(f"/console/people/{profile_id}?purpose=orders")).status_code == 200
    await caught_up(watch)
    assert agent.staff is not None
    assert set(await seen(candor)) == {("canary_touched", label(agent.staff))}
    assert (await agent.get("/console")).status_code == 303  # to the sign-in
    async with candor.database.read() as tx:
        with pytest.raises(ExportStopped):
            await measures.require_export(tx, label(agent.staff), clock)
    assert "All sign-ins were ended" in await guard.page(first_alert(await guard.page(ALERTS)))


async def test_under_a_measure_no_receipt_is_handed_out(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    agent = await hire(Role.SUPPORT)
    assert agent.staff is not None
    url = f"/console/people/{new_id()}/choices/{new_id()}/receipt"
    assert (await agent.get(url)).status_code == 404
    async with candor.database.tx() as tx:
        await measures.take(
            tx,
            MeasureKind.NO_EXPORT,
            label(agent.staff),
            alert_id=None,
            lasts=timedelta(hours=1),
            deeds=measures.NO_DEEDS,
            clock=clock,
        )
    stopped = await agent.get(url)
    assert stopped.status_code == 403
    assert "Nothing is handed out in bulk" in stopped.text


@pytest.mark.asvs("8.2.1", "7.5.3")
async def test_nobody_settles_or_lifts_what_is_about_themselves(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    suspect, guard = await hire(Role.ADMIN), await hire(Role.SECURITY)
    assert suspect.staff is not None
    watch = await begun(candor)
    for _ in range(RULES["scraping"].threshold):
        await open_somebody(candor, suspect.staff, after=timedelta(seconds=1))
    await caught_up(watch)
    assert ("scraping", label(suspect.staff)) in await seen(candor)
    await suspect.sign_in(Role.ADMIN)  # all sign-ins were ended
    alert = first_alert(await guard.page(ALERTS))
    measure = first_lift(await guard.page(ALERTS))
    assert measure not in await suspect.page(alert)
    assert measure not in await suspect.page(ALERTS)
    refused = await suspect.send(measure)
    assert refused.status_code == 403
    assert "This alert is about you" in refused.text
    assert (await suspect.send(alert, verdict="expected")).status_code == 403
    async with candor.database.read() as tx:
        with pytest.raises(ExportStopped):
            await measures.require_export(tx, label(suspect.staff), clock)
    assert (await guard.send(measure)).status_code == 303
    assert (await guard.send(alert, verdict="attack")).status_code == 303


@pytest.mark.asvs("7.5.3")
async def test_what_the_shield_does_is_ended_with_a_fresh_proof_alone(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    guard = await hire(Role.SECURITY)
    made = await guard.send("/console/security/canaries", kind="api_key", note="the old wiki")
    assert made.status_code == 200
    html = await guard.page("/console/security/canaries")
    canary = re.search(r'action="(/console/security/canaries/[0-9a-f-]{36})"', html)
    assert canary
    clock.advance(timedelta(minutes=20))  # the cookie was copied in the meantime
    for path in (f"{ALERTS}/{new_id()}", f"{ALERTS}/measures/{new_id()}", canary.group(1)):
        answer = await guard.send(path, verdict="expected")
        assert answer.headers["location"].startswith("/console/prove"), path
    async with candor.database.read() as tx:
        assert len(await canaries.out(tx, [CanaryKind.API_KEY])) == 1
