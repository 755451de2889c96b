"""Codes of connections as words that staff read, and what to do about what goes wrong."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.connections.model.composing import Line, Reason
from candor.domain.connections.model.connection import Connection, Field, State, What, Why
from candor.domain.connections.model.delivery import Delivery, Stage
from candor.domain.connections.service.reading import Health
from candor.domain.feed.model import Changed
from candor.infra.web.reading import show_number
from candor.surface.console import words

STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.DRAFT: ("being set up", "calm"),
    State.ACTIVE: ("active", "good"),
    State.PAUSED: ("paused", "attention"),
    State.STOPPING: ("stopping: only removals go", "attention"),
    State.ENDED: ("ended", ""),
}
STAGES: Final[Mapping[Stage, tuple[str, str]]] = {
    Stage.WAITING: ("on its way", "calm"),
    Stage.SENDING: ("being sent", "calm"),
    Stage.PARKED: ("parked", "refusal"),
    Stage.ACKNOWLEDGED: ("acknowledged", "good"),
    Stage.NEEDLESS: ("they held it already", "good"),
    Stage.DROPPED: ("given up", ""),
}
WHYS: Final[Mapping[Why, str]] = {
    Why.BY_HAND: "a colleague did that",
    Why.NOT_LET_IN: "it does not accept what we prove ourselves with: set new secrets, resume",
    Why.VENDOR_LAPSED: "the vendor’s contract or certificate has lapsed: renew it",
    Why.LAPSED_WHILE_PAUSED: "the vendor’s contract or certificate has lapsed: renew it",
    Why.VENDOR_ENDED: "the vendor was off-boarded",
}
_ALARMING: Final = frozenset({Why.NOT_LET_IN, Why.VENDOR_LAPSED, Why.LAPSED_WHILE_PAUSED})
_CAUSES: Final[Mapping[str, str]] = {
    Changed.CREATED: "somebody new",
    Changed.MERGED: "profiles were joined",
    Changed.UNMERGED: "a join was undone",
    Changed.ATTRIBUTES: "a fact",
    Changed.IDENTIFIERS: "an identifier",
    Changed.CONSENT: "a choice",
    Changed.ERASED: "an erasure",
    Changed.DECIDED: "a decision by machine",
    "replay": "sent again by hand",
    "compared": "everybody was compared",
    "drift": "their list differed from ours",
    "vendor": "the vendor’s end",
    "request": "a request by right",
}
# What is wrong, and what somebody can do about it.
_PROBLEMS: Final[Mapping[str, tuple[str, str]]] = {
    "timeout": (
        "it does not answer in time",
        "Nothing: it is tried again. Else ask the vendor.",
    ),
    "unreached": ("it cannot be reached", "Look whether its address is right and it runs."),
    "refused": ("its host refuses the connection", "Look whether it runs, and at its port."),
    "tls": ("its certificate is not good", "Have the certificate renewed at their end."),
    "no_answer": (
        "it does not answer",
        "Nothing: it is tried again. Else look whether its address is right and it runs.",
    ),
    "redirect": (
        "it sends us elsewhere",
        "Put the address that it names into the connection, if it is the vendor’s.",
    ),
    "audience_too_small": (
        "it takes nobody out of so small an audience",
        "Delete the audience there, or let more people in; then try again.",
    ),
    "nothing_to_match": (
        "nothing of the person fits what it matches by",
        "Look at their address and number: a number needs its country.",
    ),
    "other_audience": (
        "they are in another audience by our books",
        "Put the former audience back and stop the connection; a new audience is a new one.",
    ),
    "no_audience": ("it knows no such audience", "Look at its number, and what the token may."),
    "blocked": ("it has blocked the audience", "Look at the audience there: it says why."),
    "limited": (
        "it asks for fewer calls",
        "Nothing: we wait. Or allow fewer calls per minute.",
    ),
    "bad_answer": (
        "it answers what makes no sense",
        "Look at its status page; tell the vendor.",
    ),
    "too_large": ("its answer is too large", "Send fewer people per call."),
    "not_let_in": ("it does not let us in", "Put new credentials in, then resume."),
    "no_key": (
        "nothing finds the person there",
        "The person lacks the identifier that is the key.",
    ),
    "not_taken": (
        "it says that it will not take this",
        "Look at the record there, and compare the mapping with its documentation.",
    ),
    "error_in_answer": (
        "it answers with an error",
        "Nothing: it is tried again. Else look at its status page.",
    ),
    "bad_id": (
        "what it calls the person cannot stand in an address",
        "Look where its ids stand in its answers.",
    ),
    "no_request": (
        "nobody said how it is told",
        "Write the requests into the connection: how somebody is made, changed, removed.",
    ),
    "cannot_be_found": (
        "nobody can be looked for there",
        "Say how somebody is found there, or remove them there by hand.",
    ),
    "cannot_be_compared": (
        "its search does not say whom it found",
        "Look where the identifier stands in those it finds; the mapping names that place.",
    ),
    "taken_and_not_found": (
        "it has the person already, and does not find them",
        "Compare its search with its documentation.",
    ),
    "bad_cursor": (
        "its list goes on nowhere",
        "Look where the next page stands in its answer.",
    ),
    "login_failed": (
        "it gives us no token",
        "Look at the address of tokens, and at the client there.",
    ),
    "duplicate": ("it has the person twice", "Join the two there, then try again."),
    "conflict": (
        "somebody else changed it meanwhile",
        "Nothing: it is compared and tried again.",
    ),
    "gone": ("it holds the person no more", "Replay this person if they are wanted there."),
    "withheld": ("the gate said no", "Nothing: the person does not want it."),
}
_HEARD: Final[Mapping[str, str]] = {
    "taken": "news, taken",
    "echo": "what we had said ourselves",
    "stale": "older than what stands here: left out",
    "repaired": "a yes over a no: told ours again",
    "unknown": "about somebody who is not known",
    "erased": "about somebody who was erased",
    "refused": "refused at the door",
    "bad_signature": "not signed as agreed",
    "too_old": "signed too long ago",
    "again": "the same message again",
    "bad_message": "not of the form that was agreed",
}
_STATUS: Final = re.compile(r"(?:status|http)_(\d{3})")
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_EXACT: Final = 10


def state(one: Connection) -> tuple[str, str]:
    """Return how a connection stands, and a tone."""
    return STATES[one.state]


def why(one: Connection) -> str:
    """Return why a connection is not active; empty: it is, or nobody said."""
    return WHYS[one.why] if one.why else ""


def cause(code: str) -> str:
    """Return what began a delivery."""
    return _CAUSES.get(code, words.plain(code))


def problem(code: str) -> str:
    """Return what is wrong."""
    found = _STATUS.fullmatch(code)
    if found:
        return f"it answers with status {found[1]}"
    return _PROBLEMS[code][0] if code in _PROBLEMS else words.plain(code)


def heard(code: str) -> str:
    """Return what became of something that was heard."""
    return _HEARD.get(code, words.plain(code))


def advice(code: str) -> str:
    """Return what somebody can do about it; empty: nobody knows."""
    found = _STATUS.fullmatch(code)
    if found and found[1][0] == "5":
        return "Nothing: it is tried again. It is out of order at their end."
    if found:
        return (
            "It does not take the record as it is: compare the mapping with its documentation."
        )
    return _PROBLEMS[code][1] if code in _PROBLEMS else ""


def trouble(one: Health) -> str | None:
    """Return what of a connection needs somebody, in words; None: nothing."""
    connection = one.connection
    if connection.state is State.ENDED:
        return None
    if connection.why in _ALARMING:
        return why(connection)
    if one.problem:
        return problem(one.problem)
    if one.parked:
        return words.counted(one.parked, "delivery is parked", "deliveries are parked")
    return None


def is_troubled(one: Health) -> bool:
    """Tell whether somebody must look at a connection."""
    return trouble(one) is not None


def span(seconds: float | None) -> str:
    """Return a length of time, as exactly as anybody needs it; call it inside `reading`."""
    if seconds is None:
        return "–"
    if seconds < _EXACT:
        return f"{show_number(round(seconds, 1))} s"
    if seconds < 2 * _MINUTE:
        return f"{round(seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{round(seconds / _HOUR)} h"
    return words.counted(timedelta(seconds=seconds).days, "day", "days")


def stage(one: Delivery) -> tuple[str, str]:
    """Return how far a delivery is, and a tone."""
    return STAGES[one.state]


def ours(one: Field, in_force: InForce) -> str:
    """Return what of ours a field is, as the catalogue calls it."""
    match one.what:
        case What.ATTRIBUTE:
            found = in_force.attributes.get(one.name)
            return found.title if found else words.plain(one.name)
        case What.IDENTIFIER:
            return words.kind(one.name, in_force)
        case What.PURPOSE:
            return f"whether “{words.purpose(one.name)}” is allowed"
        case What.TOPIC:
            topic, _, channel = one.name.partition("/")
            return f"whether “{words.plain(topic)}” may come by {words.plain(channel)}"


_REASONS: Final[Mapping[Reason, tuple[str, str, str]]] = {
    Reason.GOES: ("goes", "good", ""),
    Reason.NOTHING_KNOWN: ("empty", "", "nothing is known; what stands there is taken out"),
    Reason.NOT_ALLOWED: ("withheld", "no", "none of its purposes is allowed now"),
    Reason.NOT_DECLARED: ("withheld", "no", "the catalogue allows it for none of its purposes"),
    Reason.RESTRICTED: ("stays", "attention", "the person is restricted: nothing is changed"),
    Reason.THEIRS: ("stays", "", "they brought the person, who said neither yes nor no here"),
    Reason.CHOICE: ("goes", "good", "a choice always goes as it stands"),
}


def reason(line: Line) -> tuple[str, str, str]:
    """Return whether a field goes, a tone, and why."""
    return _REASONS[line.reason]


def ways(directions: frozenset[str]) -> str:
    """Return in which directions it goes."""
    if len(directions) > 1:
        return "both ways"
    names = {"out": "is told", "in": "is heard"}
    return next((names[one] for one in directions), "carries messages")
