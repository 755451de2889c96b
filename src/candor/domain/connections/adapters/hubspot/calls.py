"""Asking HubSpot: its token, its limits, its errors.

Limits by the usage guidelines (read 2026-11-22): 429 with `policyName` DAILY, TEN_SECONDLY_ROLLING
or SECONDLY in the body, sometimes with Retry-After. Bodies of errors are read for codes alone.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from candor.domain.connections.adapters.asking import read, retry_after, stay
from candor.domain.connections.adapters.hubspot.records import Contact, Problem
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.domain.connections.model.talk import Later, Never
from candor.infra.http import Answer, OutboundFailed

Asked = TypeVar("Asked")
Told = TypeVar("Told")
CONTACTS: Final = "/crm/v3/objects/contacts"
_AT_MOST_BYTES: Final = 8 * 1024 * 1024  # a hundred contacts with all that they hold
_LONGEST_CODE: Final = 40
_MOST_SPLITS: Final = 16  # refused parts of one question; a mapping that is wrong refuses all
# For how many seconds we leave it alone when it does not say; a day ends at its own midnight.
_PATIENCE: Final = {"DAILY": 3_600.0, "TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
_FOR_EVER: Final = frozenset({"VALIDATION_ERROR", "CONFLICT", "BAD_REQUEST", "INVALID_EMAIL"})


class _Limit(msgspec.Struct, rename="camel", frozen=True):
    policy_name: str = ""


async def ask(
    line: Line,
    method: str,
    path: str,
    *,
    json: object | None = None,
    query: dict[str, str] | None = None,
) -> Answer:
    """Ask; return an answer about what was asked, also when it is a refusal of that alone.

    Raises:
        Unreached: no answer, a broken one, 429 (`after` as it says or its policy means), 5xx.
        NotLetIn: the token is not known, or lacks a scope.
    """
    url = f"{line.settings['base_url'].rstrip('/')}{path}"
    try:
        answer = await line.outbound.request(
            method,
            f"{url}?{urlencode(query)}" if query else url,
            headers={"authorization": f"Bearer {line.secrets.get('token', '')}"},
            json=json,
            at_most_bytes=_AT_MOST_BYTES,
        )
    except OutboundFailed as error:
        raise Unreached(error.problem) from None
    if answer.status in {401, 403}:
        raise NotLetIn
    if answer.status == 429:
        problem = "limited"
        raise Unreached(problem, _patience(answer))
    if answer.status >= 500:
        problem = f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))
    stay(answer)
    return answer


@dataclass(frozen=True, slots=True)
class Answers(Generic[Asked, Told]):
    """What came of a question about many: results, problems with some, and who was refused."""

    results: list[Told] = field(default_factory=list["Told"])
    problems: list[Problem] = field(default_factory=list[Problem])
    refused: list[tuple[Asked, Problem]] = field(default_factory=list["tuple[Asked, Problem]"])


class Many(msgspec.Struct, Generic[Told], frozen=True):
    """The answer to a question about many (207 when there are errors)."""

    results: list[Told]
    errors: list[Problem] = []


async def ask_many(
    line: Line,
    path: str,
    inputs: Sequence[Asked],
    body: Callable[[Sequence[Asked]], object],
    into: type[Many[Told]],
    *,
    query: dict[str, str] | None = None,
) -> Answers[Asked, Told]:
    """Ask about many; where one spoils the whole question, halve it until the one is found.

    Raises:
        Unreached, NotLetIn.
    """
    found: Answers[Asked, Told] = Answers()
    waiting = deque([inputs] if inputs else [])
    while waiting:
        some = waiting.popleft()
        answer = await ask(line, "POST", path, json=body(some), query=query)
        if answer.is_well:
            told = read(answer, into)
            found.results.extend(told.results)
            found.problems.extend(told.errors)
            continue
        problem = problem_of(answer)
        if len(some) == 1 or len(found.refused) + len(waiting) > _MOST_SPLITS:
            found.refused.extend((one, problem) for one in some)
            continue
        half = len(some) // 2
        waiting.extend((some[:half], some[half:]))
    return found


async def ask_contacts(
    line: Line,
    action: str,
    inputs: Sequence[Mapping[str, object]],
    **more: object,
) -> Answers[Mapping[str, object], Contact]:
    """Ask a question about many contacts: `read`, `update`, `upsert`.

    Raises:
        Unreached, NotLetIn.
    """
    path = f"{CONTACTS}/batch/{action}"
    return await ask_many(
        line, path, inputs, lambda some: {"inputs": list(some), **more}, Many[Contact]
    )


def problem_of(answer: Answer) -> Problem:
    """Return what a refused question is refused for."""
    try:
        return msgspec.json.decode(answer.body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem(category=f"STATUS_{answer.status}")


def reply_to(problem: Problem) -> Later | Never:
    """Return what a problem with one contact means for its parcel."""
    code = code_of(problem)
    return Never(code) if problem.category in _FOR_EVER else Later(code)


def code_of(problem: Problem) -> str:
    """Return the code of a problem; what is no code of theirs stays unsaid."""
    text = problem.category
    is_code = text.isascii() and text.replace("_", "").isalnum() and len(text) <= _LONGEST_CODE
    return text.lower() if is_code else "refused"


def _patience(answer: Answer) -> float | None:
    asked = retry_after(answer)
    if asked is not None:
        return asked
    try:
        limit = msgspec.json.decode(answer.body, type=_Limit)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return _PATIENCE.get(limit.policy_name)
