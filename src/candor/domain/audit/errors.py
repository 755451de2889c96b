"""What can be wrong with the log, or with a question about its proof."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Tampered


class NoSuchEntry(Refused):
    """There is no such entry."""

    code: ClassVar[str] = "audit.no_such_entry"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NotSealedYet(Refused):
    """This entry is not under a checkpoint yet."""

    code: ClassVar[str] = "audit.not_sealed_yet"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "A checkpoint is signed every minute: try again after that."


class NoSuchCheckpoint(Refused):
    """There is no checkpoint of this size."""

    code: ClassVar[str] = "audit.no_such_checkpoint"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Take the sizes from checkpoints, the smaller one first."


class BadCheckpoint(Refused):
    """This is no checkpoint of this log."""

    code: ClassVar[str] = "audit.bad_checkpoint"
    default_hint: ClassVar[str] = "Ask for a fresh copy from where it came from."


class BadProof(Refused):
    """This file does not prove that an entry stands in the log."""

    code: ClassVar[str] = "audit.bad_proof"
    default_hint: ClassVar[str] = "Ask for a fresh copy from where it came from."


class Rewritten(Tampered):
    """The log is not the one that was signed before. No checkpoint is signed any more."""

    code: ClassVar[str] = "audit.rewritten"
    default_hint: ClassVar[str] = (
        "Treat it as an incident. What was changed is told by: candor audit verify"
    )
