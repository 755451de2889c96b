"""Asking Salesforce: one token renewed once, its limits, its errors.

Status codes and error responses of the REST API (read 2026-11-22): a body of an error is a list of
`errorCode` and `message`; the latter may name whom it was about and is never read. 401: the session
is over. 403: not allowed, or REQUEST_LIMIT_EXCEEDED, of a day or of what goes on at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from candor.domain.connections.adapters.asking import date_of, read, retry_after, stay
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.salesforce.session import Session, Sessions
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.domain.connections.model.talk import Later, Never
from candor.infra.http import Answer, OutboundFailed

_T = TypeVar("_T")
_AT_MOST_BYTES: Final = 8 * 1024 * 1024
_LONGEST_CODE: Final = 60
_LIMITED: Final = "REQUEST_LIMIT_EXCEEDED"
_PATIENCE: Final = 900.0  # seconds; the limit of a day moves on by the hour
QUESTIONS: Final = 5  # of SOQL in one call of Composite
SUBREQUESTS: Final = 25
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_IN_PASSING: Final = frozenset({
    "UNABLE_TO_LOCK_ROW", "REQUEST_RUNNING_TOO_LONG", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION",
    "QUERY_TIMEOUT", "STORAGE_LIMIT_EXCEEDED", "ENTITY_IS_DELETED", "ENTITY_IS_LOCKED",
    "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND", "PROCESSING_HALTED", _LIMITED,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK", "CANNOT_EXECUTE_FLOW_TRIGGER", "APEX_ERROR",
})  # fmt: skip


class Fault(msgspec.Struct, rename="camel", frozen=True):
    """One error; of a record it is named `statusCode`, of a call `errorCode`."""

    status_code: str = ""
    error_code: str = ""

    @property
    def code(self) -> str:
        """Return the code; what is none of theirs stays unsaid."""
        text = self.status_code or self.error_code
        is_code = text.isascii() and text.replace("_", "").isalnum()
        return text if is_code and len(text) <= _LONGEST_CODE else "REFUSED"


class Result(msgspec.Struct, frozen=True):
    """What became of one of many records."""

    success: bool
    id: str | None = None
    errors: list[Fault] = []


class Part(msgspec.Struct, rename="camel", frozen=True):
    """The answer to one of several requests in one."""

    http_status_code: int
    body: Any = None


class _Parts(msgspec.Struct, rename="camel", frozen=True):
    composite_response: list[Part]


class _Rows(msgspec.Struct, frozen=True):
    records: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Api:
    """Salesforce, over one connection."""

    line: Line
    sessions: Sessions

    @property
    def people(self) -> str:
        """Return the name of the object that people are."""
        return self.line.settings.get("object") or "Contact"

    @property
    def root(self) -> str:
        """Return where the resources of a version begin."""
        return f"/services/data/v{self.line.settings.get('api_version') or '66.0'}"

    async def ask(self, method: str, path: str, json: object | None = None) -> Answer:
        """Ask, with a new session when the old one is over, once.

        Raises:
            Unreached: no answer, a broken one, a limit, an error of theirs.
            NotLetIn: the app or its user may not.
        """
        session = await self.sessions.of(self.line)
        answer = await self._asked(session, method, path, json)
        if answer.status == 401:
            self.sessions.drop(self.line, session)
            session = await self.sessions.of(self.line)
            answer = await self._asked(session, method, path, json)
        if answer.status == 401:
            self.sessions.drop(self.line, session)
            raise NotLetIn
        _check(answer)
        return answer

    async def _asked(
        self, session: Session, method: str, path: str, json: object | None
    ) -> Answer:
        try:
            return await self.line.outbound.request(
                method,
                f"{session.url}{self.root}{path}",
                headers={"authorization": f"Bearer {session.token}"},
                json=json,
                at_most_bytes=_AT_MOST_BYTES,
            )
        except OutboundFailed as error:
            raise Unreached(error.problem) from None

    async def rows(
        self, questions: Sequence[str], *, is_all: bool = False
    ) -> tuple[list[list[dict[str, Any]]], datetime]:
        """Answer questions in SOQL, and say when, there; `is_all`: deleted rows, too.

        Without a question the instant is later than any other.

        Raises:
            Unreached: one of them was not answered.
            NotLetIn.
        """
        resource = "queryAll" if is_all else "query"
        found: list[list[dict[str, Any]]] = []
        began: datetime | None = None
        for start in range(0, len(questions), QUESTIONS):
            asked = [
                {"method": "GET", "url": f"{self.root}/{resource}?q={quote(one, safe='')}"}
                for one in questions[start : start + QUESTIONS]
            ]
            parts, at = await self.together(asked)
            began = began or at
            found.extend(_rows(part) for part in parts)
        return found, began or _NEVER

    async def together(
        self, asked: Sequence[Mapping[str, object]]
    ) -> tuple[list[Part], datetime]:
        """Make several requests in one, and say when that was there.

        Raises:
            Unreached, NotLetIn.
        """
        named = [{**one, "referenceId": f"r{place}"} for place, one in enumerate(asked)]
        body = {"allOrNone": False, "compositeRequest": named}
        answer = await self.ask("POST", "/composite", body)
        if not answer.is_well:
            raise Unreached(fault_of(answer).code.lower())
        parts = read(answer, _Parts).composite_response
        _complete(len(parts), len(asked))
        return parts, date_of(answer.headers.get("date", "")) or self.line.clock.now()

    async def many(
        self, method: str, path: str, records: Sequence[Mapping[str, object]]
    ) -> list[Result]:
        """Write many records at once; what refuses the whole refuses each.

        Raises:
            Unreached, NotLetIn.
        """
        if not records:
            return []
        body = {"allOrNone": False, "records": records}
        answer = await self.ask(method, f"/composite/sobjects{path}", body)
        return self.results(answer, len(records))

    def results(self, answer: Answer, count: int) -> list[Result]:
        """Return what became of each of so many records.

        Raises:
            Unreached: it is not said.
        """
        if not answer.is_well:
            return [Result(success=False, errors=[fault_of(answer)])] * count
        told = read(answer, list[Result])
        _complete(len(told), count)
        return told


def _check(answer: Answer) -> None:
    """Refuse to go on when it is not this question that was refused."""
    stay(answer)
    if answer.status == 403:
        if fault_of(answer).code == _LIMITED:
            problem = "limited"
            raise Unreached(problem, retry_after(answer) or _PATIENCE)
        raise NotLetIn
    if answer.status == 429:
        problem = "limited"
        raise Unreached(problem, retry_after(answer))
    if answer.status >= 500:
        problem = f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))


def _complete(found: int, asked: int) -> None:
    if found != asked:
        problem = "bad_answer"
        raise Unreached(problem)


def fault_of(answer: Answer) -> Fault:
    """Return what a call was refused for."""
    try:
        faults = msgspec.json.decode(answer.body, type=list[Fault])
    except (msgspec.DecodeError, UnicodeDecodeError):
        faults = []
    return faults[0] if faults else Fault(error_code=f"STATUS_{answer.status}")


def converted(found: object, into: type[_T]) -> _T:
    """Return a decoded part of an answer as what it should be.

    Raises:
        Unreached: it is not.
    """
    try:
        return msgspec.convert(found, into)
    except msgspec.ValidationError:
        problem = "bad_answer"
        raise Unreached(problem) from None


def _rows(part: Part) -> list[dict[str, Any]]:
    if part.http_status_code != 200:
        faults = converted(part.body, list[Fault])
        code = faults[0].code if faults else "REFUSED"
        raise Unreached(code.lower())
    return converted(part.body, _Rows).records


def reply_to(faults: Sequence[Fault]) -> Later | Never:
    """Return what errors of a record mean for its parcel."""
    code = faults[0].code if faults else "REFUSED"
    return Later(code.lower()) if code in _IN_PASSING else Never(code.lower())
