"""Decisions by API: at the moment of asking, unknown means no, many at once, counted in the log."""

from typing import Any

import psycopg

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose
from tests.web.api.conftest import System, a_choice


def ask(who: object, purpose: str = "news", **more: object) -> dict[str, object]:
    """Return a question about somebody."""
    profile = {"id": str(who)} if not isinstance(who, dict) else who
    return {"profile": profile, "purpose": purpose, **more}


async def test_a_choice_is_in_the_next_answer(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    no = await system.told("POST", "/decisions", ask(ada))
    assert (no["allowed"], no["reason"]) == (False, "no_consent")
    assert no["words"] == "There is no yes of this person to this purpose."
    await choose(candor, ada, "news", Choice.GRANTED)
    yes = await system.told("POST", "/decisions", ask(ada))
    assert (yes["allowed"], yes["reason"]) == (True, "consent")
    assert "evidence" not in yes


async def test_a_person_is_named_by_an_identifier_too(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    who = {"kind": "email", "value": " ADA@example.org"}
    assert (await system.told("POST", "/decisions", ask(who)))["allowed"]


async def test_unknown_means_no(system: System, ada: ProfileId) -> None:
    for question, reason in (
        (ask(new_id()), "unknown_profile"),
        (ask({"kind": "email", "value": "nobody@example.org"}), "unknown_profile"),
        (ask({"kind": "email", "value": "not an address"}), "unknown_profile"),
        (ask({"kind": "shoe_size", "value": "42"}), "unknown_profile"),
        (ask(ada, "nonsense"), "undeclared_purpose"),
        (ask(ada, "orders", channel="pigeon"), "undeclared_channel"),
    ):
        told = await system.told("POST", "/decisions", question)
        assert (told["allowed"], told["reason"]) == (False, reason), question


async def test_an_explained_decision_tells_its_records_and_is_written_down(
    system: System, ada: ProfileId, owner: psycopg.Connection[Any], candor: Candor
) -> None:
    choice = a_choice(candor)
    await system.told("POST", f"/profiles/{ada}/choices", choice)
    told = await system.told("POST", "/decisions", ask(ada, explain=True))
    assert told["evidence"] == [
        {
            "record_id": choice["id"],
            "choice": "granted",
            "decided_at": "2026-03-02T12:00:00Z",
            "surface": "web_form",
            "notice": None,
            "edition": 1,
        }
    ]
    assert told["may_ask"] is True
    rows = owner.execute(
        "SELECT actor_kind, actor_id, purpose, subject IS NOT NULL FROM audit.entry "
        "WHERE action = 'consent.explained'"
    ).fetchall()
    assert rows == [("machine", f"api:{system.key.key_id}", "news", True)]


async def test_after_a_no_nobody_asks_for_a_year(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.DENIED)
    told = await system.told("POST", "/decisions", ask(ada, explain=True))
    assert (told["reason"], told["may_ask"]) == ("denied", False)
    assert told["ask_after"].startswith("2027-03-02")


async def test_many_are_answered_in_their_order(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    asks = [ask(ada), ask(new_id()), ask({"kind": "customer_number", "value": "A-1"})]
    told = await system.told("POST", "/decisions/bulk", {"asks": asks})
    assert [one["allowed"] for one in told["decisions"]] == [True, False, True]
    assert told["allowed"] == 2
    spread = {"purpose": "news", "profiles": [{"id": str(ada)}, {"id": str(new_id())}]}
    told = await system.told("POST", "/decisions/spread", spread)
    assert [one["allowed"] for one in told["decisions"]] == [True, False]


async def test_more_than_a_thousand_are_too_many(system: System, ada: ProfileId) -> None:
    answer = await system.post("/decisions/bulk", {"asks": [ask(ada)] * 1_001})
    assert (answer.status_code, answer.json()["code"]) == (422, "api.not_as_described")


async def test_decisions_are_counted_in_the_log(
    system: System, candor: Candor, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    await system.told("POST", "/decisions/bulk", {"asks": [ask(ada), ask(new_id())]})
    rows = owner.execute(
        "SELECT purpose, detail, subject FROM audit.entry WHERE action = 'consent.decided'"
    ).fetchall()
    assert rows == [("news", {"times": 2, "allowed": 1}, None)]


async def test_what_a_caller_made_up_stays_out_of_the_log(
    system: System, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    await system.told("POST", "/decisions/bulk", {"asks": [ask(ada, "adas_birthday")]})
    await system.told("POST", "/audiences", {"purpose": "adas_birthday"})
    rows = owner.execute("SELECT entry::text FROM audit.entry").fetchall()
    assert not any("adas_birthday" in row[0] for row in rows)


async def test_an_audience_is_a_number(system: System, candor: Candor, ada: ProfileId) -> None:
    assert (await system.told("POST", "/audiences", {"purpose": "news"}))["people"] == 0
    await choose(candor, ada, "news", Choice.GRANTED)
    told = await system.told("POST", "/audiences", {"purpose": "news"})
    assert told == {"people": 1, "at": "2026-03-02T12:00:00Z"}
    assert (await system.told("POST", "/audiences", {"purpose": "none"}))["people"] == 0
