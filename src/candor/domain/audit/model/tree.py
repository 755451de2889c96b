"""The Merkle tree of RFC 9162, 2.1: hashes, roots and the two proofs with their verifiers.

A tree is never held as a whole. What a root or a proof needs is named as `Node`s, perfect
subtrees by height and place; whoever holds hashes (`tiles`) looks them up. The verifiers are the
loops of RFC 9162, 2.1.3.2 and 2.1.4.2, which refuse a proof with a hash too many.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

_NODE: Final = b"\x01"
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A perfect subtree of 2**height leaves, the so-many-th of that height from the left."""

    height: int
    number: int


Range = tuple[Node, ...]  # subtrees side by side, the larger to the left: together one hash


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return hashlib.sha256(_NODE + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the one hash of perfect subtrees side by side, the larger to the left."""
    if not hashes:
        return EMPTY_ROOT
    *others, whole = hashes
    for left in reversed(others):
        whole = node_hash(left, whole)
    return whole


def span(begin: int, end: int) -> Range:
    """Return the subtrees that leaves `begin` to `end` (not included) are made of.

    `begin` is a multiple of the largest power of two below the length, as in every proof.
    """
    nodes: list[Node] = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        nodes.append(Node(height, begin >> height))
        begin += 1 << height
    return tuple(nodes)


def root_of(size: int) -> Range:
    """Return what the root of the first `size` leaves is made of."""
    return span(0, size)


def inclusion(index: int, size: int) -> list[Range]:
    """Return what proves that a leaf is in a tree: for each hash of the proof its subtrees.

    Raises:
        ValueError: the tree does not reach so far.
    """
    if not 0 <= index < size:
        message = "no such leaf in a tree of this size"
        raise ValueError(message)
    begin, end, path = 0, size, list[Range]()
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(span(middle, end))
            end = middle
        else:
            path.append(span(begin, middle))
            begin = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """Return what proves that a tree grew out of a smaller one: for each hash its subtrees.

    Raises:
        ValueError: not 0 < first <= second.
    """
    if not 0 < first <= second:
        message = "a tree grows from at least one leaf, and never shrinks"
        raise ValueError(message)
    begin, end, path = 0, second, list[Range]()
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(span(middle, end))
            end = middle
        else:
            path.append(span(begin, middle))
            begin = middle
    if begin:  # the smaller tree ends inside: its last subtree has to be told
        path.append(span(begin, end))
    return path[::-1]


def is_included(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether a proof shows that a leaf stands at a place of a tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _risen(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that one tree grew out of another (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first > 0 and not path and first_root == second_root
    whole = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not (0 < first < second and whole):
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = whole[0]
    for sibling in whole[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            place, last = _risen(place, last)
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (older, newer) == (first_root, second_root)


def _risen(place: int, last: int) -> tuple[int, int]:
    """Return both places on the height on which the left one is a right child, or leftmost."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(size: int) -> int:
    """Return the largest power of two below a size above one."""
    return 1 << ((size - 1).bit_length() - 1)
