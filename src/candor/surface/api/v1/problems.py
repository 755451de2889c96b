"""What the API says when something goes wrong: problem details (RFC 9457), one form for all.

Besides the members of the RFC each problem has the stable `code`, a `hint` that says what to do,
and the `request_id` under which the audit log and our own log know the request.
"""

import re
from typing import ClassVar, Final

import msgspec

from candor.domain.access.errors import WrongAPIKey
from candor.infra.log import logger
from candor.kernel.errors import Bug, CandorError, Kind, Refused, Unavailable

CONTENT_TYPE: Final = "application/problem+json"
STATUS: Final = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.GONE: 404,
    Kind.LIMITED: 429,
    Kind.NEEDS_CONSENT: 403,
}
TITLES: Final = {
    400: "Not readable",
    401: "No valid key",
    403: "Not permitted",
    404: "Not found",
    405: "No such method",
    409: "Conflict",
    413: "Too large",
    415: "Not JSON",
    422: "Not acceptable as it is",
    429: "Too much at once",
    500: "Something broke here",
    503: "Unavailable",
}
_VALUE: Final = re.compile(r"(Invalid enum value) .*?(?= - at|$)")
_log: Final = logger("api")


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    hint: str = ""


class NotReadable(Refused):
    """The body is not JSON."""

    code: ClassVar[str] = "api.not_readable"
    default_hint: ClassVar[str] = "Send UTF-8 JSON (RFC 8259)."


class NotJSON(Refused):
    """The body must be sent as application/json."""

    code: ClassVar[str] = "api.not_json"


class NotAMessage(Refused):
    """The body must be sent as message/rfc822."""

    code: ClassVar[str] = "api.not_a_message"


class BodyTooLarge(Refused):
    """The body is too large."""

    code: ClassVar[str] = "api.too_large"
    default_hint: ClassVar[str] = "64 KiB at most; 1 MiB for decisions in bulk."


class NotAsDescribed(Refused):
    """The request is not of the form that the reference describes."""

    code: ClassVar[str] = "api.not_as_described"
    default_hint: ClassVar[str] = "See /api/v1/openapi.json"


class NoSuchPath(Refused):
    """There is nothing here."""

    code: ClassVar[str] = "api.no_such_path"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See /api/v1/openapi.json"


class NoSuchMethod(Refused):
    """This path has no such method."""

    code: ClassVar[str] = "api.no_such_method"


class Busy(Refused):
    """Too many questions are waiting for an answer."""

    code: ClassVar[str] = "api.busy"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "Wait a second and send it again, or ask in bulk."


class IdTaken(Refused):
    """This id stands already, with another content."""

    code: ClassVar[str] = "api.id_taken"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Give each thing an id of its own; repeat one only unchanged."


class NotYet(Refused):
    """This time is in the future, or too long ago."""

    code: ClassVar[str] = "api.wrong_time"
    default_hint: ClassVar[str] = "Five minutes ahead of our clock at most, not before 1990."


class NotDeclared(Refused):
    """The catalogue does not declare this."""

    code: ClassVar[str] = "api.not_declared"
    default_hint: ClassVar[str] = "See /api/v1/purposes, /topics and /channels"


class TooManyMails(Refused):
    """This yes has to be confirmed by mail, and this person was asked often enough today."""

    code: ClassVar[str] = "api.too_many_mails"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "It was not recorded. Send it again tomorrow."


class AddressUnproven(Refused):
    """A guardian's yes to this purpose needs an address that was proven."""

    code: ClassVar[str] = "api.address_unproven"
    default_hint: ClassVar[str] = (
        "A mail would ask the child, not the guardian. Prove the address, and say so with"
        " `address_proven`."
    )


class WordsMissing(Refused):
    """A yes needs the words that were shown."""

    code: ClassVar[str] = "api.words_missing"
    default_hint: ClassVar[str] = "Send `notice`, or the `edition` that was in force."


_OWN_STATUS: Final[dict[type[Refused], int]] = {
    NotReadable: 400,
    WrongAPIKey: 401,
    NoSuchMethod: 405,
    BodyTooLarge: 413,
    NotJSON: 415,
    NotAMessage: 415,
}


def described(error: msgspec.ValidationError) -> NotAsDescribed:
    """Return what is wrong with a body or query: where, but never the value that was sent."""
    return NotAsDescribed(_VALUE.sub(r"\1", str(error)))


def problem(error: Exception, request_id: str) -> Problem:
    """Return what is said about an error; one that nobody foresaw is logged, and kept secret."""
    if isinstance(error, Refused):
        status = _OWN_STATUS.get(type(error)) or STATUS[error.kind]
        return _problem(status, error, request_id)
    if isinstance(error, Unavailable):
        return _problem(503, error, request_id)
    _log.error("a request broke", exc_info=error, request=request_id)
    return _problem(500, Bug("Something broke here. Nothing was kept."), request_id)


def _problem(status: int, error: CandorError, request_id: str) -> Problem:
    return Problem(
        type=f"urn:candor:problem:{error.code}",
        title=TITLES[status],
        status=status,
        detail=error.message,
        code=error.code,
        request_id=request_id,
        hint=error.hint,
    )
