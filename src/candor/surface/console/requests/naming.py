"""Codes of requests as words that staff read."""

from collections.abc import Mapping
from typing import Final

from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.happening import What
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
    "follow": "Have the connection follow",
    "let_go": "Forget what other systems held",
    "review": "Review by a person",
    "archive": "Put the archive together",
    "answer": "Answer the person",
}
EVENTS: Final[Mapping[What, str]] = {
    What.RECEIVED: "Received",
    What.ASKED_AGAIN: "Asked again while it is under way",
    What.SORTED: "Sorted: somebody read which right it is about",
    What.WHOSE_FOUND: "It was found whose it is",
    What.PROOF_ASKED: "Asked to prove who they are",
    What.COMPARED: "Compared by hand",
    What.PROVED: "It is made sure who asks",
    What.PROOF_FAILED: "A proof was wrong",
    What.DENIED: "The person says that they did not ask",
    What.BEGUN: "Work began",
    What.ACKNOWLEDGED: "Receipt confirmed",
    What.ASSIGNED: "Assigned",
    What.EXTENDED: "More time taken",
    What.PAUSED: "The clock stands",
    What.RESUMED: "The clock goes on",
    What.REMINDED: "Somebody was reminded",
    What.OVERDUE: "The law’s time is over",
    What.TASK_DONE: "A task is done",
    What.TASK_STUCK: "A task is stuck",
    What.TASK_BY_HAND: "A task needs a person",
    What.TASK_ASKED: "A system outside was asked",
    What.TASK_SETTLED: "A task was settled by hand",
    What.TASK_RETRIED: "A task is tried again",
    What.HELD: "A hold stands in the way: restricted instead",
    What.UNREADABLE: "The keys are destroyed",
    What.TRACE_FOUND: "A search found something that was left",
    What.SEARCHED: "Everything was searched, and nothing was left",
    What.CERTIFIED: "The certificate is signed",
    What.RESTRICTED: "Restricted",
    What.RESTRICTION_LIFTED: "The restriction is lifted",
    What.STOPPED: "Uses were stopped",
    What.RECTIFIED: "A value was put right",
    What.PEOPLE_ONLY: "Only people decide from now on",
    What.MACHINE_AGAIN: "Machines may decide again",
    What.DOWNLOADED: "The archive was downloaded",
    What.FULFILLED: "Fulfilled",
    What.REFUSED: "Refused",
    What.WITHDRAWN: "Taken back",
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
    return EVENTS[What(code)] if code in set(What) else words.plain(code).capitalize()


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
