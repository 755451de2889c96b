"""Somebody who presses "forget me": their page ends, the link goes on, the last letter comes."""

import pytest

from candor.app import Candor, office_of
from candor.domain.rights.model.request import State
from candor.domain.rights.service import carrying, reading
from tests.factories.asking import mails, work
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_sign_in_by_code import ada_asks, answer, is_in


@pytest.mark.asvs("14.2.7")
async def test_being_forgotten_from_the_button_to_the_certificate(
    candor: Candor, visitor: Visitor, visitors: Visitors
) -> None:
    ada, code = await ada_asks(candor, visitor)
    assert is_in(await answer(visitor, code))
    token = csrf(await visitor.page("/me/rights/forget"))
    pressed = await visitor.post("/me/rights/forget", {"csrf_token": token})
    link = str(pressed.headers["location"])
    assert link.startswith("/rights/")
    assert "You asked to be forgotten" in await visitor.page(link)
    await work(candor)
    async with candor.database.read() as tx:
        (request,) = await reading.of_person(tx, [ada])
    await carrying.carry(office_of(candor), request.request_id)
    await work(candor)
    async with candor.database.read() as tx:
        assert (await reading.find(tx, request.request_id)).state is State.FULFILLED
    # the page of the person ends: an old cookie opens nothing and says so kindly
    old = await visitor.get("/me/rights")
    assert old.status_code in {303, 410}
    html = await visitors().page(link)
    assert "Download the certificate" in html
    assert "gone" in html
    certificate = await visitors().get(f"{link}/certificate")
    assert certificate.headers["content-type"] == "application/jose"
    assert certificate.text.count(".") == 2
    await work(candor)
    subjects = [str(one["subject"]) for one in mails(candor)]
    assert sum(one.startswith("You are forgotten") for one in subjects) == 1
