"""The ASGI application of the API: finds the operation, checks the request, answers.

It stands before the web framework, as the door does (docs/decisions/0016): a decision is asked for
thousands of times a second, and every operation is a value of one table.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import msgspec

from candor.domain.access.errors import WrongAPIKey
from candor.domain.shield.errors import TooMany
from candor.infra import metrics
from candor.kernel.ids import new_id
from candor.surface.api.v1 import document
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.desk import Desk
from candor.surface.api.v1.keys import Keys, require
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import (
    CONTENT_TYPE,
    BodyTooLarge,
    NoSuchMethod,
    NoSuchPath,
    NotAMessage,
    NotAsDescribed,
    NotJSON,
    NotReadable,
    described,
    problem,
)
from candor.surface.api.v1.table import OPERATIONS
from candor.surface.api.v1.tallies import Tallies
from candor.surface.plain.services import Services
from candor.surface.plain.traps import Traps

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

PREFIX: Final = "/api/v1"
_JSON: Final = "application/json"
_SAFE: Final[Sequence[Header]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_AGAIN: Final = {429: b"1", 503: b"2"}
_encode: Final = msgspec.json.Encoder().encode


class API:
    """Version 1 of the API, as the web sees it. One per process."""

    def __init__(self, services: Services) -> None:
        """Take what operations work with."""
        self._services = services
        self._keys = Keys(
            services.database,
            services.clock,
            services.pace,
            Traps(services.database, services.clock, services.doors),
        )
        self._desk = Desk(services.database, services.rulebook, services.clock)
        self.tallies = Tallies(services.database, services.clock)
        self._fixed = {(o.method, o.path): o for o in OPERATIONS if not o.places}
        self._others = [o for o in OPERATIONS if o.places]
        self._decoders: dict[str, object] = {
            o.name: msgspec.json.Decoder(o.takes)
            for o in OPERATIONS
            if o.takes not in {None, bytes} and o.has_body
        }

    async def close(self) -> None:
        """Write down what was counted."""
        await self.tallies.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = new_id().hex
        headers: dict[bytes, bytes] = dict(scope["headers"])
        extra: list[Header] = [(b"x-request-id", request_id.encode())]
        try:
            status, body, media_type = await self._answer(scope, headers, receive, request_id)
        except Exception as error:  # noqa: BLE001 - whatever broke, the caller reads a problem
            told = problem(error, request_id)
            status, body, media_type = told.status, _encode(told), CONTENT_TYPE
            if isinstance(error, WrongAPIKey):
                extra.append((b"www-authenticate", b'Bearer realm="candor"'))
            if isinstance(error, NoSuchMethod):
                extra.append((b"allow", error.hint.removeprefix("It has: ").encode()))
            if isinstance(error, TooMany):
                extra.append((b"retry-after", str(error.wait_seconds).encode()))
            elif status in _AGAIN:
                extra.append((b"retry-after", _AGAIN[status]))
            metrics.REQUESTS.labels("api", str(status)).inc()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", media_type.encode()),
                    (b"content-length", str(len(body)).encode()),
                    *_SAFE,
                    *extra,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, request_id: str
    ) -> tuple[int, bytes, str]:
        """Return status, body and media type of one request."""
        path: str = scope["path"].removeprefix(PREFIX)
        if path == "/openapi.json" and scope["method"] == "GET":
            return 200, document.encoded(self._services.settings.public_url), _JSON
        operation, places = self._find(scope["method"], path)
        key = await self._keys.key(
            headers.get(b"authorization"), scope, remembered=operation.remembers_key
        )
        if operation.scope is not None:
            require(key, operation.scope)
        caller = self._services.doors.caller(scope)
        self.tallies.used(key, self._services.doors.origin(caller).network)
        given = await self._given(operation, scope, headers, receive)
        call = Call(self._services, self._desk, self.tallies, key, request_id, places)
        told = await operation.run(call, given)
        if operation.media_type != _JSON:
            return operation.status, str(told).encode(), operation.media_type
        return operation.status, _encode(told), _JSON

    def _find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """Return the operation of a request, with the variable parts of its path.

        Raises:
            NoSuchPath, NoSuchMethod.
        """
        known = self._fixed.get((method, path))
        if known is not None:
            return known, {}
        methods: list[str] = [m for m, fixed in self._fixed if fixed == path]
        for operation in self._others:
            found = operation.pattern.fullmatch(path)
            if found and operation.method == method:
                return operation, found.groupdict()
            if found:
                methods.append(operation.method)
        if path == "/openapi.json":
            methods.append("GET")
        if methods:
            raise NoSuchMethod(hint="It has: " + ", ".join(sorted(set(methods))))
        raise NoSuchPath

    async def _given(
        self,
        operation: Operation,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
    ) -> object:
        """Return what was sent, checked.

        Raises:
            NotJSON, NotReadable, BodyTooLarge, NotAsDescribed.
        """
        query = _query(scope["query_string"])
        if query and (operation.has_body or operation.takes is None):
            message = "This takes no query."
            raise NotAsDescribed(message)
        try:
            if operation.has_body:
                body = await _body(headers, receive, operation.reads, operation.largest)
                if operation.takes is bytes:
                    return body
                decoder = cast("msgspec.json.Decoder[object]", self._decoders[operation.name])
                return decoder.decode(body)
            if operation.takes is not None:
                return msgspec.convert(query, operation.takes, strict=False)
        except msgspec.ValidationError as error:
            raise described(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise NotReadable from None
        return None


def _query(raw: bytes) -> dict[str, str]:
    """Return the query, each name once.

    Raises:
        NotAsDescribed: a name stands there twice, or it is not UTF-8.
    """
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        message = "The query is not readable."
        raise NotAsDescribed(message) from None
    if len({name for name, _ in pairs}) < len(pairs):
        message = "A name stands in the query twice."
        raise NotAsDescribed(message)
    return dict(pairs)


async def _body(
    headers: Mapping[bytes, bytes], receive: Receive, reads: str, at_most: int
) -> bytes:
    """Return the body.

    Raises:
        NotJSON: sent as something else.
        BodyTooLarge: more than `at_most` bytes.
        NotReadable: the connection was closed before everything had come.
    """
    content_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if content_type != reads.encode():
        raise NotJSON if reads == _JSON else NotAMessage
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise NotReadable
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > at_most:
            raise BodyTooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
