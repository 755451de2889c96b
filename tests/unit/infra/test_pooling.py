"""Ways are kept open, bounded, and closed when nobody wants them."""

import asyncio

import pytest

from candor.infra.pooling import Pool


class Way:
    """A way that notes that it was closed."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def aclose(self) -> None:
        self.closed.set()


async def test_the_same_place_is_reached_the_same_way_until_the_end() -> None:
    pool = Pool(Way)
    async with pool.lent("a") as one, pool.lent("a") as same, pool.lent("b") as other:
        assert one is same
        assert one is not other
    await pool.close()
    assert one.closed.is_set()
    assert other.closed.is_set()
    async with pool.lent("a") as again:
        assert again is not one
    await pool.close()


async def test_what_nobody_used_for_a_while_is_closed() -> None:
    pool = Pool(Way, idle_seconds=0.01)
    async with pool.lent("a") as one:
        async with pool.lent("b") as other:
            pass
        await asyncio.wait_for(other.closed.wait(), 5)
        assert not one.closed.is_set()
    await asyncio.wait_for(one.closed.wait(), 5)
    assert len(pool) == 0
    await pool.close()


async def test_too_many_are_not_kept_and_none_in_use_is_closed() -> None:
    pool = Pool(Way, most=2)
    last = Way()
    async with pool.lent("used") as used:
        for key in "abc":
            async with pool.lent(key) as last:
                pass
    assert len(pool) == 2
    assert "used" in pool
    assert "c" in pool
    assert not used.closed.is_set()
    assert not last.closed.is_set()
    await pool.close()


def test_another_loop_gets_a_way_of_its_own() -> None:
    pool = Pool(Way)

    async def once() -> Way:
        async with pool.lent("a") as way:
            return way

    assert asyncio.run(once()) is not asyncio.run(once())


async def test_a_way_is_given_back_when_its_use_fails() -> None:
    pool, way = Pool(Way, most=0), Way()
    with pytest.raises(KeyError):
        async with pool.lent("a") as way:
            raise KeyError
    assert way.closed.is_set()
