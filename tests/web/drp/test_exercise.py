"""Agents exercise rights: their word alone neither destroys nor hands out anything."""

from datetime import timedelta
from uuid import UUID

import pytest

from candor.app.entitling import office_of
from candor.domain.audit.model import Actor
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.service import asking, deciding, reading
from candor.domain.rights.service.asking import Asked
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST
from tests.web.drp.conftest import INSIDE, Caller


async def request_of(caller: Caller, told: dict[str, str]) -> Request:
    """Return the request that an answer is about."""
    async with caller.candor.database.read() as tx:
        return await reading.find(tx, UUID(told["request_id"]))


@pytest.mark.parametrize("exercise", ["deletion", "access", "access:specific"])
async def test_an_agents_word_waits_for_the_person(
    caller: Caller, ada: ProfileId, exercise: str
) -> None:
    answer = await caller.exercise(exercise)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["reason"]) == ("in_progress", "need_user_verification")
    assert told["user_verification_url"].endswith("/me/rights"), "never the secret link"
    request = await request_of(caller, told)
    assert (request.state, request.proof) == (State.VERIFYING, Proof.NONE)
    assert request.profile_id == ada


async def test_known_and_unknown_people_are_answered_alike(
    caller: Caller, ada: ProfileId
) -> None:
    assert ada
    known = (await caller.exercise("deletion")).json()
    unknown = (await caller.exercise("deletion", email="nobody@example.org")).json()
    for told in (known, unknown):
        told.pop("request_id")
    assert known == unknown


async def test_a_trusted_agents_verified_word_counts(trusted: Caller, ada: ProfileId) -> None:
    told = (await trusted.exercise("deletion")).json()
    assert told["status"] == "in_progress"
    assert "reason" not in told
    request = await request_of(trusted, told)
    assert (request.state, request.profile_id) == (State.IN_PROGRESS, ada)


async def test_a_trusted_agents_unverified_word_does_not(
    trusted: Caller, ada: ProfileId
) -> None:
    assert ada
    told = (await trusted.exercise("deletion", email_verified=False)).json()
    assert told["reason"] == "need_user_verification"


async def test_a_no_to_a_sale_needs_no_proof(caller: Caller, ada: ProfileId) -> None:
    assert ada
    told = (await caller.exercise("sale:opt-out", email_verified=False)).json()
    assert (await request_of(caller, told)).state is State.IN_PROGRESS


async def test_the_same_again_is_the_same(
    caller: Caller, ada: ProfileId, clock: FixedClock
) -> None:
    assert ada
    body = caller.agent.signed(caller.message("deletion"))
    one = await caller.send("POST", "/data-rights-request/", body)
    two = await caller.send("POST", "/data-rights-request/", body)
    assert one.json() == two.json()
    named = {"agent-request-id": "r-1"}
    three = await caller.exercise("access", **named)
    clock.advance(timedelta(seconds=3))
    four = await caller.exercise("access", **named)
    assert three.json() == four.json()
    assert three.json()["agent_request_id"] == "r-1"
    five = await caller.exercise("deletion", **named)
    assert five.status_code == 409


async def test_agents_see_and_revoke_only_their_own(
    caller: Caller, trusted: Caller, ada: ProfileId
) -> None:
    assert ada
    told = (await caller.exercise("deletion")).json()
    path = f"/data-rights-request/{told['request_id']}"
    assert (await caller.send("GET", path)).json() == told
    reason = {"reason": "changed my mind"}
    assert (await trusted.send("GET", path)).status_code == 403
    assert (await caller.send("GET", f"/data-rights-request/{new_id()}")).status_code == 403
    foreign = await trusted.send("DELETE", path, trusted.agent.signed(reason))
    assert foreign.status_code == 403
    gone = await caller.send("DELETE", path, caller.agent.signed(reason))
    assert (gone.status_code, gone.json()["status"]) == (200, "revoked")
    again = await caller.send("DELETE", path, caller.agent.signed(reason))
    assert again.status_code == 409


@pytest.mark.parametrize("how", ["said yes", "asked too"])
async def test_an_agent_takes_back_nothing_that_the_person_wants_themselves(
    caller: Caller, ada: ProfileId, how: str
) -> None:
    told = (await caller.exercise("deletion")).json()
    office = office_of(caller.candor)
    async with caller.candor.database.tx() as tx:
        if how == "said yes":
            request_id = UUID(told["request_id"])
            await deciding.prove(tx, request_id, Proof.MAILBOX, actor=TEST, office=office)
        else:
            wish = Asked(Right.ERASURE, Channel.PORTAL, profile_id=ada, proof=Proof.ACCOUNT)
            opened = await asking.ask(tx, wish, actor=Actor.customer(str(ada)), office=office)
            assert opened.is_duplicate
    path, body = f"/data-rights-request/{told['request_id']}", {"reason": "not needed"}
    answer = await caller.send("DELETE", path, caller.agent.signed(body))
    assert answer.status_code == 409
    assert (await request_of(caller, told)).is_open


async def test_who_joins_later_neither_sees_nor_takes_back(
    caller: Caller, trusted: Caller, ada: ProfileId
) -> None:
    assert ada
    mine = (await caller.exercise("deletion")).json()
    joined = (await trusted.exercise("deletion", email_verified=False)).json()
    assert joined["request_id"] == mine["request_id"]
    path = f"/data-rights-request/{mine['request_id']}"
    body = trusted.agent.signed({"reason": None})
    assert (await trusted.send("DELETE", path, body)).status_code == 403
    async with caller.candor.database.tx() as tx:
        office = office_of(caller.candor)
        await deciding.prove(
            tx, UUID(mine["request_id"]), Proof.ACCOUNT, actor=TEST, office=office
        )
    assert "reason" not in (await caller.send("GET", path)).json()
    assert (await trusted.send("GET", path)).json()["reason"] == "need_user_verification"


@pytest.mark.parametrize(
    ("exercise", "more"),
    [
        ("sale:opt-in", {}),
        ("destroy", {}),
        ("deletion", {"regime": "gdpr"}),
        ("deletion", {"email": None}),
        ("deletion", {"status_callback": "http://169.254.169.254/"}),
        ("deletion", {"status_callback": "file:///etc/passwd"}),
        ("deletion", {"status_callback": f"http://{INSIDE}/"}),
        ("deletion", {"drp.version": "7"}),
        ("deletion", {"email": 5}),
        ("deletion", {"agent-request-id": "x" * 100}),
    ],
)
async def test_what_is_not_understood_is_said_so(
    caller: Caller, exercise: str, more: dict[str, object]
) -> None:
    answer = await caller.exercise(exercise, **more)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fatal"}
