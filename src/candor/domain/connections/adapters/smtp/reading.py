"""What a mail that came back says: a delivery report, a complaint, a wish to be left alone.

Nothing of it is believed but our own token in it (see `tokens`). The standard library takes such
mails apart, under limits: a megabyte, parts within parts to a depth, and whatever it stumbles over
is a mail that says nothing. RFC 3464, RFC 5965, RFC 6449, RFC 2369.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message as Mail
from email.parser import BytesParser
from hashlib import sha256
from typing import Any, Final

from candor.domain.connections.adapters.smtp.judging import Means, meaning_of
from candor.domain.connections.adapters.smtp.tokens import Opened, Tokens, Use
from candor.domain.connections.errors import BadMessage
from candor.domain.connections.model.talk import Heard
from candor.domain.consent.model.signal import SignalKind

LARGEST: Final = 1024 * 1024
_READ: Final = 256 * 1024  # bytes that are read: what comes after is the message that we wrote
_MOST_NESTED: Final = 20
_LONGEST_PART: Final = 64 * 1024
_NESTING: Final = re.compile(rb"multipart/|message/", re.IGNORECASE)
# By whom a mail server says that it took a mail; and To, where nobody does.
_TO: Final = ("x-original-to", "delivered-to", "envelope-to", "to")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?![.\d])")
_BROKEN: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
_Mail = Mail  # headers are texts as they came: nothing of them is parsed


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of a mail."""

    recipients: str
    everything: str  # fields and words of all parts
    name: str  # the same again is the same mail
    reports: tuple[tuple[str, str], ...]  # of a delivery report: action and status
    feedback: str  # of a complaint: its type
    is_answer_of_a_machine: bool


def read(raw: bytes, tokens: Tokens, channel: str) -> list[Heard]:
    """Return what a mail says about somebody whose mail it is; nothing where it says nothing.

    Raises:
        BadMessage: too large, or nested without end.
    """
    if len(raw) > LARGEST:
        raise BadMessage
    mail = _read(raw)
    who = next(tokens.within(mail.recipients), None)
    if mail.reports:
        who = _one(who, Use.BOUNCE) or _first(tokens.within(mail.everything), Use.BOUNCE)
        return _heard(who, mail, channel, *_of_report(mail.reports))
    if mail.feedback:
        who = next(tokens.within(mail.everything), None)
        return _heard(who, mail, channel, *_of_feedback(mail.feedback))
    if who is not None and who.use is Use.UNSUBSCRIBE and not mail.is_answer_of_a_machine:
        return _heard(who, mail, channel, SignalKind.UNSUBSCRIBE, "")
    return []


def _of_report(reports: Iterable[tuple[str, str]]) -> tuple[SignalKind | None, str]:
    """Return what a delivery report says: the gravest of what it says about each recipient."""
    found = {_of_one(action, status) for action, status in reports}
    if Means.GONE in found:
        return SignalKind.BOUNCE, ""
    order = (Means.POLICY, Means.REFUSED, Means.SOFT)
    return None, next((one.value for one in order if one in found), "")


def _of_one(action: str, status: str) -> Means | None:
    if action == "delayed":
        return Means.SOFT
    return meaning_of(0, status) if action == "failed" and status else None


def _of_feedback(kind: str) -> tuple[SignalKind | None, str]:
    """Return what a complaint says (RFC 5965 7.3); only abuse is one of the person."""
    match kind:
        case "abuse":
            return SignalKind.COMPLAINT, ""
        case "opt-out" | "opt-out-list":  # of early drafts; some still send them
            return SignalKind.UNSUBSCRIBE, ""
        case "not-spam":
            return None, ""
        case _:
            return None, Means.POLICY


def _heard(
    who: Opened | None, mail: _Read, channel: str, kind: SignalKind | None, note: str
) -> list[Heard]:
    if who is None or not (kind or note):
        return []
    about = f"{mail.name}:{who.profile_id.hex}:{who.reference.hex()}"
    signals = ((kind, channel),) if kind else ()
    return [Heard(profile_id=who.profile_id, signals=signals, message_id=about, note=note)]


def _one(who: Opened | None, use: Use) -> Opened | None:
    return who if who is not None and who.use is use else None


def _first(found: Iterable[Opened], use: Use) -> Opened | None:
    """Return the first that is of a use, or names the message itself: a report quotes either."""
    return next((one for one in found if one.use in {use, Use.MESSAGE}), None)


def _read(raw: bytes) -> _Read:
    begin = raw[:_READ]
    if len(_NESTING.findall(begin)) > _MOST_NESTED:
        raise BadMessage
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(begin)
        parts = list(mail.walk())
        return _Read(
            recipients="\n".join(_values(mail, _TO)),
            everything="\n".join(text for part in parts for text in _texts(part)),
            name=sha256(_value(mail, "message-id").encode() or raw).hexdigest()[:32],
            reports=tuple(_reports(parts)) if _is_report(mail, "delivery-status") else (),
            feedback=_feedback(parts) if _is_report(mail, "feedback-report") else "",
            is_answer_of_a_machine=_value(mail, "auto-submitted").startswith("auto-replied"),
        )
    except _BROKEN:
        raise BadMessage from None


def _value(mail: "_Mail[Any, Any]", name: str) -> str:
    return str(mail.get(name, "")).strip().lower()


def _values(mail: "_Mail[Any, Any]", names: Iterable[str]) -> Iterator[str]:
    """Yield what fields say; the envelope's recipients before those of the mail."""
    for name in names:
        for value in mail.get_all(name, []):
            yield str(value)[:_LONGEST_PART]


def _is_report(mail: "_Mail[Any, Any]", kind: str) -> bool:
    said = str(mail.get_param("report-type", "")).lower()
    return mail.get_content_type() == "multipart/report" and said == kind


def _texts(part: "_Mail[Any, Any]") -> Iterator[str]:
    """Yield the fields of a part, and its words when it holds no other parts."""
    for name, value in part.items():
        yield f"{name}: {value}"[:_LONGEST_PART]
    if not part.is_multipart():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content[:_LONGEST_PART].decode("ascii", "replace")


def _reports(parts: Iterable["_Mail[Any, Any]"]) -> Iterator[tuple[str, str]]:
    """Yield action and status for each recipient (RFC 3464 2.3); the fields of one block."""
    for part in parts:
        action = _value(part, "action").split(" ", 1)[0]
        if action:
            found = _STATUS.match(_value(part, "status"))
            yield action, found.group() if found else ""


def _feedback(parts: Iterable["_Mail[Any, Any]"]) -> str:
    """Return the type of a complaint; the standard library reads its fields as a mail's."""
    return next((kind for part in parts if (kind := _value(part, "feedback-type"))), "none")
