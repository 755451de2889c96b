"""What is kept and for what: asked by purpose, opened, used for more or less, removed."""

from collections.abc import Sequence

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.profiles.model import SealedAttribute
from candor.domain.profiles.service import kept
from candor.domain.vault.errors import NotAllowed
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST, find, fresh, rules_of, send


async def _told(candor: Candor, name: str) -> ProfileId:
    """Return somebody of whom a name is kept, for orders."""
    number = fresh()
    call = {
        "type": "identify",
        "messageId": fresh(),
        "userId": number,
        "traits": {"name": name},
    }
    await send(candor, "shop", call)
    return await find(candor, "customer_number", number)


async def _kept(candor: Candor, purpose: str, **leafing: int) -> list[SealedAttribute]:
    in_force = (await rules_of(candor)).in_force
    found: list[SealedAttribute] = []
    last: SealedAttribute | None = None
    async with candor.database.read() as tx:
        while page := await kept.kept_for(
            tx, [purpose], in_force=in_force, after=last, **leafing
        ):
            found += page
            last = page[-1]
    return found


async def _use(
    candor: Candor,
    rows: Sequence[SealedAttribute],
    *,
    added: Sequence[str] = (),
    taken: Sequence[str] = (),
) -> int:
    in_force = (await rules_of(candor)).in_force
    async with candor.database.tx() as tx:
        return await kept.use_for(
            tx, rows, added=added, taken=taken, actor=TEST, in_force=in_force,
            clock=candor.clock,
        )  # fmt: skip


async def test_what_is_kept_for_a_purpose_is_found_whatever_else_it_is_kept_for(
    candor: Candor,
) -> None:
    assert await _kept(candor, "orders") == []
    ada, ben = await _told(candor, "Ada"), await _told(candor, "Ben")
    rows = await _kept(candor, "orders", at_most=1)  # leafed through one by one
    assert {row.profile_id for row in rows} == {ada, ben}
    assert await _kept(candor, "books") == []
    async with candor.database.read() as tx:
        own = await kept.about(tx, [ada])
    assert [row for row in rows if row.profile_id == ada] == own
    assert await _use(candor, own, added=["books"]) == 1
    assert await _use(candor, own, added=["books"]) == 0  # it stands so already
    assert [row.profile_id for row in await _kept(candor, "books")] == [ada]
    assert len(await _kept(candor, "orders")) == 2
    assert await _use(candor, own, taken=["orders"]) == 1
    assert [row.profile_id for row in await _kept(candor, "orders")] == [ben]
    async with candor.database.read() as tx:
        entry, *_ = await audit.newest(tx, action="profiles.purposes_changed")
    assert (entry.fields, entry.detail) == (["-orders"], {"answers": 1})


async def test_answers_are_opened_for_a_purpose_and_written_down(candor: Candor) -> None:
    people = [await _told(candor, name) for name in ("Ada", "Ben")]
    rows = await _kept(candor, "orders")
    in_force = (await rules_of(candor)).in_force
    async with candor.database.tx() as tx:
        values = await kept.open_kept(
            tx, rows, purpose="orders", actor=TEST, in_force=in_force, vault=candor.vault
        )
        subjects = await candor.vault.pseudonyms(tx, people)
        about = [entry for one in subjects for entry in await audit.about(tx, [one])]
        assert sorted(value.reveal() for value in values) == [b'"Ada"', b'"Ben"']
        looks = [entry for entry in about if entry.action == "vault.open"]
        assert [(entry.purpose, entry.fields) for entry in looks] == [("orders", ["name"])] * 2
        assert not await kept.open_kept(
            tx, [], purpose="orders", actor=TEST, in_force=in_force, vault=candor.vault
        )
        with pytest.raises(NotAllowed):
            await kept.open_kept(
                tx, rows, purpose="ads", actor=TEST, in_force=in_force, vault=candor.vault
            )


async def test_an_answer_is_removed_once(candor: Candor) -> None:
    ada = await _told(candor, "Ada")
    in_force = (await rules_of(candor)).in_force
    for is_there in (True, False):
        async with candor.database.tx() as tx:
            removed = await kept.remove(
                tx, ada, "name", source="shop", actor=TEST, in_force=in_force,
                vault=candor.vault, clock=candor.clock,
            )  # fmt: skip
            assert removed is is_there
    async with candor.database.read() as tx:
        assert await kept.about(tx, [ada]) == []
        subjects = await candor.vault.pseudonyms(tx, [ada])
        removals = [e for e in await audit.about(tx, subjects) if e.action.endswith("_removed")]
    assert [entry.fields for entry in removals] == [["name"]]
