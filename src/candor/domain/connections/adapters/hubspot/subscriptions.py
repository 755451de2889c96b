"""Subscriptions of e-mail addresses: read and written for many at once, addresses in the body.

Subscription preferences v4 (read 2026-11-22): `statuses/batch/read`, `unsubscribe-all/read`,
`statuses/batch/write`. An opt-out there is lifted by an explicit SUBSCRIBED alone, and where the
account does not allow that, the person has to do it: the answer then says another status than the
one that was asked for, and is taken at its word.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from candor.domain.connections.adapters.asking import read as read_body
from candor.domain.connections.adapters.hubspot.calls import (
    Answers,
    Many,
    ask,
    ask_many,
    code_of,
    problem_of,
    reply_to,
)
from candor.domain.connections.adapters.hubspot.records import Names, Said, spelt_address
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Later, Never

STATUSES: Final = "/communication-preferences/v4/statuses/batch"
DEFINITIONS: Final = "/communication-preferences/v4/definitions"
CHANNEL: Final = "EMAIL"
SUBSCRIBED: Final = "SUBSCRIBED"
UNSUBSCRIBED: Final = "UNSUBSCRIBED"
_ANSWERS: Final = {SUBSCRIBED: True, UNSUBSCRIBED: False}
_PROGRAMS: Final = ("api", "integration", "import", "workflow", "automation")
_UNKNOWN: Final = frozenset({"OBJECT_NOT_FOUND", "VALIDATION_ERROR", "INVALID_EMAIL"})


class _Status(msgspec.Struct, rename="camel", frozen=True):
    status: str
    subscriber_id_string: str = ""
    subscription_id: int = 0  # of a wide status: of all
    timestamp: datetime | None = None
    source: str = ""
    legal_basis_explanation: str | None = None


class _Subscriber(msgspec.Struct, rename="camel", frozen=True):
    subscriber_id_string: str
    statuses: list[_Status] = []
    wide_statuses: list[_Status] = []


class _Definition(msgspec.Struct, frozen=True):
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subscription as it is to be."""

    address: str
    subscription: int
    answer: bool

    @property
    def status(self) -> str:
        """Return it in their words."""
        return SUBSCRIBED if self.answer else UNSUBSCRIBED


async def read(line: Line, names: Names, addresses: Collection[str]) -> dict[str, Said]:
    """Return what addresses say about the subscriptions of a mapping.

    Raises:
        Unreached, NotLetIn: it is not known what they say, so nothing may be written either.
    """
    if not names.subscriptions:
        return {}
    asked = sorted(set(addresses))
    found: dict[str, Said] = {one: Said() for one in asked}
    for path in (f"{STATUSES}/read", f"{STATUSES}/unsubscribe-all/read"):
        answers = await ask_many(
            line, path, asked, _inputs, Many[_Subscriber], query={"channel": CHANNEL}
        )
        _check(answers)
        for one in answers.results:
            said = found.get(spelt_address(one.subscriber_id_string) or "")
            if said is not None:
                _take(one, said, names, line.settings.get("legal_basis_explanation", ""))
    return found


def _inputs(some: Sequence[str]) -> object:
    return {"inputs": list(some)}


def _check(answers: Answers[str, _Subscriber]) -> None:
    """Refuse to go on when it is not known what somebody said."""
    problems = [*answers.problems, *(problem for _, problem in answers.refused)]
    for problem in problems:
        if problem.category not in _UNKNOWN:
            raise Unreached(code_of(problem))


def _take(one: _Subscriber, said: Said, names: Names, ours: str) -> None:
    """Add what a subscriber says; an opt-out of all is one of each."""
    for status in one.statuses:
        there = names.subscriptions.get(status.subscription_id)
        if there is not None:
            _say(said, there, status, ours)
    for wide in one.wide_statuses:
        if _ANSWERS.get(wide.status) is False:
            for there in names.subscriptions.values():
                _say(said, there, wide, ours)


def _say(said: Said, there: str, status: _Status, ours: str) -> None:
    answer = _ANSWERS.get(status.status)
    if answer is None or said.choices.get(there) is False:
        return
    said.choices[there] = answer
    said.at.pop(there, None)
    if status.timestamp is not None and not (answer and _is_of_program(status, ours)):
        said.at[there] = status.timestamp


def _is_of_program(status: _Status, ours: str) -> bool:
    """Tell whether a program wrote a status, such as we: then its time is of no choice."""
    source = status.source.lower()
    is_ours = bool(ours) and status.legal_basis_explanation == ours
    return is_ours or not source or any(word in source for word in _PROGRAMS)


async def write(line: Line, wanted: Sequence[Wanted]) -> dict[Wanted, Later | Never]:
    """Write subscriptions; return those that are not as they are to be, and why.

    Raises:
        Unreached, NotLetIn.
    """

    def body(some: Sequence[Wanted]) -> object:
        return {"inputs": [_input(line, one) for one in some]}

    answers = await ask_many(line, f"{STATUSES}/write", wanted, body, Many[_Status])
    stand = {
        (spelt_address(one.subscriber_id_string), one.subscription_id): one.status
        for one in answers.results
    }
    refused = {one: reply_to(problem) for one, problem in answers.refused}
    problem = reply_to(answers.problems[0]) if answers.problems else Later("incomplete")
    for one in wanted:
        status = stand.get((one.address, one.subscription))
        if status is None:
            refused.setdefault(one, problem)
        elif status != one.status:
            code = "resubscribe_refused" if one.answer else "unsubscribe_refused"
            refused[one] = Never(code)
    return refused


def _input(line: Line, one: Wanted) -> dict[str, object]:
    said: dict[str, object] = {
        "subscriberIdString": one.address,
        "subscriptionId": one.subscription,
        "channel": CHANNEL,
        "statusState": one.status,
    }
    if not one.answer:
        return said
    return {
        **said,
        "legalBasis": line.settings.get("legal_basis", ""),
        "legalBasisExplanation": line.settings.get("legal_basis_explanation", ""),
    }


async def defined(line: Line) -> set[int]:
    """Return the ids of the subscription types that the account has.

    Raises:
        Unreached, NotLetIn.
    """
    answer = await ask(line, "GET", DEFINITIONS)
    if not answer.is_well:
        raise Unreached(code_of(problem_of(answer)))
    found = read_body(answer, Many[_Definition]).results
    return {int(one.id) for one in found if one.id.isascii() and one.id.isdigit()}
