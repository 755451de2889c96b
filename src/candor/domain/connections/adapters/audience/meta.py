"""Custom audiences of Meta.

Errors by the Graph API's «Handling errors», the Marketing API's «Error codes» and the reference
of `custom-audience/users` (read 2026-11-22): an object `error` with a code and a sub-code, mostly
in an answer 400. Their messages are not read: they may hold what was sent.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from candor.domain.connections.adapters.asking import retry_after, stay
from candor.domain.connections.adapters.audience.normalising import META, Rule
from candor.domain.connections.adapters.audience.platform import (
    Problem,
    base_of,
    number_of,
    one_by_one,
)
from candor.domain.connections.adapters.audience.rows import Row
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.talk import Never
from candor.infra.http import Answer, OutboundFailed

_API: Final = "https://graph.facebook.com"
_VERSION: Final = "v25.0"
_INVALID: Final = 100
_NOT_FOUND: Final = 33  # sub-codes of 100
_BLOCKED: Final = 1713230
_TOO_SMALL: Final = 1870047  # of 200: so few would be left that whoever was removed stood out
_FLAGGED: Final = 471  # of `operation_status`
# 190: the token has run out or was withdrawn; 102: the session; 3, 10, 2xx: it may not.
_SHUT: Final = frozenset({3, 10, 102, 104, 190, *range(200, 300)})
# 80003: too many calls about custom audiences; the others: of the app, the user, the account.
_LIMITED: Final = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_USAGE: Final = "x-business-use-case-usage"
_LONGEST_WAIT: Final = 86_400.0  # seconds


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    error_subcode: int = 0


class _Status(msgspec.Struct, frozen=True):
    code: int = 0


class _Told(msgspec.Struct, frozen=True):
    error: _Error | None = None
    id: str = ""
    operation_status: _Status | None = None
    num_received: int | None = None
    num_invalid_entries: int = 0


class _Use(msgspec.Struct, frozen=True):
    estimated_time_to_regain_access: float = 0.0  # minutes


class Meta:
    """Custom audiences."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Return what it matches people by."""
        return META

    async def check(self, line: Line) -> None:
        """Look at the audience.

        Raises:
            Unreached, NotLetIn.
            BadConnection: the token finds no such audience, or it may not be changed.
        """
        answer = await _ask(line, "GET", "?fields=id,operation_status")
        told, audience = _told(answer), number_of(line, "audience")
        if told.error is not None and told.error.code == _INVALID:
            message = f"The token finds no audience {audience} that it may change."
            raise BadConnection(message)
        _judged(answer, told)
        if told.id != audience:
            problem = "bad_answer"
            raise Unreached(problem)
        if told.operation_status is not None and told.operation_status.code == _FLAGGED:
            message = "Meta has blocked this audience: look at it in its Audience Manager."
            raise BadConnection(message)

    async def add(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Put rows into the audience.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        return await one_by_one(rows, lambda some: _said(line, "POST", some))

    async def remove(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Take rows out of the audience.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        try:
            return await one_by_one(rows, lambda some: _said(line, "DELETE", some))
        except _TooSmallError:
            return [Never("audience_too_small")] * len(rows)


class _TooSmallError(Exception):
    """It removes nobody from an audience of which too few would be left."""


async def _said(line: Line, method: str, rows: Sequence[Row]) -> str | None:
    """Say rows; return why they are refused, None when all were taken."""
    schema = sorted({name for row in rows for name in row})
    data = [[row.get(name, "") for name in schema] for row in rows]
    body: dict[str, object] = {"payload": {"schema": schema, "data": data}}
    if method == "POST":
        body["session"] = {
            "session_id": _session(data),
            "batch_seq": 1,
            "last_batch_flag": True,
            "estimated_num_total": len(data),
        }
    answer = await _ask(line, method, "/users", body)
    told = _told(answer)
    if told.error is not None and told.error.code == _INVALID:
        if told.error.error_subcode in {_NOT_FOUND, _BLOCKED}:
            problem = "no_audience" if told.error.error_subcode == _NOT_FOUND else "blocked"
            raise Unreached(problem)
        return "invalid_parameter"
    _judged(answer, told)
    if told.num_received != len(rows):
        problem = "bad_answer"
        raise Unreached(problem)
    return "invalid_entry" if told.num_invalid_entries else None


def _session(data: Sequence[Sequence[str]]) -> int:
    """Return a number for these very rows: the same when they are said again."""
    digest = hashlib.blake2b(msgspec.json.encode(data), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


async def _ask(line: Line, method: str, rest: str, json: object | None = None) -> Answer:
    version = line.settings.get("version") or _VERSION
    url = f"{base_of(line, _API)}/{version}/{number_of(line, 'audience')}{rest}"
    headers = {"authorization": f"Bearer {line.secrets.get('token', '')}"}
    try:
        return await line.outbound.request(method, url, headers=headers, json=json)
    except OutboundFailed as error:
        raise Unreached(error.problem) from None


def _told(answer: Answer) -> _Told:
    """Return what an answer says; of what is not theirs (a proxy's page) what its status says."""
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Told()


def _judged(answer: Answer, told: _Told) -> None:
    """Raise what an answer means for the whole connection, if it means something.

    Raises:
        NotLetIn: the token is not taken, or may not do it.
        Unreached: too many calls, out of order, or an error that says nothing about anybody.
    """
    stay(answer)
    error = told.error or _Error()
    if error.error_subcode == _TOO_SMALL:
        raise _TooSmallError
    if error.code in _SHUT or (told.error is None and answer.status in {401, 403}):
        raise NotLetIn
    if error.code in _LIMITED or answer.status == 429:
        problem = "limited"
        raise Unreached(problem, _patience(answer))
    if told.error is not None:
        problem = f"meta_{error.code}"
        raise Unreached(problem, retry_after(answer))
    if not answer.is_well:
        problem = f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))


def _patience(answer: Answer) -> float | None:
    """Return for how many seconds we are to wait; they say it in minutes, by business."""
    asked = retry_after(answer)
    if asked is not None:
        return asked
    try:
        uses = msgspec.json.decode(answer.headers.get(_USAGE, ""), type=dict[str, list[_Use]])
    except msgspec.DecodeError:
        return None
    minutes = [use.estimated_time_to_regain_access for some in uses.values() for use in some]
    longest = max(minutes, default=0.0) * 60
    return min(longest, _LONGEST_WAIT) if longest > 0 else None
