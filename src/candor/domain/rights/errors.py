"""What rights refuse."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class NoSuchRequest(Refused):
    """There is no such request."""

    code: ClassVar[str] = "rights.no_such_request"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list of requests; it may have been swept."


class WrongMove(Refused):
    """This request is not at a point where that can be done."""

    code: ClassVar[str] = "rights.wrong_move"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Load the page again: somebody or something moved it on."


class NotProved(Refused):
    """Nobody has proved yet that this comes from the person it is about."""

    code: ClassVar[str] = "rights.not_proved"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Send a link to their address, or compare what they tell you."


class ProofFailed(Refused):
    """That does not prove it."""

    code: ClassVar[str] = "rights.proof_failed"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Check what was typed; after five wrong proofs none is taken."


class TooManyProofs(Refused):
    """No more proofs are taken for this request: five were wrong."""

    code: ClassVar[str] = "rights.too_many_proofs"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "Sign in to your page and ask there, or write to us."


class UnknownGround(Refused):
    """This is no ground that the law knows for it."""

    code: ClassVar[str] = "rights.unknown_ground"
    default_hint: ClassVar[str] = "Choose one of the grounds in the list."


class NotExtendable(Refused):
    """This law gives no more time for it, or the time was extended already."""

    code: ClassVar[str] = "rights.not_extendable"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Answer it, or refuse it with a ground."


class UnknownRight(Refused):
    """This law knows no such right."""

    code: ClassVar[str] = "rights.unknown_right"
    default_hint: ClassVar[str] = "Choose another right, or say which law protects the person."


class Held(Refused):
    """Something must be kept because of a hold."""

    code: ClassVar[str] = "rights.held"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "Lift the hold when its ground is gone; the request goes on by itself."
    )


class TooManyRequests(Refused):
    """You asked for a great deal today."""

    code: ClassVar[str] = "rights.too_many_requests"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "What you asked for before is under way. Try again tomorrow."


class NoSuchTask(Refused):
    """There is no such task, or it is over."""

    code: ClassVar[str] = "rights.no_such_task"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Load the page again."


class NotPausable(Refused):
    """This law does not let the clock stand for that."""

    code: ClassVar[str] = "rights.not_pausable"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Extend the request, where the law allows it."


class AgentRefused(Refused):
    """This agent may not ask here, or did not prove that it is who it says."""

    code: ClassVar[str] = "rights.agent_refused"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "See who may ask: candor agent list"


class NotTheirsAlone(Refused):
    """The person said yes to this request, or others asked for the same: it is not taken back."""

    code: ClassVar[str] = "rights.not_theirs_alone"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "The person takes it back themselves, on their own page."


class NoSuchAgent(Refused):
    """There is no such agent, or it was ended before."""

    code: ClassVar[str] = "rights.no_such_agent"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See who may ask: candor agent list"


class BadDirectory(Refused):
    """This is no directory of agents."""

    code: ClassVar[str] = "rights.bad_directory"
    default_hint: ClassVar[str] = (
        'JSON: one agent, or a list of them, each with "id", "name" and "verify_key".'
    )


class NoSuchDownstream(Refused):
    """There is no such system, or it was ended before."""

    code: ClassVar[str] = "rights.no_such_downstream"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Load the list of systems again."


class BadDownstream(Refused):
    """A system cannot be told like this."""

    code: ClassVar[str] = "rights.bad_downstream"
    default_hint: ClassVar[str] = (
        "Name it as no other is named; by OpenDSR it needs an https address, a domain, the"
        " certificate that it signs with, and kinds of identifiers that it knows."
    )


class SentAnother(Refused):
    """This id was sent before, with another content."""

    code: ClassVar[str] = "rights.sent_another"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "Give each request an id of its own; repeat one only unchanged."
    )


class NotAMail(Refused):
    """This cannot be read as a mail from one person."""

    code: ClassVar[str] = "rights.not_a_mail"
    default_hint: ClassVar[str] = "RFC 5322, with one address in From, 1 MiB at most."


class UnknownDecision(Refused):
    """No such decision by machine is declared."""

    code: ClassVar[str] = "rights.unknown_decision"
    default_hint: ClassVar[str] = "Declare it in the catalogue: [decision.NAME]."


class UnknownOutcome(Refused):
    """This decision cannot come out so, or the outcome is the same as before."""

    code: ClassVar[str] = "rights.unknown_outcome"
    default_hint: ClassVar[str] = "Write one of the outcomes that the catalogue declares."


class UndeclaredInput(Refused):
    """A decision may rest only on what is declared for it."""

    code: ClassVar[str] = "rights.undeclared_input"
    default_hint: ClassVar[str] = "Send the inputs that the catalogue declares, and no other."


class ByPeopleOnly(Refused):
    """This person wants no machine to decide about it alone: let somebody decide."""

    code: ClassVar[str] = "rights.by_people_only"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Have one of your people decide; nothing was recorded."


class MayNotDecide(Refused):
    """What the decision is for is not allowed with this person now."""

    code: ClassVar[str] = "rights.may_not_decide"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Ask the gate why: its answer names the reason."


class DecidedDifferently(Refused):
    """A decision with this id is kept already, and says something else."""

    code: ClassVar[str] = "rights.decided_differently"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Give each decision an id of its own; a retry repeats it all."


class NoSuchDecision(Refused):
    """There is no such decision about this person."""

    code: ClassVar[str] = "rights.no_such_decision"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list of decisions; its time may be over."


class NeedsHuman(Refused):
    """Only somebody who did not take the decision can look at it again (GDPR Art. 22(3))."""

    code: ClassVar[str] = "rights.needs_human"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Let another member of staff review it."


class BadHold(Refused):
    """Such a hold cannot be placed."""

    code: ClassVar[str] = "rights.bad_hold"
    default_hint: ClassVar[str] = (
        "Choose a ground, give the number of the case without free text, and a day to look "
        "at it again; nobody who was erased can be held."
    )


class NoSuchHold(Refused):
    """There is no such hold, or it was lifted already."""

    code: ClassVar[str] = "rights.no_such_hold"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class ArchiveOver(Refused):
    """This archive could be downloaded for two weeks, and they are over."""

    code: ClassVar[str] = "rights.archive_over"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "Ask for your data again; it takes a moment."


class TooManyDownloads(Refused):
    """This archive was downloaded as often as it may be."""

    code: ClassVar[str] = "rights.too_many_downloads"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "Ask for your data again; and look who downloaded it."


class NoSuchSweep(Refused):
    """There is no such sweep."""

    code: ClassVar[str] = "rights.no_such_sweep"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See those there are: candor retention list"
