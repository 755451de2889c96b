"""The work load of GDPRbench, in a small size: Candor answers as a dictionary does."""

import psycopg
import pytest

from bench.gdprbench import bare
from bench.gdprbench.candor import InCandor
from bench.gdprbench.model import Model
from bench.gdprbench.work import MIXES, Record, Size, Store, history
from candor.app import Candor

SIZE = Size(records=200, operations=40)


@pytest.mark.parametrize("profile", MIXES)
async def test_whatever_is_asked_the_answer_is_right(
    candor: Candor, owner: psycopg.Connection[object], profile: str
) -> None:
    records = [Record(number, SIZE.users) for number in range(SIZE.records)]
    ours = await InCandor.made(candor, editions=SIZE.records // SIZE.users + 1)
    await ours.load(records)
    bare.load(owner, records)
    stores: list[Store] = [ours, bare.Bare(candor.database)]
    for store in stores:
        model, new = Model(records), SIZE.records
        for role in MIXES[profile]:
            for asked in history(profile, role, SIZE, 1, first_new=new):
                assert await store.do(asked) == model.answer(asked), (role, asked)
        assert model.kept
