"""Somebody is erased: unreadable at once, gone soon, looked for, and proved."""

from typing import Any

import psycopg
import pytest

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.rights.model.request import Outcome, State
from candor.domain.rights.service import carrying, certificates
from candor.domain.rights.service.erasure import deep
from tests.factories import erasing, house


async def test_an_erasure_goes_from_the_key_to_the_certificate_by_itself(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    who, known = await erasing.make_somebody(candor)
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    print({k: (v.state, v.evidence, v.problem) for k, v in (await erasing.tasks(candor, request)).items()})
    assert (request.state, request.outcome) == (State.FULFILLED, Outcome.FULL)
    async with candor.database.read() as tx:
        body = await certificates.body_of(tx, request.request_id)
    assert body is not None
    print(erasing.payload_of(body))
    with pytest.raises(NoSuchProfile):
        await house.find(candor, "email", known["email"])
    looked = await deep.search(office_of(candor), means_of(candor))
    print(looked)
    assert looked.is_clean
