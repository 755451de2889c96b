"""The tree and its proofs: the vectors of others, and laws for every size."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.audit.errors import BadCheckpoint
from candor.domain.audit.model.checkpoint import Head, head_of, notes_in
from candor.domain.audit.model.leaf import leaf_hash
from candor.domain.audit.model.tiles import Lookup, Trunk, edge, range_hash
from candor.domain.audit.model.tree import (
    EMPTY_ROOT,
    consistency,
    inclusion,
    is_consistent,
    is_included,
    node_hash,
    root_of,
)
from tests.factories.house import VECTORS

_V: Final[dict[str, Any]] = VECTORS["merkle_rfc6962_sha256"]
_LEAVES: Final = [bytes.fromhex(one) for one in _V["leaf_hashes"]]
_MANY: Final = [leaf_hash(str(number).encode()) for number in range(1000)]


def grown(leaves: list[bytes]) -> Lookup:
    """Return the tiles of a tree."""
    trunk = Trunk()
    trunk.add(range(len(leaves)), leaves)
    return {tile.place: tile.hashes for tile in trunk.tiles()}.__getitem__


_TREE: Final = grown(_MANY)


def plain_root(leaves: list[bytes]) -> bytes:
    """Return the root by the definition of RFC 9162, 2.1.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def root(size: int) -> bytes:
    """Return the root of the first leaves, from tiles."""
    return range_hash(root_of(size), _TREE)


def test_hashes_of_entries_are_those_of_others() -> None:
    assert [leaf_hash(bytes.fromhex(one)) for one in _V["entries_hex"]] == _LEAVES


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_others(size: int) -> None:
    lookup = grown(_LEAVES)
    assert range_hash(root_of(size), lookup).hex() == _V["roots_by_size"][str(size)]


@pytest.mark.parametrize("case", _V["inclusion"], ids=str)
def test_inclusion_is_that_of_others(case: dict[str, Any]) -> None:
    path = [range_hash(one, grown(_LEAVES)) for one in inclusion(case["index"], case["size"])]
    assert [one.hex() for one in path] == case["path"]


@pytest.mark.parametrize("case", _V["consistency"], ids=str)
def test_consistency_is_that_of_others(case: dict[str, Any]) -> None:
    lookup = grown(_LEAVES)
    path = [range_hash(one, lookup) for one in consistency(case["first"], case["second"])]
    assert [one.hex() for one in path] == case["path"]


@given(st.integers(0, 1000))
def test_tiles_come_to_the_root_of_the_definition(size: int) -> None:
    assert root(size) == plain_root(_MANY[:size])


@given(st.integers(1, 1000), st.data())
def test_every_entry_can_be_proved_and_no_other_in_its_place(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = [range_hash(one, _TREE) for one in inclusion(index, size)]
    leaf, top = _MANY[index], root(size)
    assert is_included(leaf, index=index, size=size, path=path, root=top)
    assert not is_included(leaf, index=index, size=size, path=[*path, leaf], root=top)
    assert not is_included(_MANY[index - 1], index=index, size=size, path=path, root=top) or (
        size == 1 and index == 0 and _MANY[-1] == leaf
    )
    if path:
        assert not is_included(leaf, index=index, size=size, path=path[:-1], root=top)
        place = data.draw(st.integers(0, len(path) - 1))
        bent = [*path]
        bent[place] = bytes([bent[place][0] ^ 1]) + bent[place][1:]
        assert not is_included(leaf, index=index, size=size, path=bent, root=top)
        assert not is_included(leaf, index=index ^ 1, size=size, path=path, root=top)


@given(st.integers(1, 1000), st.data())
def test_growth_can_be_proved_and_nothing_else(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    path = [range_hash(one, _TREE) for one in consistency(first, second)]
    old, new = root(first), root(second)
    assert is_consistent(first, old, second, new, path)
    assert not is_consistent(first, old, second, new, [*path, old])
    assert not is_consistent(first, bytes(32), second, new, path)
    assert not is_consistent(first, old, second, bytes(32), path)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        bent = [*path]
        bent[place] = bytes([bent[place][0] ^ 1]) + bent[place][1:]
        assert not is_consistent(first, old, second, new, bent)
        assert not is_consistent(first, old, second, new, path[:-1])


def test_there_is_no_growth_from_nothing_or_backwards() -> None:
    assert not is_consistent(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not is_consistent(0, EMPTY_ROOT, 8, root(8), [])
    assert not is_consistent(8, root(8), 7, root(7), [])
    for first, second in ((0, 8), (9, 8)):
        with pytest.raises(ValueError, match="leaf"):
            consistency(first, second)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_tree_goes_on_where_it_stood(first: int, more: int) -> None:
    trunk = Trunk()
    trunk.add(range(first), _MANY[:first])
    tiles = {tile.place: tile for tile in trunk.tiles()}
    again = Trunk.of(first, [tiles[place] for place in edge(first)])
    size = min(first + more, 1000)
    again.add(range(first, size), _MANY[first:size])
    tiles |= {tile.place: tile for tile in again.tiles()}
    lookup = {place: tile.hashes for place, tile in tiles.items()}.__getitem__
    assert range_hash(root_of(size), lookup) == root(size)


def test_a_tree_does_not_go_on_from_tiles_of_another_length() -> None:
    with pytest.raises(ValueError, match="edge"):
        Trunk.of(5, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n01\n" + "A" * 43 + "=\n",
        "log\n-1\n" + "A" * 43 + "=\n",
        "log\n1\n" + "A" * 42 + "==\n",
        "log\n1\n" + "A" * 42 + "B=\n",
        "\n1\n" + "A" * 43 + "=\n",
        "log\n1\n!\n",
    ],
)
def test_what_is_no_head(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        head_of(text)


def test_a_head_is_read_as_it_was_written() -> None:
    head = Head("shop.example/trust/log", 12, bytes(range(32)))
    assert head_of(head.text) == head
    assert head_of(head.text + "an extension\n") == head


def test_notes_of_a_file_come_apart() -> None:
    one, two = "a\n1\nx\n\n— k AAAA\n— l BBBB\n", "b\n2\ny\n\n— k CCCC\n"
    assert notes_in(one + two) == [one, two]
    assert notes_in("") == []
