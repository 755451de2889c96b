"""Unpacking what another system answered, never further than was asked for. Pure.

A few kilobytes can be packed so that they become gigabytes, more so when they are packed twice
(RFC 9110 section 8.4 allows it; nobody does it). So: packed once or not at all, by what we asked
for, and unpacked piece by piece: no piece is larger than what may still come.
"""

import zlib
from typing import Final

ACCEPTED: Final = "gzip"  # for `Accept-Encoding`
_BY_FIRST_BYTES: Final = 47  # zlib and gzip (RFC 1950, RFC 1952), whichever it is
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN: Final = frozenset({"", "identity"})


class CannotUnpack(Exception):
    """It is packed as nobody asked for, is damaged, or becomes too large."""


class Unpacking:
    """One body while it comes."""

    def __init__(self, encoding: str, at_most_bytes: int) -> None:
        """Take what `Content-Encoding` says, and how large the body may become.

        Raises:
            CannotUnpack: it says something else.
        """
        named = encoding.strip().lower()
        if named not in _PLAIN | _PACKED:
            raise CannotUnpack
        self._left = at_most_bytes
        self._unpacker = zlib.decompressobj(_BY_FIRST_BYTES) if named in _PACKED else None
        self._is_begun = False

    def take(self, some: bytes) -> bytes:
        """Return what some more of the body becomes.

        Raises:
            CannotUnpack: it is damaged, or more than may come.
        """
        if self._unpacker is None:
            return self._counted(some)
        self._is_begun = self._is_begun or bool(some)
        try:
            plain = self._unpacker.decompress(some, self._left + 1)
        except zlib.error:
            raise CannotUnpack from None
        if self._unpacker.unconsumed_tail or self._unpacker.unused_data:
            raise CannotUnpack  # more than may come; or something behind its end
        return self._counted(plain)

    def end(self) -> None:
        """Make sure that it was whole. What has no body at all is.

        Raises:
            CannotUnpack: it was cut short.
        """
        if self._unpacker is not None and self._is_begun and not self._unpacker.eof:
            raise CannotUnpack

    def _counted(self, plain: bytes) -> bytes:
        self._left -= len(plain)
        if self._left < 0:
            raise CannotUnpack
        return plain
