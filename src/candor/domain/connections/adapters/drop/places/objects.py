"""A store of objects as S3 has them (Amazon S3 API Reference 2006-03-01, read 2026-11-22).

PutObject, multipart uploads, GetObject by ranges, ListObjectsV2, CopyObject, DeleteObject. An
object appears when its upload is complete, not before. CompleteMultipartUpload and CopyObject may
answer 200 with an error inside. Of names, those alone are touched that a place may have; answers
are looked at by what they must hold, and nothing of them is kept.

In a store that keeps versions nothing is ever gone: use none for this.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Final

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.drop.places.place import CHUNK, Waiting
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection, BadMessage, Unreached
from candor.infra import sftp, sigv4
from candor.infra.http import Answer

_HEADROOM: Final = 64 * 1024
_KEY: Final = re.compile(r"<Key>([^<]*)</Key>")
_SIZE: Final = re.compile(r"<Size>(\d{1,15})</Size>")
_UPLOAD: Final = re.compile(r"<UploadId>([^<]{1,1024})</UploadId>")
_OVER: Final = re.compile(r"bytes \d+-\d+/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """Objects under two prefixes of one bucket; an empty prefix: that way nothing goes."""

    line: Line = field(repr=False)
    base: str  # address of the bucket
    key: sigv4.Key = field(repr=False)
    folder: str
    inbox: str

    async def check(self) -> None:
        """Find out whether it lets us list what lies there."""
        for folder in filter(None, (self.folder, self.inbox)):
            await self._list(folder)

    async def put(self, name: str, source: Path) -> None:
        """Put a file there: at once, or in parts of which nothing is seen before the last."""
        path = f"{self.folder}/{name}"
        if (await asyncio.to_thread(source.stat)).st_size <= CHUNK:
            await self._ask("PUT", path, body=await asyncio.to_thread(source.read_bytes))
            return
        begun = await self._ask("POST", path, {"uploads": ""})
        upload = _found(_UPLOAD, begun)
        try:
            await self._put_parts(path, source, upload)
        except Exception:
            await self._give_up(path, upload)
            raise

    async def take_away(self, name: str) -> None:
        """Delete an object, and look whether it is gone."""
        path = f"{self.folder}/{name}"
        await self._ask("DELETE", path)
        gone = await self._ask("HEAD", path, well=(200, 404))
        if gone.status != 404:
            problem = "not_removed"
            raise Unreached(problem)

    async def waiting(self) -> list[Waiting]:
        """Return the objects that lie there for us; a thousand at most."""
        return await self._list(self.inbox)

    async def fetch(self, name: str, target: Path, at_most_bytes: int) -> None:
        """Fetch an object by ranges, all of the same edition of it.

        Raises:
            BadMessage: it is too large, or not there, or became another one.
        """
        path, start, total, tag = f"{self.inbox}/{name}", 0, 1, ""
        await asyncio.to_thread(target.write_bytes, b"")
        while start < total:
            headers = {"range": f"bytes={start}-{start + CHUNK - 1}"}
            if tag:
                headers["if-match"] = tag
            answer = await self._ask(
                "GET", path, headers=headers, well=(200, 206, 404, 412, 416)
            )
            if answer.status not in {200, 206}:
                raise BadMessage
            over = _OVER.fullmatch(answer.headers.get("content-range", ""))
            total = int(over[1]) if over else start + len(answer.body)
            start, tag = start + len(answer.body), answer.headers.get("etag", "")
            if total > at_most_bytes or not answer.body:
                raise BadMessage
            await asyncio.to_thread(_append, target, answer.body)

    async def set_aside(self, name: str, folder: str) -> None:
        """Copy an object under another name, then delete it; one that is gone is so already."""
        path = f"{self.inbox}/{name}"
        source = sigv4.address("", f"{self.base.rpartition('/')[2]}/{path}")
        copied = await self._ask(
            "PUT",
            f"{self.inbox}/{folder}/{name}",
            headers={"x-amz-copy-source": source},
            well=(200, 404),
        )
        if copied.status == 404:
            return
        _no_error_in(copied)
        await self._ask("DELETE", path)

    async def _put_parts(self, path: str, source: Path, upload: str) -> None:
        parts: list[str] = []
        with await asyncio.to_thread(source.open, "rb") as sealed:
            while some := await asyncio.to_thread(sealed.read, CHUNK):
                number = str(len(parts) + 1)
                query = {"partNumber": number, "uploadId": upload}
                answer = await self._ask("PUT", path, query, body=some)
                tag = escape(answer.headers.get("etag", ""), quote=False)
                parts.append(
                    f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
                )
        body = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>"
        done = await self._ask("POST", path, {"uploadId": upload}, body=body.encode())
        _no_error_in(done)

    async def _give_up(self, path: str, upload: str) -> None:
        """Have the parts of an upload thrown away, if the store answers."""
        try:
            await self._ask("DELETE", path, {"uploadId": upload}, well=(204, 404))
        except Exception:  # noqa: BLE001 - what went wrong before is what is said
            return

    async def _list(self, folder: str) -> list[Waiting]:
        query = {"list-type": "2", "prefix": f"{folder}/", "delimiter": "/", "max-keys": "1000"}
        answer = await self._ask("GET", "", query)
        text = answer.body.decode(errors="replace")
        if "<ListBucketResult" not in text:
            problem = "bad_answer"
            raise Unreached(problem)
        found = [
            Waiting(unescape(key[1]).removeprefix(f"{folder}/"), int(size[1]))
            for entry in _entries(text)
            if (key := _KEY.search(entry)) and (size := _SIZE.search(entry))
        ]
        return sorted((one for one in found if sftp.is_name(one.name)), key=lambda o: o.name)

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        well: tuple[int, ...] = (200, 204),
    ) -> Answer:
        url = sigv4.address(self.base, path, query)
        signed = sigv4.signed(
            self.key, method, url, now=self.line.clock.now(), body=body, headers=headers
        )
        answer = await asking.ask(
            self.line,
            method,
            url,
            headers=signed,
            content=body or None,
            at_most_bytes=CHUNK + _HEADROOM,
        )
        if answer.status not in well:
            problem = f"status_{answer.status}"
            raise Unreached(problem)
        return answer


def base_of(endpoint: str, bucket: str) -> str:
    """Return the address of a bucket.

    Raises:
        BadConnection: its name is none.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", bucket):
        message = "A bucket has small letters, digits, points and hyphens in its name."
        raise BadConnection(message)
    return f"{endpoint.rstrip('/')}/{bucket}"


def _append(target: Path, some: bytes) -> None:
    with target.open("ab") as file:
        file.write(some)


def _entries(text: str) -> Iterator[str]:
    """Yield what stands in each entry of a list.

    Never by a pattern that seeks the end of each anew: thousands that do not end would hold us up
    for minutes.
    """
    for part in text.split("<Contents>")[1:]:
        entry, end, _ = part.partition("</Contents>")
        if end:
            yield entry


def _found(what: re.Pattern[str], answer: Answer) -> str:
    found = what.search(answer.body.decode(errors="replace"))
    if found is None:
        problem = "bad_answer"
        raise Unreached(problem)
    return unescape(found[1])


def _no_error_in(answer: Answer) -> None:
    """Look into an answer of success that may be none.

    Raises:
        Unreached: it is none.
    """
    text = answer.body.decode(errors="replace")
    if "<Error>" in text or "Result" not in text:
        problem = "error_in_200"
        raise Unreached(problem)
