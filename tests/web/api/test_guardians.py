"""Minors and guardians by API: only an appointed guardian says yes, and anybody a no."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.keys import Scope
from candor.domain.catalogue.model import Purpose
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import apply_company, make_company, make_person
from tests.web.api.conftest import System, a_choice, issue

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def eva(candor: Candor) -> ProfileId:
    """Return a grown-up."""
    return await make_person(candor, number="E-1", email="eva@example.org")


async def grow_young(system: System, who: ProfileId) -> Any:  # noqa: ANN401 - JSON
    """Make somebody a minor."""
    until = (system.candor.clock.now() + timedelta(days=900)).date().isoformat()
    return await system.told("PUT", f"/profiles/{who}/minor", {"minor_until": until})


def paper(who: ProfileId) -> dict[str, str]:
    """Return an appointment."""
    return {"guardian": str(who), "proof": "form/17"}


async def may(system: System, who: ProfileId) -> tuple[bool, str]:
    """Return what the gate says about the news."""
    body = {"profile": {"id": str(who)}, "purpose": "news", "explain": True}
    told = await system.told("POST", "/decisions", body)
    return told["allowed"], told["reason"]


async def test_only_a_guardian_says_yes_for_a_minor(
    system: System, candor: Candor, ada: ProfileId, eva: ProfileId, clock: FixedClock
) -> None:
    path = f"/profiles/{ada}/choices"
    await system.told("POST", path, a_choice(candor))
    assert await may(system, ada) == (True, "consent")
    told = await grow_young(system, ada)
    assert told["is_minor"]
    assert await may(system, ada) == (False, "minor")
    by_eva = a_choice(candor, guardian=str(eva))
    refused = await system.post(path, by_eva)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent.not_guardian")
    told = await system.told("POST", f"/profiles/{ada}/guardians", paper(eva))
    assert [(one["guardian"], one["may_choose"]) for one in told["items"]] == [(str(eva), True)]
    clock.advance(MINUTE)
    by_eva = a_choice(candor, guardian=str(eva))
    for _ in range(2):  # the same again changes nothing
        assert (await system.told("POST", path, by_eva))["status"] == "recorded"
    assert await may(system, ada) == (True, "consent")
    lines = (await system.told("GET", path))["items"]
    assert [line["by_guardian"] for line in lines] == [True, False]
    taken = await system.post(path, {**by_eva, "guardian": None})
    assert taken.json()["code"] == "api.id_taken"
    clock.advance(MINUTE)
    await system.told("POST", path, a_choice(candor, choice="withdrawn"))
    assert not (await may(system, ada))[0], "a no of the child counts"


async def test_a_guardian_who_ended_says_nothing_more(
    system: System, candor: Candor, ada: ProfileId, eva: ProfileId, clock: FixedClock
) -> None:
    await grow_young(system, ada)
    base = f"/profiles/{ada}/guardians"
    await system.told("POST", base, paper(eva))
    told = await system.told("POST", base, paper(eva))
    assert len(told["items"]) == 1
    clock.advance(MINUTE)
    told = await system.told("POST", f"{base}/end", {"guardian": str(eva)})
    assert not told["items"][0]["may_choose"]
    again = await system.post(f"{base}/end", {"guardian": str(eva)})
    assert (again.status_code, again.json()["code"]) == (403, "consent.not_guardian")
    clock.advance(MINUTE)
    answer = await system.post(f"/profiles/{ada}/choices", a_choice(candor, guardian=str(eva)))
    assert answer.status_code == 403
    assert await may(system, ada) == (False, "never_asked")


async def test_nobody_is_a_minor_any_more_when_that_is_taken_back(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await system.told("POST", f"/profiles/{ada}/choices", a_choice(candor))
    await grow_young(system, ada)
    told = await system.told("PUT", f"/profiles/{ada}/minor", {"minor_until": None})
    assert (told["minor_until"], told["is_minor"]) == (None, False)
    assert (await may(system, ada))[0]


async def test_who_can_be_no_guardian_looks_the_same(
    system: System, ada: ProfileId, eva: ProfileId
) -> None:
    await grow_young(system, ada)
    answers = [
        await system.post(f"/profiles/{ada}/guardians", paper(ada)),
        await system.post(f"/profiles/{ada}/guardians", paper(ProfileId(new_id()))),
        await system.post(f"/profiles/{eva}/guardians", paper(ada)),
    ]
    told = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert told[0] == told[1] == told[2]
    unknown = await system.post(f"/profiles/{new_id()}/guardians", paper(eva))
    assert unknown.status_code == 404


@pytest.mark.parametrize("proof", ["", "her mother said so", "x" * 81, "a\n"])
async def test_a_proof_is_a_number(
    system: System, ada: ProfileId, eva: ProfileId, proof: str
) -> None:
    body = {"guardian": str(eva), "proof": proof}
    assert (await system.post(f"/profiles/{ada}/guardians", body)).status_code == 422


async def test_no_mail_asks_a_child_what_a_guardian_said(
    system: System, candor: Candor, ada: ProfileId, eva: ProfileId, clock: FixedClock
) -> None:
    await apply_company(candor, purposes=tuple(map(_confirmed, make_company().purposes)))
    await grow_young(system, ada)
    await system.told("POST", f"/profiles/{ada}/guardians", paper(eva))
    clock.advance(MINUTE)
    path = f"/profiles/{ada}/choices"
    answer = await system.post(path, a_choice(candor, guardian=str(eva)))
    assert (answer.status_code, answer.json()["code"]) == (422, "api.address_unproven")
    proven = a_choice(candor, guardian=str(eva), address_proven=True)
    assert (await system.told("POST", path, proven))["status"] == "recorded"


async def test_writing_needs_its_scope_and_is_written_down(
    system: System, candor: Candor, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    limited = system.with_key(*await issue(candor, [Scope.GUARDIANS_READ, Scope.CHOICES_WRITE]))
    body = {"minor_until": "2030-01-01"}
    assert (await limited.put(f"/profiles/{ada}/minor", body)).status_code == 403
    assert (await limited.get(f"/profiles/{ada}/guardians")).status_code == 200
    await grow_young(system, ada)
    rows = owner.execute(
        "SELECT action, actor_kind FROM audit.entry WHERE action LIKE 'consent.%'"
    ).fetchall()
    assert {row[0] for row in rows} >= {"consent.guardians_read", "consent.minor_set"}


def _confirmed(purpose: Purpose) -> Purpose:
    return msgspec.structs.replace(purpose, confirm=True) if purpose.code == "news" else purpose
