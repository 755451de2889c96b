"""A birthday that makes somebody a minor makes their own yes count for nothing."""

from datetime import date

import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Attribute, ValueType
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import gate
from candor.kernel.ids import ProfileId
from tests.factories.house import apply_company, choose, make_company, make_person, send

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def company(candor: Candor) -> None:
    birthday = Attribute(
        code="birthday",
        title="Birthday",
        group="about",
        purposes=("orders",),
        type=ValueType.DATE,
    )
    await apply_company(candor, attributes=(*make_company().attributes, birthday))


async def until(candor: Candor, who: ProfileId) -> date | None:
    async with candor.database.read() as tx:
        return (await gate.states(tx, [who]))[who].minor_until


async def tell(candor: Candor, number: str, birthday: str) -> None:
    call = {"type": "identify", "userId": number, "traits": {"birthday": birthday}}
    await send(candor, "shop", call)


async def test_a_child_is_known_by_their_birthday(candor: Candor) -> None:
    kim = await make_person(candor, number="K1", birthday="2014-05-01")
    assert await until(candor, kim) == date(2030, 5, 1)
    await choose(candor, kim, "news", Choice.GRANTED)
    async with candor.database.read() as tx:
        state = (await gate.states(tx, [kim]))[kim]
    assert not state.allowed >> 3 & 1, "news is the fourth purpose"


async def test_a_grown_up_is_none(candor: Candor) -> None:
    ada = await make_person(candor, birthday="1985-12-10")
    assert await until(candor, ada) is None


async def test_another_birthday_never_makes_anybody_older(candor: Candor) -> None:
    kim = await make_person(candor, number="K2", birthday="2014-05-01")
    await tell(candor, "K2", "1990-05-01")
    assert await until(candor, kim) == date(2030, 5, 1)
    await tell(candor, "K2", "2015-05-01")
    assert await until(candor, kim) == date(2031, 5, 1)


async def test_a_law_of_another_country_has_another_age(candor: Candor) -> None:
    kim = await make_person(candor, source="far", number="K3", birthday="2014-05-01")
    assert await until(candor, kim) == date(2027, 5, 1)
