"""Other controllers ask us as their processor: signed answers, once for each id, theirs alone."""

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from candor.app import Candor
from candor.domain.access.model.keys import Scope
from candor.domain.rights.model.request import Channel, Proof, State
from candor.domain.rights.service import reading
from candor.kernel.ids import ProfileId
from tests.factories.house import make_person
from tests.web.opendsr.conftest import Controller, with_key


async def check_signature(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    """Verify an answer as a controller does, with the certificate of our discovery."""
    pem = (await client.get("/opendsr/v2/certificate.pem")).content
    found = x509.load_pem_x509_certificate(pem)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    domain = answer.headers["X-OpenDSR-Processor-Domain"]
    assert domain in names.get_values_for_type(x509.DNSName)
    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(answer.headers["X-OpenDSR-Signature"])
    key.verify(signature, answer.content, ec.ECDSA(SHA256()))


async def test_discovery_says_what_is_understood(client: httpx.AsyncClient) -> None:
    for path in ("/opendsr/v2/discovery", "/opendsr/v1/discovery", "/opendsr/discovery"):
        told = (await client.get(path)).json()
        assert told["api_version"] == "2.0"
        assert told["supported_subject_request_types"] == ["access", "portability", "erasure"]
        assert {"identity_type": "email", "identity_format": "raw"} in told[
            "supported_identities"
        ]
        assert told["processor_certificate"].endswith("/opendsr/v2/certificate.pem")


@pytest.mark.parametrize("path", ["v2/requests", "v1/requests", "opengdpr_requests"])
async def test_a_request_is_taken_and_signed(
    controller: Controller, ada: ProfileId, path: str
) -> None:
    body = json.dumps(controller.request()).encode()
    answer = await controller.ask("POST", f"/opendsr/{path}", content=body)
    assert answer.status_code == 201, answer.text
    await check_signature(controller.client, answer)
    told = answer.json()
    assert base64.b64decode(told["encoded_request"]) == body
    assert told["controller_id"] == "crm"
    ref = json.loads(body)["subject_request_id"]
    status = await controller.ask("GET", f"/opendsr/{path}/{ref}")
    await check_signature(controller.client, status)
    assert status.json()["request_status"] == "in_progress"
    async with controller.candor.database.read() as tx:
        (request,) = await reading.of_person(tx, [ada])
    assert (request.channel, request.proof) == (Channel.OPENDSR, Proof.AUTHORITY)
    assert request.state is State.IN_PROGRESS


async def test_the_same_again_is_the_same_and_another_is_refused(
    controller: Controller, ada: ProfileId
) -> None:
    given = controller.request()
    for _ in range(2):
        assert (await controller.ask("POST", "/opendsr/v2/requests", given)).status_code == 201
    async with controller.candor.database.read() as tx:
        assert len(await reading.of_person(tx, [ada])) == 1
    other = given | {"subject_request_type": "access"}
    assert (await controller.ask("POST", "/opendsr/v2/requests", other)).status_code == 409


async def test_somebody_unknown_is_done_at_once(controller: Controller) -> None:
    who = {"identity_type": "email", "identity_value": "x@example.org"}
    given = controller.request(subject_identities=[who])
    await controller.ask("POST", "/opendsr/v2/requests", given)
    path = f"/opendsr/v2/requests/{given['subject_request_id']}"
    told = (await controller.ask("GET", path)).json()
    assert (told["request_status"], told["results_count"]) == ("completed", 0)


async def test_identities_of_two_people_are_nobodys(
    controller: Controller, ada: ProfileId, candor: Candor
) -> None:
    assert ada
    await make_person(candor, number="B-1", email="ben@example.org")
    given = controller.request()
    given["subject_identities"].append(
        {
            "identity_type": "controller_customer_id",
            "identity_value": "B-1",
        }
    )
    await controller.ask("POST", "/opendsr/v2/requests", given)
    path = f"/opendsr/v2/requests/{given['subject_request_id']}"
    assert (await controller.ask("GET", path)).json()["results_count"] == 0


async def test_another_controller_sees_nothing(
    controller: Controller, ada: ProfileId, candor: Candor, client: httpx.AsyncClient
) -> None:
    assert ada
    other = await with_key(candor, client, source="shop")
    given = controller.request()
    await controller.ask("POST", "/opendsr/v2/requests", given)
    path = f"/opendsr/v2/requests/{given['subject_request_id']}"
    assert (await other.ask("GET", path)).status_code == 404
    assert (await other.ask("DELETE", path)).status_code == 404


async def test_only_what_is_pending_can_be_cancelled(
    controller: Controller, ada: ProfileId
) -> None:
    assert ada
    given = controller.request()
    await controller.ask("POST", "/opendsr/v2/requests", given)
    path = f"/opendsr/v2/requests/{given['subject_request_id']}"
    refused = await controller.ask("DELETE", path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        ([Scope.RIGHTS_WRITE], 403),
        ([Scope.RIGHTS_READ], 403),
        ([Scope.RIGHTS_WRITE, Scope.RIGHTS_PROVE], 201),
    ],
)
async def test_a_key_needs_its_word_to_count(
    candor: Candor,
    client: httpx.AsyncClient,
    ada: ProfileId,
    scopes: list[Scope],
    status: int,
) -> None:
    assert ada
    one = await with_key(candor, client, scopes)
    answer = await one.ask("POST", "/opendsr/v2/requests", one.request())
    assert answer.status_code == status


async def test_without_a_key_there_is_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/opendsr/v2/requests", json={})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "changes",
    [
        {"subject_request_type": "rectification"},
        {"subject_request_id": "1"},
        {"subject_request_id": "a7551968-d5d6-14b2-9831-815ac9017798"},
        {"regulation": "lgpd"},
        {"subject_identities": []},
        {"subject_identities": [{"identity_type": "email", "identity_value": "x",
                                 "identity_format": "sha256"}]},
        {"submitted_time": "yesterday"},
        {"submitted_time": "2026-01-01T00:00:00"},
        {"status_callback_urls": ["http://localhost/x"]},
        {"status_callback_urls": 7},
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_said_so(
    controller: Controller, changes: dict[str, Any]
) -> None:
    answer = await controller.ask("POST", "/opendsr/v2/requests", controller.request(**changes))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], len(error["errors"])) == (400, 1)
    assert "ada@example.org" not in answer.text
