"""Downloading one's own archive: whole, counted, after a fresh proof, and never somebody else's."""

import io
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest

from candor.app import Candor, office_of
from candor.domain.access.model.sign_in import PROOF_LASTS
from candor.domain.rights.model.request import Right
from candor.domain.rights.service import reading
from candor.domain.rights.service.carrying import carry
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.archives import Owner, Read, downloaded, make_rich, prepared
from tests.web.portal.conftest import Visitor, csrf
from tests.web.portal.test_rights import URL, ada, press

__all__ = ["ada"]


async def fetch(visitor: Visitor, request_id: object) -> Read:
    """Press the button under the archive."""
    token = csrf(await visitor.page(f"{URL}/{request_id}"))
    found = await visitor.post(f"{URL}/{request_id}/archive", {"csrf_token": token})
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == "application/zip"
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(
        r'attachment; filename="archive-[\d-]{10}-[0-9a-f]{8}\.zip"',
        found.headers["content-disposition"],
    )
    with zipfile.ZipFile(io.BytesIO(found.content)) as made:
        return Read({name: made.read(name) for name in made.namelist()})


async def asked_for_all(candor: Candor, visitor: Visitor, who: ProfileId) -> object:
    """Ask for everything on the page, and let the worker get it ready."""
    await press(visitor, "see")
    async with candor.database.read() as tx:
        request = (await reading.of_person(tx, [who]))[0]
    await carry(office_of(candor), request.request_id)
    return request.request_id


async def test_somebody_downloads_all_about_them(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    request_id = await asked_for_all(candor, visitor, ada)
    read = await fetch(visitor, request_id)
    assert read.tables["profiles.identifier"]
    page = await visitor.page(f"{URL}/{request_id}")
    assert "It was downloaded" in page


async def test_it_wants_a_fresh_proof(
    candor: Candor, visitor: Visitor, ada: ProfileId, clock: FixedClock
) -> None:
    request_id = await asked_for_all(candor, visitor, ada)
    token = csrf(await visitor.page(f"{URL}/{request_id}"))
    clock.advance(PROOF_LASTS + timedelta(seconds=1))
    found = await visitor.post(f"{URL}/{request_id}/archive", {"csrf_token": token})
    assert found.status_code == 303
    assert found.headers["location"].startswith("/me/prove?")


@pytest.mark.usefixtures("ada")
async def test_that_of_somebody_else_does_not_exist(
    candor: Candor, visitor: Visitor, owner: Owner
) -> None:
    other = await prepared(candor, await make_rich(candor, owner), Right.ACCESS)
    token = csrf(await visitor.page(URL))
    found = await visitor.post(f"{URL}/{other.request_id}/archive", {"csrf_token": token})
    assert found.status_code == 404


async def test_every_fact_of_the_page_is_in_it(
    candor: Candor, visitor: Visitor, owner: Owner
) -> None:
    """What the page What we know shows, word for word, as they read it."""
    person = await make_rich(candor, owner, hobby="chess")
    await visitor.sign_in(person)
    facts = await visitor.page("/me/facts")
    values = {
        unescape(text).strip() for text in re.findall(r'class="value[^"]*">([^<]+)<', facts)
    }
    read = await downloaded(candor, person)
    told = unescape(read.page)
    assert {"Rosa Reich", "=Graz"} <= values
    assert ("Linz" in facts) == ("Linz" in told)
    counts = {one for one in values if "in all" in one or "once" in one or "times" in one}
    assert not {one for one in values - counts if one not in told}
    assert read.tables["collect.total"][0]["sum_minor"] == 950
