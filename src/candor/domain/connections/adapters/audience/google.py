"""Customer Match of Google, through the Data Manager API.

Errors by «Understand errors», `ErrorReason` and «Limits and quotas» (read 2026-11-22): a refused
call is refused whole, with reasons in `error.details`. What was taken is worked off later, and who
cannot be matched is not said.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from candor.domain.connections.adapters.asking import retry_after, stay
from candor.domain.connections.adapters.audience.normalising import GOOGLE, Rule
from candor.domain.connections.adapters.audience.platform import (
    Problem,
    base_of,
    code_of,
    number_of,
    one_by_one,
)
from candor.domain.connections.adapters.audience.rows import Row, hashed
from candor.domain.connections.adapters.audience.spec import GRANTED, YES
from candor.domain.connections.adapters.audience.tokens import Tokens
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.infra.http import Answer, OutboundFailed
from candor.kernel.pii import Pii

_API: Final = "https://datamanager.googleapis.com"
_NAMES: Final = {"EMAIL": "emailAddress", "PHONE": "phoneNumber"}
_DAILY: Final = 3_600.0  # seconds until we ask again when a day's share is used up
# Reasons that are about a person; any other is about the connection.
_OF_PERSON: Final = frozenset({
    "INVALID_AUDIENCE_MEMBER", "INVALID_FORMAT", "INVALID_HEX_ENCODING", "INVALID_SHA256_FORMAT",
    "TOO_MANY_USER_IDENTIFIERS", "REQUIRED_FIELD_MISSING",
})  # fmt: skip
_NOBODY: Final = "nobody@example.com"


class _Violation(msgspec.Struct, frozen=True):
    reason: str = ""


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    reason: str = ""
    metadata: dict[str, str] = {}
    field_violations: list[_Violation] = []


class _Error(msgspec.Struct, frozen=True):
    status: str = ""
    details: list[_Detail] = []

    @property
    def reasons(self) -> list[str]:
        """Return why, the most exact first."""
        exact = [v.reason for detail in self.details for v in detail.field_violations]
        return [r for r in (*exact, *(d.reason for d in self.details), self.status) if r]


class _Told(msgspec.Struct, frozen=True, rename="camel"):
    error: _Error | None = None
    request_id: str = ""


class Google:
    """Customer Match lists."""

    def __init__(self) -> None:
        """Begin with no token."""
        self._tokens = Tokens()

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Return what it matches people by."""
        return GOOGLE

    async def check(self, line: Line) -> None:
        """Have it judge a call with nobody in it, which it does not carry out.

        Raises:
            Unreached, NotLetIn.
            BadConnection: it says what is wrong.
        """
        row = hashed(GOOGLE, {"EMAIL": Pii(_NOBODY)})
        answer = await self._asked(line, "ingest", {**_body(line, [row]), "validateOnly": True})
        told = _told(answer)
        if answer.status in {400, 404} and told.error is not None:
            message = f"Google says: {code_of(''.join(told.error.reasons[:1]))}."
            raise BadConnection(message)
        _judged(answer, told)

    async def add(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Put rows into the list.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        return await one_by_one(rows, lambda some: self._said(line, "ingest", some))

    async def remove(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Take rows out of the list.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        return await one_by_one(rows, lambda some: self._said(line, "remove", some))

    async def _said(self, line: Line, verb: str, rows: Sequence[Row]) -> str | None:
        """Say rows; return why they are refused, None when all were taken."""
        body = _body(line, rows)
        if verb == "remove":
            body = {
                name: body[name] for name in ("destinations", "audienceMembers", "encoding")
            }
        answer = await self._asked(line, verb, body)
        told = _told(answer)
        if answer.status == 400 and told.error is not None:
            about = [reason for reason in told.error.reasons if reason in _OF_PERSON]
            if about:
                return code_of(about[0])
        _judged(answer, told)
        if not told.request_id:
            problem = "bad_answer"
            raise Unreached(problem)
        return None

    async def _asked(self, line: Line, verb: str, body: object) -> Answer:
        """Ask with the token that is kept, once more with a new one when it is not taken."""
        token, is_new = await self._tokens.of(line)
        answer = await _ask(line, verb, body, token)
        if answer.status == 401 and not is_new:
            self._tokens.drop(line)
            token, _ = await self._tokens.of(line)
            answer = await _ask(line, verb, body, token)
        if answer.status == 401:
            self._tokens.drop(line)
        return answer


def _body(line: Line, rows: Sequence[Row]) -> dict[str, object]:
    destination: dict[str, object] = {
        "operatingAccount": _account(line, "account"),
        "productDestinationId": number_of(line, "audience"),
    }
    if line.settings.get("login_account"):
        destination["loginAccount"] = _account(line, "login_account")
    body: dict[str, object] = {
        "destinations": [destination],
        "audienceMembers": [_member(row) for row in rows],
        "encoding": "HEX",
    }
    if line.settings.get("terms") == YES:
        body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    if line.settings.get("consent") == GRANTED:
        said = "CONSENT_GRANTED"
        body["consent"] = {"adUserData": said, "adPersonalization": said}
    return body


def _account(line: Line, setting: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": number_of(line, setting)}


def _member(row: Row) -> dict[str, object]:
    found = [{_NAMES[name]: row[name]} for name in sorted(row) if name in _NAMES]
    return {"compositeData": {"userData": {"userIdentifiers": found}}}


async def _ask(line: Line, verb: str, body: object, token: str) -> Answer:
    url = f"{base_of(line, _API)}/v1/audienceMembers:{verb}"
    headers = {"authorization": f"Bearer {token}"}
    try:
        return await line.outbound.request("POST", url, headers=headers, json=body)
    except OutboundFailed as error:
        raise Unreached(error.problem) from None


def _told(answer: Answer) -> _Told:
    """Return what an answer says; of what is not theirs (a proxy's page) nothing."""
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Told()


def _judged(answer: Answer, told: _Told) -> None:
    """Raise what an answer means for the whole connection, if it means something.

    Raises:
        NotLetIn, Unreached.
    """
    stay(answer)
    if answer.status in {401, 403}:
        raise NotLetIn
    if answer.status == 429:
        problem = "limited"
        raise Unreached(problem, _patience(answer, told))
    if told.error is not None:
        problem = code_of("".join(told.error.reasons[:1]) or "refused")
        raise Unreached(problem, retry_after(answer))
    if not answer.is_well:
        problem = f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))


def _patience(answer: Answer, told: _Told) -> float | None:
    """Return for how many seconds we are to wait: a day's share comes back only with the day."""
    asked = retry_after(answer)
    if asked is not None or told.error is None:
        return asked
    limits = [detail.metadata.get("quota_limit", "") for detail in told.error.details]
    return _DAILY if any("PerDay" in limit for limit in limits) else None
