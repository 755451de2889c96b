"""Tiles: the hashes of a tree in rows of up to 256, as in C2SP tlog-tiles.

Level 0 holds the hashes of entries; a hash of level n+1 is the root of a full tile of level n.
A tile only grows. `Trunk` grows a tree leaf by leaf and says which tiles came to be; `hash_at`
and `range_hash` look up what roots and proofs are made of.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from candor.domain.audit.model.leaf import HASH_BYTES
from candor.domain.audit.model.tree import Node, Range, folded, node_hash

WIDTH: Final = 256  # hashes in a full tile
HEIGHT: Final = 8  # levels of the tree in one level of tiles
FULL_BYTES: Final = WIDTH * HASH_BYTES
LEVELS: Final = 8


class Place(NamedTuple):
    """Where a tile stands."""

    level: int
    number: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A row of hashes; on level 0 with the entries that they are of, in their order."""

    level: int
    tile_index: int
    hashes: bytes
    entry_ids: list[int] | None

    @property
    def place(self) -> Place:
        """Return where it stands."""
        return Place(self.level, self.tile_index)


Lookup = Callable[[Place], bytes]  # the hashes of a tile; KeyError where there is none


def split(hashes: bytes) -> list[bytes]:
    """Return the hashes of a row one by one."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def stack(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return all heights of the perfect subtrees over hashes, from the hashes upwards."""
    heights = [list(hashes)]
    while len(heights[-1]) > 1:
        below = heights[-1]
        heights.append([node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])
    return heights


def top(hashes: bytes) -> bytes:
    """Return the root of as many hashes as a power of two."""
    return stack(split(hashes))[-1][0]


def tile_of(node: Node) -> Place:
    """Return the tile from which the hash of a node is worked out."""
    level, below = divmod(node.height, HEIGHT)
    return Place(level, (node.number << below) // WIDTH)


def tiles_of(ranges: Iterable[Range]) -> set[Place]:
    """Return all tiles that these hashes are worked out from."""
    return {tile_of(node) for one in ranges for node in one}


def hash_at(node: Node, lookup: Lookup) -> bytes:
    """Return the hash of a perfect subtree.

    Raises:
        KeyError: its tile is not there, or does not reach so far.
    """
    below = node.height % HEIGHT
    begin = ((node.number << below) % WIDTH) * HASH_BYTES
    end = begin + (HASH_BYTES << below)
    hashes = lookup(tile_of(node))
    if len(hashes) < end:
        raise KeyError(tile_of(node))
    return top(hashes[begin:end])


def range_hash(nodes: Range, lookup: Lookup) -> bytes:
    """Return the one hash of subtrees side by side."""
    return folded([hash_at(node, lookup) for node in nodes])


def edge(size: int) -> list[Place]:
    """Return the tiles at the right edge of a tree that are not full: where it goes on."""
    places: list[Place] = []
    for level in range(LEVELS):
        if size % WIDTH:
            places.append(Place(level, size // WIDTH))
        size //= WIDTH
    return places


@dataclass(slots=True)
class Trunk:
    """A tree that grows. `grown` are the tiles that changed since it was made."""

    size: int = 0
    edges: dict[int, bytearray] = field(default_factory=dict[int, bytearray])
    ids: list[int] = field(default_factory=list[int])  # of the last tile of level 0
    grown: dict[Place, Tile] = field(default_factory=dict[Place, Tile])

    @staticmethod
    def of(size: int, tiles: Iterable[Tile]) -> "Trunk":
        """Return a tree that goes on where its right edge stands.

        Raises:
            ValueError: the tiles are not those of `edge(size)`, or have another length.
        """
        trunk = Trunk(size)
        for tile in tiles:
            trunk.edges[tile.level] = bytearray(tile.hashes)
            if tile.level == 0:
                trunk.ids = list(tile.entry_ids or ())
        lengths = {level: len(row) // HASH_BYTES for level, row in trunk.edges.items()}
        wanted = {place.level: size // WIDTH**place.level % WIDTH for place in edge(size)}
        if lengths != wanted:
            message = "the tiles at the edge are not those of this size"
            raise ValueError(message)
        return trunk

    def add(self, entry_ids: Sequence[int], leaves: Sequence[bytes]) -> None:
        """Put the hashes of entries behind all others."""
        at = 0
        while at < len(leaves):
            until = at + WIDTH - self.size % WIDTH
            part = leaves[at:until]
            self.ids += entry_ids[at:until]
            self.size += len(part)
            self._put(0, b"".join(part))
            at = until

    def tiles(self) -> list[Tile]:
        """Return the tiles that changed, with what stands at the edge now."""
        for place in edge(self.size):
            row = self.edges[place.level]
            ids = list(self.ids) if place.level == 0 else None
            self.grown[place] = Tile(*place, bytes(row), ids)
        return list(self.grown.values())

    def _put(self, level: int, hashes: bytes) -> None:
        """Put hashes at the edge of a level: no more than its tile has room for."""
        row = self.edges.setdefault(level, bytearray())
        row += hashes
        if len(row) == FULL_BYTES:
            index = self.size // WIDTH ** (level + 1) - 1
            full = bytes(row)
            self.grown[Place(level, index)] = Tile(
                level, index, full, self.ids if level == 0 else None
            )
            if level == 0:
                self.ids = []
            del self.edges[level]
            self._put(level + 1, top(full))
