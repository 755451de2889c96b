"""What a controller asked for is handed out to it: its own, so many times, for so long."""

import io
import json
import zipfile

import httpx
import pytest

from candor.app import Candor, office_of
from candor.domain.access.model.keys import Scope
from candor.domain.rights.model.request import Right, State
from candor.domain.rights.service import reading
from candor.domain.rights.service.carrying import carry
from candor.domain.rights.service.export import archive, downloading, preparing
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.web.opendsr.conftest import Controller, with_key


async def completed(controller: Controller, person: ProfileId, kind: str = "access") -> str:
    """Ask for something, let the worker do it, and return the address of its status."""
    given = controller.request(kind)
    answer = await controller.ask("POST", "/opendsr/v2/requests", given)
    assert answer.status_code == 201, answer.text
    candor = controller.candor
    async with candor.database.read() as tx:
        (request,) = await reading.of_person(tx, [person])
    await carry(office_of(candor), request.request_id)
    return f"/opendsr/v2/requests/{given['subject_request_id']}"


@pytest.mark.parametrize("kind", [Right.ACCESS, Right.PORTABILITY])
async def test_a_controller_reads_the_archive_back(
    controller: Controller, ada: ProfileId, candor: Candor, kind: Right
) -> None:
    path = await completed(controller, ada, kind)
    told = (await controller.ask("GET", path)).json()
    assert told["request_status"] == "completed"
    assert told["results_count"] == 1
    url = httpx.URL(told["results_url"])
    assert str(url).startswith(candor.settings.public_url)
    assert url.path == f"{path}/results"
    answer = await controller.ask("GET", url.path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        data = json.loads(found.read("data.json"))
    assert "ada@example.org" in json.dumps(data["tables"])
    async with candor.database.read() as tx:
        (request,) = await reading.of_person(tx, [ada])
    assert (request.state, request.downloads) == (State.FULFILLED, 1)
    assert not archive.under_way()


@pytest.mark.asvs("8.2.2")
async def test_nobody_else_gets_it(
    controller: Controller, ada: ProfileId, candor: Candor, client: httpx.AsyncClient
) -> None:
    path = await completed(controller, ada) + "/results"
    other = await with_key(candor, client, source="shop")
    assert (await other.ask("GET", path)).status_code == 404
    weak = await with_key(candor, client, [Scope.RIGHTS_WRITE])
    assert (await weak.ask("GET", path)).status_code == 403
    assert (await client.get(path)).status_code == 401
    assert (await controller.ask("POST", path)).status_code == 405


async def test_it_expires(controller: Controller, ada: ProfileId, clock: FixedClock) -> None:
    path = await completed(controller, ada) + "/results"
    clock.advance(preparing.RESULTS_LAST)
    answer = await controller.ask("GET", path)
    assert answer.status_code == 410
    assert answer.json()["error"]["errors"][0]["reason"] == "archive_over"


async def test_it_is_handed_out_so_often(
    controller: Controller, ada: ProfileId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "MOST", 1)
    path = await completed(controller, ada) + "/results"
    assert (await controller.ask("GET", path)).status_code == 200
    assert (await controller.ask("GET", path)).status_code == 429


async def test_an_erasure_has_none(controller: Controller, ada: ProfileId) -> None:
    path = await completed(controller, ada, "erasure")
    assert "results_url" not in (await controller.ask("GET", path)).json()
    assert (await controller.ask("GET", f"{path}/results")).status_code == 404


async def test_what_is_not_done_has_none(controller: Controller, ada: ProfileId) -> None:
    assert ada
    given = controller.request("access")
    await controller.ask("POST", "/opendsr/v2/requests", given)
    path = f"/opendsr/v2/requests/{given['subject_request_id']}/results"
    assert (await controller.ask("GET", path)).status_code == 404


async def test_others_are_made_now(
    controller: Controller, ada: ProfileId, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await completed(controller, ada) + "/results"
    monkeypatch.setattr(archive, "AT_ONCE", 0)
    assert (await controller.ask("GET", path)).status_code == 503
