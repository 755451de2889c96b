"""In which currency somebody bought: said where it was always one, else not at all."""

from collections.abc import Sequence

import msgspec
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Property
from candor.domain.collect.service import read
from tests.factories.house import apply_company, make_company, make_person, order, send


async def bought_in(candor: Candor, *currencies: str | None) -> list[str]:
    """Let somebody buy; return in which currencies we say that they did."""
    bought, *others = make_company().events
    properties = (*bought.properties, Property(name="currency"))
    bought = msgspec.structs.replace(bought, properties=properties)
    await apply_company(candor, events=(bought, *others))
    person = await make_person(candor, number="4711")
    for one in currencies:
        given = {} if one is None else {"currency": one}
        await send(candor, "shop", order(candor, userId="4711", properties=given))
    async with candor.database.read() as tx:
        return list((await read.currencies(tx, [person])).values())


@pytest.mark.parametrize(
    ("currencies", "said"),
    [
        ((), []),
        (("EUR", "EUR"), ["EUR"]),
        (("EUR", "PLN"), []),
        (("EUR", None), []),
        (("euro", "euro"), []),
    ],
)
async def test_a_currency_is_that_of_everything_that_was_bought(
    candor: Candor, currencies: Sequence[str | None], said: list[str]
) -> None:
    assert await bought_in(candor, *currencies) == said
