"""Codes of requests as words that staff read."""

from collections.abc import Mapping
from typing import Final

from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import (
    Channel,
    Ground,
    Outcome,
    Proof,
    Requester,
    Right,
    State,
)
from candor.domain.rights.model.task import TaskState
from candor.surface.console import words

RIGHTS: Final[Mapping[Right, str]] = {
    Right.INFORMATION: "Information",
    Right.ACCESS: "Access",
    Right.PORTABILITY: "Portability",
    Right.RECTIFICATION: "Correction",
    Right.ERASURE: "Erasure",
    Right.RESTRICTION: "Restriction",
    Right.OBJECTION: "Objection",
    Right.AUTOMATED_DECISION: "Automated decision",
    Right.SALE_OPT_OUT: "No sale or sharing",
    Right.LIMIT_SENSITIVE: "Limit sensitive data",
    Right.COMPLAINT: "Complaint",
    Right.APPEAL: "Appeal",
}
LAWS: Final[Mapping[Regime, str]] = {
    Regime.GDPR: "GDPR",
    Regime.UK_GDPR: "UK GDPR",
    Regime.CCPA: "CCPA",
    Regime.LGPD: "LGPD",
}
STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.RECEIVED: ("received", "calm"),
    State.VERIFYING: ("waiting for proof", "attention"),
    State.IN_PROGRESS: ("in progress", "calm"),
    State.FULFILLED: ("fulfilled", "good"),
    State.REFUSED: ("refused", "no"),
    State.WITHDRAWN: ("withdrawn", ""),
}
CHANNELS: Final[Mapping[Channel, str]] = {
    Channel.PORTAL: "their own page",
    Channel.CONSOLE: "in person",
    Channel.API: "API",
    Channel.MAIL: "e-mail",
    Channel.PHONE: "telephone",
    Channel.LETTER: "letter",
    Channel.OPENDSR: "another system (OpenDSR)",
    Channel.DRP: "an agent’s system (DRP)",
}
REQUESTERS: Final[Mapping[Requester, str]] = {
    Requester.SELF: "the person",
    Requester.GUARDIAN: "a guardian",
    Requester.AGENT: "an authorised agent",
    Requester.HEIR: "an heir",
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.FULL: "all of it was done",
    Outcome.PART: "a part of it was done",
}
GROUNDS: Final[Mapping[Ground, str]] = {
    Ground.NOT_IDENTIFIED: "We cannot tell who they are (Art. 11(2), 12(6))",
    Ground.NO_DATA: "Nothing is held about them",
    Ground.UNFOUNDED: "It is manifestly unfounded (Art. 12(5))",
    Ground.EXCESSIVE: "It is excessive, above all because it is repeated (Art. 12(5))",
    Ground.NO_AUTHORITY: "The agent showed no authority",
    Ground.OTHERS_RIGHTS: "It would harm the rights of others (Art. 15(4))",
    Ground.NOT_APPLICABLE: "This right does not reach what is done with their data",
    Ground.ACCURATE: "What is kept is accurate",
    Ground.LEGAL_CLAIMS: "It is needed for legal claims (Art. 17(3)(e))",
    Ground.LEGAL_OBLIGATION: "A law makes us keep it (Art. 17(3)(b))",
    Ground.INVESTIGATION: "An investigation needs it (Art. 17(3)(e); CCPA 1798.105(d)(2))",
    Ground.COMPLEX: "The request is complex (Art. 12(3))",
    Ground.MANY_REQUESTS: "They sent many requests (Art. 12(3))",
}
PROOFS: Final[Mapping[Proof, str]] = {
    Proof.NONE: "none",
    Proof.MAILBOX: "a link to an address that we had before",
    Proof.DATA_POINTS: "two facts that agree with ours",
    Proof.ACCOUNT: "signed in, and proved anew",
    Proof.DECLARATION: "three facts that agree, and a signed declaration",
    Proof.AUTHORITY: "power of attorney, or confirmed by the person",
}
TASKS: Final[Mapping[TaskState, tuple[str, str]]] = {
    TaskState.WAITING: ("waiting", ""),
    TaskState.RUNNING: ("running", "calm"),
    TaskState.ASKED: ("asked, no answer yet", "calm"),
    TaskState.MANUAL: ("somebody must do it", "attention"),
    TaskState.STUCK: ("stuck", "refusal"),
    TaskState.DONE: ("done", "good"),
    TaskState.DROPPED: ("not needed any more", ""),
}
_STEPS: Final[Mapping[str, str]] = {
    "purge": "Remove the rows",
    "scan": "Search for what is left",
    "certificate": "Sign the certificate",
    "tell": "Tell the system",
    "review": "Review by a person",
    "archive": "Put the archive together",
    "answer": "Answer the person",
}
_EVENTS: Final[Mapping[str, str]] = {
    "received": "Received",
    "asked_again": "Asked again while it is under way",
    "acknowledged": "Receipt confirmed",
    "proof_asked": "Asked to prove who they are",
    "proved": "It is made sure who asks",
    "proof_failed": "A proof was wrong",
    "compared": "Compared by hand",
    "begun": "Work began",
    "extended": "More time taken",
    "paused": "The clock stands",
    "resumed": "The clock goes on",
    "assigned": "Assigned",
    "whose_found": "It was found whose it is",
    "refused": "Refused",
    "fulfilled": "Fulfilled",
    "withdrawn": "Taken back",
    "task_done": "A task is done",
    "task_stuck": "A task is stuck",
    "task_by_hand": "A task needs a person",
    "task_asked": "A system outside was asked",
    "task_settled": "A task was settled by hand",
    "task_retried": "A task is tried again",
    "overdue": "The law’s time is over",
    "reminded": "Somebody was reminded",
    "downloaded": "The archive was downloaded",
}
_PAUSES: Final[Mapping[str, str]] = {
    "identity": "we asked who they are",
    "clarification": "we asked what they mean",
}


def right(found: Right) -> str:
    """Return a right."""
    return RIGHTS[found]


def law(found: Regime | None) -> str:
    """Return a law in short."""
    return LAWS[found] if found else "unknown: the strictest"


def ground(code: str) -> str:
    """Return a ground."""
    return GROUNDS[Ground(code)] if code in set(Ground) else words.plain(code)


def step(code: str) -> str:
    """Return what a task is to do."""
    return _STEPS.get(code, words.plain(code).capitalize())


def happened(code: str) -> str:
    """Return what happened to a request."""
    return _EVENTS.get(code, words.plain(code).capitalize())


def pause(code: str) -> str:
    """Return why a clock stands."""
    return _PAUSES.get(code, words.plain(code))


def code_of(text: str) -> str:
    """Return the words of a code of an event, whatever kind it is; else the code with spaces."""
    if text in set(Ground):
        return ground(text)
    if text in set(Proof):
        return PROOFS[Proof(text)]
    if text in set(Channel):
        return CHANNELS[Channel(text)]
    return words.plain(text)
