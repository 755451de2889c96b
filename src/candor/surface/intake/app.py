"""The ASGI application of the door."""

import json
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from candor.domain.access.errors import WrongKey
from candor.domain.collect.errors import BadRequest, Busy, TooLarge
from candor.domain.collect.model import MAX_BATCH_BYTES, MAX_CALL_BYTES, Load
from candor.domain.collect.service.take import Door, Reader
from candor.domain.shield.errors import TooMany
from candor.infra import metrics
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Bug, CandorError, Kind, Refused, Unavailable
from candor.surface.intake.auth import KeyRing
from candor.surface.plain import gpc

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

CALLS: Final = {
    "identify": "identify", "i": "identify",
    "track": "track", "t": "track",
    "page": "page", "p": "page",
    "screen": "screen", "s": "screen",
    "group": "group", "g": "group",
    "alias": "alias", "a": "alias",
    "batch": "", "b": "", "import": "",
}  # fmt: skip
# The addresses that Segment documents and its SDKs use, and no others below them.
_CALL: Final = re.compile(r"/v1/([a-z]+)/?")
_SETTINGS: Final = re.compile(r"/v1/projects/[^/]+/settings/?")
_TAKEN: Final = b'{"success":true}'
_JSON: Final[Header] = (b"content-type", b"application/json")
_AS_IT_SAYS: Final[Header] = (b"x-content-type-options", b"nosniff")
_GZIP: Final = b"\x1f\x8b"
_STATUS: Final = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 503,
    Kind.FORBIDDEN: 401,
    Kind.GONE: 410,
    Kind.LIMITED: 429,
    Kind.NEEDS_CONSENT: 403,
}
_log: Final = logger("intake")


class Front:
    """What the server calls: what is asked for often goes straight to its place, the rest behind.

    A web framework has nothing to add to the door or the API, and would take longer than they do.
    """

    def __init__(self, before: Mapping[str, Application], behind: Application) -> None:
        """Take applications by the first part of their paths, and the one for everything else."""
        self._before = tuple(before.items())
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""
        if scope["type"] == "http":
            path: str = scope["path"]
            for prefix, application in self._before:
                if path.startswith(prefix):
                    await application(scope, receive, send)
                    return
        await self._behind(scope, receive, send)


class Intake:
    """The door, as the web sees it."""

    def __init__(self, door: Door, keys: KeyRing, clock: Clock) -> None:
        """Take the door, the look-up of write keys, and the clock."""
        self._door = door
        self._keys = keys
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        cors = _cors(headers.get(b"origin"))
        name = _call_of(scope["path"])
        method = scope["method"]
        if method == "OPTIONS":
            await _answer(send, 204, b"", cors)
        elif method == "GET" and _SETTINGS.fullmatch(scope["path"]):
            await _answer(send, 200, _settings(), [_JSON, *cors])
        elif method != "POST" or name not in CALLS:
            status = 404 if name not in CALLS else 405
            body = _problem("collect.no_such_call", "There is no such call.", "POST /v1/batch")
            await _answer(send, status, body, [_JSON, *cors])
        else:
            is_gpc = gpc.says_no(scope["headers"])
            status, body, extra = await self._take(
                scope, headers, receive, CALLS[name], is_gpc=is_gpc
            )
            await _answer(send, status, body, [_JSON, *extra, *cors])

    async def _take(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        receive: Receive,
        kind: str,
        *,
        is_gpc: bool,
    ) -> tuple[int, bytes, list[Header]]:
        """Take a request in; return status, body and further headers."""
        try:
            body = await _body(receive, MAX_CALL_BYTES if kind else MAX_BATCH_BYTES)
            source = await self._keys.source(headers.get(b"authorization"), body, scope)
            reader = await self._door.reader(source)
            load = _read(reader, kind, body, self._clock, is_gpc=is_gpc)
            await self._door.take(load)
        except TooLarge as error:
            return 413, _problem(error.code, error.message, error.hint), []
        except Unavailable as error:
            again = [(b"retry-after", b"2")]
            return 503, _problem(error.code, error.message, error.hint), again
        except Refused as error:
            return _refused(error)
        except Exception as error:  # noqa: BLE001 - an SDK reads JSON, whatever broke
            _log.error("a request failed", exc_info=error)
            code = error.code if isinstance(error, CandorError) else Bug.code
            return 500, _problem(code, "Something broke here. Nothing was kept.", ""), []
        if not load.refused:
            return 200, _TAKEN, []
        if kind:
            first = load.refused[0]
            return 400, _problem(f"collect.{first.reason}", first.message, ""), []
        return 200, _partly(load), []


def _call_of(path: str) -> str:
    """Return which call an address names; empty: none."""
    found = _CALL.fullmatch(path)
    return found[1] if found else ""


def _read(reader: Reader, kind: str, body: bytes, clock: Clock, *, is_gpc: bool) -> Load:
    if kind:
        return reader.single(kind, body, clock.now(), is_gpc=is_gpc)
    return reader.batch(body, clock.now(), is_gpc=is_gpc)


async def _body(receive: Receive, at_most: int) -> bytes:
    """Return the body, unpacked if it is gzip by its first bytes; headers are not believed.

    Raises:
        TooLarge: more than `at_most` bytes, packed or unpacked.
        BadRequest: the connection was closed, or damaged gzip.
    """
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before everything had come.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > at_most:
            raise TooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return _unpacked(body, at_most) if body[:2] == _GZIP else body


def _unpacked(body: bytes, at_most: int) -> bytes:
    """Unpack gzip.

    Raises:
        TooLarge: more than `at_most` bytes in it; nothing beyond that is unpacked.
        BadRequest: damaged, cut short, or something behind its end.
    """
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, at_most + 1)
    except zlib.error as error:
        raise BadRequest("The gzip body is damaged.") from error
    if len(plain) > at_most:
        raise TooLarge
    if not unpacker.eof:
        raise BadRequest("The gzip body is cut short.")
    if unpacker.unused_data:
        # RFC 1952 allows several members; taking the first alone would lose the others.
        raise BadRequest("The gzip body has something behind its end.")
    return plain


def _refused(error: Refused) -> tuple[int, bytes, list[Header]]:
    extra: list[Header] = []
    if isinstance(error, WrongKey):
        extra.append((b"www-authenticate", b'Basic realm="write key"'))
    if isinstance(error, Busy):
        extra += [(b"retry-after", b"1"), (b"x-ratelimit-reset", b"1")]
    if isinstance(error, TooMany):
        extra.append((b"retry-after", str(error.wait_seconds).encode()))
    return _STATUS[error.kind], _problem(error.code, error.message, error.hint), extra


def _problem(code: str, message: str, hint: str) -> bytes:
    shown = {"success": False, "code": code, "message": message, "hint": hint}
    return json.dumps({name: value for name, value in shown.items() if value != ""}).encode()


def _partly(load: Load) -> bytes:
    """Say which events of a batch were refused; the others are in."""
    rejected = [
        {"index": one.place, "code": f"collect.{one.reason}", "message": one.message}
        for one in load.refused[:100]
    ]
    return json.dumps(
        {"success": True, "rejected": rejected, "rejected_total": len(load.refused)}
    ).encode()


def _settings() -> bytes:
    """Return what Segment's browser SDK asks for before it starts."""
    return json.dumps({"integrations": {"Segment.io": {}}, "plan": {}}).encode()


def _cors(origin: bytes | None) -> list[Header]:
    """Let any page send; it cannot read anything, and cookies are not involved."""
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
        (
            b"access-control-allow-headers",
            b"authorization, content-type, anonymousid, x-retry-count",
        ),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"origin"),
    ]


async def _answer(send: Send, status: int, body: bytes, headers: list[Header]) -> None:
    if status >= 400:
        metrics.REQUESTS.labels("intake", str(status)).inc()
    length = (b"content-length", str(len(body)).encode())
    fenced = [length, _AS_IT_SAYS, *headers]
    await send({"type": "http.response.start", "status": status, "headers": fenced})
    await send({"type": "http.response.body", "body": body})
