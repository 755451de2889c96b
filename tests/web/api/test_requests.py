"""Requests by API: a key proves nothing about a person, and moves only what may be moved."""

from datetime import timedelta
from typing import Any

import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.access.model.keys import Scope
from candor.domain.rights.model.request import State
from candor.domain.rights.service import carrying, reading
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.surface.api.v1.app import PREFIX
from tests.factories.house import make_person
from tests.web.api.conftest import System, issue


def asked(who: ProfileId, right: str = "erasure", **more: object) -> dict[str, Any]:
    """Return a request."""
    return {
        "profile": {"id": str(who)},
        "right": right,
        "external_ref": f"ticket/{new_id()}",
        **more,
    }


async def test_what_a_key_says_waits_for_the_person(system: System, ada: ProfileId) -> None:
    told = await system.told("POST", "/requests", asked(ada))
    assert told["is_new"]
    request = told["request"]
    assert (request["state"], request["proof"]) == ("verifying", "none")
    assert request["due_at"] > request["received_at"]
    assert (await system.told("GET", f"/requests/{request['id']}")) == request
    listed = await system.told("GET", f"/profiles/{ada}/requests")
    assert listed["items"] == [request]


async def test_a_proof_needs_a_scope_of_its_own(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    some = system.with_key(*await issue(candor, [Scope.RIGHTS_WRITE]))
    refused = await some.post("/requests", asked(ada, proof="account"))
    assert refused.json()["code"] == "access.missing_scope"
    told = await system.told("POST", "/requests", asked(ada, proof="account"))
    assert told["request"]["state"] == "in_progress"


async def test_the_same_reference_is_the_same_request(
    system: System, ada: ProfileId, candor: Candor
) -> None:
    given = asked(ada)
    one = await system.told("POST", "/requests", given)
    two = await system.told("POST", "/requests", given)
    assert (two["request"], two["is_new"]) == (one["request"], False)
    ben = await make_person(candor, number="B-1", email="ben@example.org")
    other = await system.post("/requests", given | {"profile": {"id": str(ben)}})
    assert (other.status_code, other.json()["code"]) == (409, "rights.sent_another")


async def test_it_is_extended_refused_and_seen(system: System, ada: ProfileId) -> None:
    request = (await system.told("POST", "/requests", asked(ada)))["request"]
    path = f"/requests/{request['id']}"
    later = await system.told("POST", f"{path}/extension", {"ground": "complex"})
    assert later["due_at"] > request["due_at"]
    again = await system.post(f"{path}/extension", {"ground": "complex"})
    assert again.json()["code"] == "rights.not_extendable"
    bad = await system.post(f"{path}/refusal", {"ground": "complex"})
    assert bad.json()["code"] == "api.not_as_described"
    done = await system.told(
        "POST", f"{path}/refusal", {"ground": "unfounded", "words": "We looked twice."}
    )
    assert (done["state"], done["ground"]) == ("refused", "unfounded")
    seen = await system.told("GET", f"{path}/progress")
    assert [one["what"] for one in seen["events"]][-1] == "refused"
    gone = await system.post(f"{path}/withdrawal", {})
    assert (gone.status_code, gone.json()["code"]) == (409, "rights.wrong_move")
    figures = await system.told("GET", "/request-figures")
    assert [(f["right"], f["refused"]) for f in figures["items"]] == [("erasure", 1)]


async def test_who_was_erased_is_let_back_by_an_identifier(
    system: System, ada: ProfileId, candor: Candor
) -> None:
    told = await system.told("POST", "/requests", asked(ada, proof="account"))
    office = office_of(candor)
    async with candor.database.read() as tx:
        request = (await reading.of_person(tx, [ada]))[0]
    await carrying.carry(office, request.request_id)
    async with candor.database.read() as tx:
        request = await reading.find(tx, request.request_id)
    assert request.state is State.FULFILLED, await system.told(
        "GET", f"/requests/{told['request']['id']}/progress"
    )
    lift = {"kind": "email", "value": "ADA@example.org", "ground": "new_contract"}
    assert await system.told("POST", "/comebacks", lift) == {"lifted": 1}
    assert await system.told("POST", "/comebacks", lift) == {"lifted": 0}


@pytest.mark.parametrize("path", ["", "/progress"])
async def test_what_is_not_there_is_not_found(system: System, path: str) -> None:
    answer = await system.get(f"/requests/{new_id()}{path}")
    assert answer.json()["code"] == "rights.no_such_request"


async def test_an_appeal_is_about_a_request_of_the_same_person(
    system: System, ada: ProfileId, candor: Candor
) -> None:
    ben = await make_person(candor, number="B-1", email="ben@example.org")
    his = (await system.told("POST", "/requests", asked(ben)))["request"]["id"]
    answer = await system.post("/requests", asked(ada, "complaint", about_request=his))
    assert answer.json()["code"] == "rights.no_such_request"


# ----------------------------------------------------------------------------------- mail
async def mailed(system: System, raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """Hand a mail in."""
    headers = {"authorization": f"Bearer {system.secret}", "content-type": "message/rfc822"}
    answer = await system.client.post(f"{PREFIX}/requests/mail", content=raw, headers=headers)
    return answer.json() | {"http": answer.status_code}


def letter(subject: str, body: str = "Ada", sender: str = "Ada <ada@example.org>") -> bytes:
    """Return a mail."""
    return (
        f"From: {sender}\r\nReply-To: thief@example.net\r\nTo: privacy@ex.example\r\n"
        f"Message-ID: <{new_id()}@example.org>\r\nSubject: {subject}\r\n\r\n{body}\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("subject", "right"),
    [
        ("Please delete my data", "erasure"),
        ("Bitte löschen Sie meine Daten", "erasure"),
        ("Proszę usunąć moje dane", "erasure"),
        ("Quero apagar os meus dados", "erasure"),
        ("Удалите мои данные", "erasure"),
        ("I want a copy of all my data", "access"),
        ("Auskunft nach Art. 15 DSGVO", "access"),
        ("Dostęp do moich danych", "access"),
        ("Сообщите, какие данные вы храните", "access"),
        ("Datenübertragbarkeit", "portability"),
        ("Ich widerspreche der Werbung", "objection"),
    ],
)
async def test_a_mail_becomes_a_request_that_waits_for_a_proof(
    system: System, ada: ProfileId, subject: str, right: str
) -> None:
    raw = letter(subject)
    told = await mailed(system, raw)
    assert told["status"] == "request"
    request = await system.told("GET", f"/requests/{told['request']}")
    assert (request["right"], request["profile"]) == (right, str(ada))
    assert (await mailed(system, raw))["status"] == "known"


async def test_what_is_not_plain_or_from_nobody_known_is_sorted_by_people(
    system: System, ada: ProfileId
) -> None:
    assert ada
    for raw in (
        letter("Hello"),
        letter("Send me a copy of my data and delete it"),
        letter("Delete my data", sender="x@example.org"),
    ):
        told = await mailed(system, raw)
        request = await system.told("GET", f"/requests/{told['request']}")
        assert (request["profile"], request["state"]) == (None, "received")


async def test_a_stranger_is_heard_three_times_a_day(
    system: System, ada: ProfileId, clock: FixedClock
) -> None:
    raws = [letter("Delete my data", sender="x@example.org") for _ in range(4)]
    taken = [await mailed(system, raw) for raw in raws[:3]]
    assert [one["status"] for one in taken] == ["request"] * 3
    over = await mailed(system, raws[3])
    assert (over["http"], over["status"], over["request"]) == (taken[0]["http"], "known", None)
    again = await mailed(
        system, raws[0]
    )  # the same mail is the same request, and costs nothing
    assert (again["status"], again["request"]) == ("known", taken[0]["request"])
    other = letter("Delete my data", sender="y@example.org")
    assert (await mailed(system, other))["status"] == "request"
    assert (await mailed(system, letter("Delete my data")))["request"], ada
    clock.advance(timedelta(days=1))
    assert (await mailed(system, raws[3]))["status"] == "request"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <all.example.org>",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    ],
)
async def test_machines_are_not_answered(system: System, ada: ProfileId, header: str) -> None:
    assert ada
    told = await mailed(system, header.encode() + b"\r\n" + letter("Delete my data"))
    assert (told["status"], told["request"]) == ("ignored", None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0",
        b"Subject: x\r\n\r\n",
        b"From: a@example.org, b@example.org\r\n\r\n",
        b"From: a@example.org\r\nFrom: b@example.org\r\n\r\n",
        b"From: =?utf-8?q?=\r\n\r\n",
        b"From: nobody\r\n\r\n",
    ],
)
async def test_what_is_no_mail_is_refused(system: System, raw: bytes) -> None:
    told = await mailed(system, raw)
    assert (told["http"], told["code"]) == (422, "rights.not_a_mail")
