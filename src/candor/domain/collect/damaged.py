"""Reading a batch that is not well-formed JSON as a whole, to save its good events.

Used only after the quick way failed. Finds the array under the key `batch` and cuts it at its
top-level commas, minding strings and brackets; each piece is then read on its own, and a bad
one harms only itself.
"""

import re
from collections.abc import Iterator
from typing import Final

# Possessive, and a string may lack its end: no byte is looked at twice, whatever comes.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_BATCH: Final = re.compile(rb'"batch"\s*:\s*\[')
_SENT_AT: Final = re.compile(rb'"sentAt"\s*:\s*"([0-9TZ:.+\-]{10,40})"')
MAX_DEPTH: Final = 64


def sent_at(body: bytes) -> str | None:
    """Return when the batch says that it was sent."""
    found = _SENT_AT.search(body)
    return found[1].decode() if found else None


def pieces(body: bytes) -> list[bytes] | None:
    """Return the pieces of the batch array, or None when even its brackets do not match.

    A piece that nests deeper than `MAX_DEPTH` is returned empty: it cannot be read.
    """
    opening = _BATCH.search(body)
    if opening is None:
        return None
    found: list[bytes] = []
    for start, end, depth in _spans(body, opening.end()):
        if end < 0:
            return None
        piece = body[start:end].strip()
        if piece or depth:
            found.append(piece if depth <= MAX_DEPTH else b"")
    return found


def _spans(body: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and greatest depth of each piece; end is -1 when brackets do not match."""
    depth = deepest = 0
    for token in _TOKEN.finditer(body, start):
        sign = token.group()
        if sign in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif sign in (b"}", b"]"):
            if depth == 0:
                yield start, token.start(), deepest
                return
            depth -= 1
        elif sign == b"," and depth == 0:
            yield start, token.start(), deepest
            start, deepest = token.end(), 0
    yield start, -1, deepest
