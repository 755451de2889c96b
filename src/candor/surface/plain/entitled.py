"""Rights into words: what was asked, where it stands, why not, how long. For pages and letters.

Only for use inside `reading`. A code that has no words here is said in general ones: nothing that
a machine or a colleague noted reaches a customer by accident.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from candor.domain.rights.model.request import Ground, Outcome, Request, Right, State
from candor.infra.web.reading import message, show_date
from candor.infra.web.reading import translate as _

# What somebody asked for, as one says it to them.
_ASKED: Final[Mapping[Right, str]] = {
    Right.INFORMATION: message("You asked what we do with data about you"),
    Right.ACCESS: message("You asked to see everything"),
    Right.PORTABILITY: message("You asked for your data to take with you"),
    Right.RECTIFICATION: message("You asked us to put something right"),
    Right.ERASURE: message("You asked to be forgotten"),
    Right.RESTRICTION: message("You asked us to set your data aside"),
    Right.OBJECTION: message("You said no to a use of your data"),
    Right.AUTOMATED_DECISION: message("You asked that a person looks at a decision"),
    Right.SALE_OPT_OUT: message("You said no to selling and sharing your data"),
    Right.LIMIT_SENSITIVE: message("You limited the use of your sensitive data"),
    Right.COMPLAINT: message("You complained"),
    Right.APPEAL: message("You asked us to look at our answer again"),
}
# The same as a thing, inside a sentence of a letter.
_NAMES: Final[Mapping[Right, str]] = {
    Right.INFORMATION: message("what we do with your data"),
    Right.ACCESS: message("seeing everything we hold about you"),
    Right.PORTABILITY: message("taking your data with you"),
    Right.RECTIFICATION: message("putting something right"),
    Right.ERASURE: message("being forgotten"),
    Right.RESTRICTION: message("setting your data aside"),
    Right.OBJECTION: message("stopping a use of your data"),
    Right.AUTOMATED_DECISION: message("having a person look at a decision"),
    Right.SALE_OPT_OUT: message("no selling and no sharing of your data"),
    Right.LIMIT_SENSITIVE: message("limiting the use of your sensitive data"),
    Right.COMPLAINT: message("your complaint"),
    Right.APPEAL: message("looking at our answer again"),
}
_STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.RECEIVED: (message("received"), "calm"),
    State.VERIFYING: (message("waiting for your yes"), "attention"),
    State.IN_PROGRESS: (message("under way"), "calm"),
    State.FULFILLED: (message("done"), "good"),
    State.REFUSED: (message("not done"), "no"),
    State.WITHDRAWN: (message("taken back"), ""),
}
_PARTLY: Final = message("done in part")
_GROUNDS: Final[Mapping[Ground, str]] = {
    Ground.NOT_IDENTIFIED: message(
        "We could not make sure that it was you who asked, and we give nothing about you to anybody"
        " else. Sign in to your page, ask there, and it goes on at once."
    ),
    Ground.NO_DATA: message("We looked, and we hold nothing about you."),
    Ground.UNFOUNDED: message(
        "We think that this right plainly does not fit what was asked, and we have to be able to"
        " show that."
    ),
    Ground.EXCESSIVE: message(
        "The same was asked so often in a short time that we do not do it once more now."
    ),
    Ground.NO_AUTHORITY: message(
        "Somebody asked for you, and nothing showed us that you had told them to."
    ),
    Ground.OTHERS_RIGHTS: message(
        "It would give away something about other people, who have the same rights as you."
    ),
    Ground.NOT_APPLICABLE: message("This right does not reach what was asked for."),
    Ground.ACCURATE: message(
        "We compared it with where it came from, and what we hold is right."
    ),
    Ground.LEGAL_CLAIMS: message(
        "We need it to make or to answer a legal claim, and may keep it until that is over."
    ),
    Ground.LEGAL_OBLIGATION: message("A law tells us to keep it for a time."),
    Ground.INVESTIGATION: message(
        "It belongs to an investigation that is going on, and we may keep it until that is over."
    ),
    Ground.COMPLEX: message("It takes more work than we can do well in the usual time."),
    Ground.MANY_REQUESTS: message("So many people ask at present that we need longer."),
}
_SOME_GROUND: Final = message("Ask us for the reason: you have a right to know it.")
_AT_ONCE: Final = timedelta(days=4)  # less time than this is said to be soon over
# What the machine does by itself, and how long it usually takes.
_USUALLY: Final[Mapping[Right, str]] = {
    Right.INFORMATION: message("It usually takes a few seconds."),
    Right.ACCESS: message("It usually takes less than a minute."),
    Right.PORTABILITY: message("It usually takes less than a minute."),
    Right.ERASURE: message(
        "Nobody can read it from the first second on; clearing everything away usually takes a few"
        " minutes."
    ),
    Right.RESTRICTION: message("It usually takes a few seconds."),
    Right.OBJECTION: message("It usually takes a few seconds."),
    Right.SALE_OPT_OUT: message("It usually takes a few seconds."),
    Right.LIMIT_SENSITIVE: message("It usually takes a few seconds."),
    Right.RECTIFICATION: message("A person of ours looks at it."),
    Right.AUTOMATED_DECISION: message("A person of ours looks at it."),
    Right.COMPLAINT: message("A person of ours reads it and answers."),
    Right.APPEAL: message("Another person of ours than before looks at it."),
}
# Steps by their code; those that are not here are one of "some steps".
_STEPS: Final[Mapping[str, str]] = {
    "destroy": message("Your key is destroyed: from here on nobody can read your data"),
    "purge": message("What has become unreadable is cleared away"),
    "purge_again": message("What arrived at that very moment is cleared away too"),
    "follow": message("Every system that follows your choices is told, and confirms it"),
    "let_go": message("What we knew of your records elsewhere is cleared away"),
    "scan": message("Every table is searched for what may have been missed"),
    "certificate": message("You get a signed certificate of it"),
    "farewell": message("We write you a last letter, and delete the address after it"),
    "prepare": message("Everything is looked through and made ready for you"),
    "inform": message("You are told what we do with your data"),
    "restrict": message("Your data is set aside: kept, and used for nothing"),
    "announce_lifting": message("We tell you that your data will be used again, and from when"),
    "lift_restriction": message("Your data is used again as you have chosen"),
    "object": message("The use that you said no to stops"),
    "rectify": message("It is put right here"),
    "review": message("A person of ours looks at it"),
    "stop_sale": message("Nothing of yours is sold or shared any more"),
    "limit_sensitive": message(
        "Your sensitive data is used for no more than what you asked of us"
    ),
    "answer": message("A person of ours answers you"),
}
_FOLLOW: Final = message("%(name)s is told, and confirms it")
_TELL: Final = message("Everybody who received it from us is told: %(name)s")
_TELL_ALL: Final = message("Everybody who received it from us is told")
_SOME_STEP: Final = message("One more step on our side")
_EVENTS: Final[Mapping[str, str]] = {
    "received": message("We received it"),
    "acknowledged": message("We told you that we have it"),
    "proved": message("We made sure that it was you"),
    "extended": message("We took more time and told you why"),
    "paused": message("The clock stands, because we wait for your answer"),
    "resumed": message("The clock runs on"),
    "begun": message("Work on it began"),
    "held": message("It has to wait, because something must be kept for now"),
    "downloaded": message("It was downloaded"),
    "fulfilled": message("It was done"),
    "refused": message("We said no, and why"),
    "denied": message("We noted that it was not you who asked"),
    "withdrawn": message("It was taken back"),
}


def asked_for(kind: Right) -> str:
    """Return what somebody asked for: "You asked to see everything"."""
    return str(_(_ASKED[kind]))


def name(kind: Right) -> str:
    """Return a right as a thing: "being forgotten"."""
    return str(_(_NAMES[kind]))


def state(request: Request) -> tuple[str, str]:
    """Return where a request stands, in a word, and the tone of its badge."""
    if request.state is State.FULFILLED and request.outcome is Outcome.PART:
        return str(_(_PARTLY)), "attention"
    word, tone = _STATES[request.state]
    return str(_(word)), tone


def ground(why: Ground | None) -> str:
    """Return why something is refused, kept or takes longer, as a sentence."""
    return str(_(_GROUNDS[why])) if why is not None else str(_(_SOME_GROUND))


def ground_of(code: str) -> str:
    """Return the same for a code that may be unknown: then in general words."""
    return ground(Ground(code) if code in set(Ground) else None)


def usually(kind: Right) -> str:
    """Return how long it usually takes, as a sentence."""
    return str(_(_USUALLY[kind]))


def step(code: str, party: str = "") -> str:
    """Return what a step does; what is not for customers is said in general words."""
    if code == "follow" and party:
        return str(_(_FOLLOW, name=party))
    if code == "tell":
        return str(_(_TELL, name=party)) if party else str(_(_TELL_ALL))
    return str(_(_STEPS.get(code, _SOME_STEP)))


def event(what: str) -> str | None:
    """Return what happened, as a sentence; None for what concerns only those who work on it."""
    found = _EVENTS.get(what)
    return None if found is None else str(_(found))


def clock(request: Request, now: datetime) -> tuple[str | None, str]:
    """Return the time that is left for a request, in words, and how urgent that is."""
    if not request.is_open:
        return None, ""
    if request.paused_at is not None:
        return str(_("The clock stands until you answer us.")), ""
    if request.due_at is None:
        return usually(request.kind), ""
    day = show_date(request.due_at)
    if request.is_overdue(now):
        return str(_("We should have answered by %(day)s. We are late.", day=day)), "late"
    left = str(_("We have until %(day)s.", day=day))
    urgency = "soon" if request.due_at - now < _AT_ONCE else ""
    if request.state is State.VERIFYING:
        return left, urgency
    return f"{left} {usually(request.kind)}", urgency
