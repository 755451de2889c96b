"""Where other systems call us: `/hooks/{code of the connection}`.

Who sent it is known before anything of it is read, by the adapter of the connection. Whoever is
not known reads the same refusal, whatever is wrong, and waits when they try too often.
"""

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from candor.domain.connections.errors import BadMessage, BadSignature
from candor.domain.connections.model.talk import Received
from candor.domain.connections.service import listening
from candor.domain.connections.service.exchange import HOOKS
from candor.domain.shield.errors import TooMany
from candor.infra import metrics
from candor.infra.log import logger
from candor.kernel.errors import CandorError, Kind, Refused, Unavailable
from candor.surface.api.wire import (
    Header,
    Receive,
    Reply,
    Scope,
    Send,
    TooLong,
    answer,
    body_of,
)
from candor.surface.plain.services import Services

PREFIX: Final = f"{HOOKS}/"
_HOOK: Final = re.compile(rf"{PREFIX}(?P<code>[a-z][a-z0-9_]{{0,39}})/?")
_LARGEST: Final = 1024 * 1024  # bytes
_MOST_QUERY: Final = 16 * 1024
_MOST_FIELDS: Final = 100
_METHODS: Final = frozenset({"GET", "POST", "PUT", "HEAD"})
_STATUS: Final[Mapping[Kind, int]] = {
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.LIMITED: 429,
}
_log: Final = logger("hooks")


class Hooks:
    """The calls of other systems, as the web sees them. One per process."""

    def __init__(self, services: Services) -> None:
        """Take what it works with."""
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        try:
            reply = await self._answer(scope, receive)
        except TooLong as error:
            reply = _problem(413, error)
        except Refused as error:
            reply = _problem(_STATUS.get(error.kind, 400), error)
        except Unavailable as error:
            reply = _problem(503, error)
        except Exception as error:  # noqa: BLE001 - whatever broke, the caller sends it again
            _log.error("a call of another system broke", exc_info=error)
            reply = _problem(500, CandorError("Something broke here. Send it again."))
        if reply.status >= 400:
            metrics.REQUESTS.labels("hooks", str(reply.status)).inc()
        await answer(send, reply)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        found = _HOOK.fullmatch(scope["path"])
        if scope["method"] not in _METHODS:
            return Reply(405)
        pace = self._services.pace
        pace.before_key(scope)
        body = await body_of(receive, _LARGEST)
        code = found["code"] if found else ""  # nobody listens under that
        try:
            given = await listening.take(
                self._services.exchange, code, self._received(scope, body)
            )
        except BadSignature:
            pace.wrong_key(scope)
            raise
        return Reply(given.status, given.body, given.content_type)

    def _received(self, scope: Scope, body: bytes) -> Received:
        query = bytes(scope.get("query_string", b""))[:_MOST_QUERY].decode("latin-1")
        path = bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        path = path.partition("?")[0]
        try:
            asked = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise BadMessage from None
        url = f"{self._services.settings.public_url}{path}"
        return Received(
            method=scope["method"],
            url=f"{url}?{query}" if query else url,
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in scope["headers"]
            },
            body=body,
            query=asked,
        )


def _problem(status: int, error: CandorError) -> Reply:
    shown = {"code": error.code, "message": error.message, "hint": error.hint}
    headers: list[Header] = []
    if isinstance(error, TooMany):
        headers.append((b"retry-after", str(error.wait_seconds).encode()))
    elif isinstance(error, Unavailable):
        headers.append((b"retry-after", b"60"))
    body = json.dumps({name: text for name, text in shown.items() if text}).encode()
    return Reply(status, body, headers=headers)
