"""Looking into a tar that flows by, without holding it up: which files it has, and a few kept."""

from collections.abc import Collection, Generator, Iterable
from typing import Final

_BLOCK: Final = 512
_NAME: Final = slice(0, 100)
_SIZE: Final = slice(124, 136)


class Watcher:
    """Passes a tar through and keeps the contents of some small files of it."""

    def __init__(self, wanted: Collection[str]) -> None:
        """Name the files to keep."""
        self._wanted = wanted
        self.kept: dict[str, bytes] = {}

    def passing(self, chunks: Iterable[bytes]) -> Generator[bytes]:
        """Hand the chunks on as they are."""
        rest = b""  # of a header that a chunk ended in
        to_skip = 0  # bytes of a file's contents that are still to come
        name, length = "", 0
        content = bytearray()
        for chunk in chunks:
            yield chunk
            data, at = rest + chunk, 0
            rest = b""
            while at < len(data):
                if to_skip:
                    step = min(to_skip, len(data) - at)
                    if name in self._wanted:
                        content += data[at : at + step]
                        self.kept[name] = bytes(content[:length])
                    at, to_skip = at + step, to_skip - step
                    continue
                header = data[at : at + _BLOCK]
                if len(header) < _BLOCK:
                    rest = header
                    break
                at += _BLOCK
                name = header[_NAME].split(b"\0", 1)[0].decode(errors="replace")
                length = int(header[_SIZE].strip(b"\0 ") or b"0", 8) if name else 0
                to_skip = -(-length // _BLOCK) * _BLOCK
                content.clear()
