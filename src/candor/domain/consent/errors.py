"""What can go wrong with a choice."""

from collections.abc import Sequence
from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class LinkInvalid(Refused):
    """This link is not one of ours, or a part of it is missing."""

    code: ClassVar[str] = "consent.link_invalid"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = (
        "Open the link in the message itself, or choose on your own page."
    )


class LinkSpent(Refused):
    """This link has run out."""

    code: ClassVar[str] = "consent.link_spent"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = (
        "Choose on your own page: there every choice is open at any time."
    )


class ConfirmationSpent(Refused):
    """This link no longer works."""

    code: ClassVar[str] = "consent.confirmation_spent"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "Ask again where you asked first, and a new mail will come."


class BadCapture(Refused):
    """A choice that is written down for somebody says how, when, and who was there."""

    code: ClassVar[str] = "consent.bad_capture"

    def __init__(self, faults: Sequence[str] = ()) -> None:
        """Take what is wrong, as codes."""
        super().__init__(hint="What is wrong: " + (", ".join(faults) or "the purpose") + ".")
        self.faults = tuple(faults)


class NotGuardian(Refused):
    """You may not choose for this person."""

    code: ClassVar[str] = "consent.not_guardian"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "A colleague has to write down first whose guardian somebody is."
    )


class BadProof(Refused):
    """The proof is the number of a paper or a case: letters, digits and . _ : / - only."""

    code: ClassVar[str] = "consent.bad_proof"


class NoSuchNotice(Refused):
    """We never showed these words."""

    code: ClassVar[str] = "consent.no_such_notice"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = (
        "Take the id of a notice from a record, a receipt, or the list of purposes."
    )


class NoSuchChoice(Refused):
    """There is no such choice of yours."""

    code: ClassVar[str] = "consent.no_such_choice"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Take the id of a choice from the history of the same person."


class Unreadable(Refused):
    """This signal cannot be understood, so it counts as a no."""

    code: ClassVar[str] = "consent.unreadable_signal"
    default_hint: ClassVar[str] = (
        "Send the string as the consent platform made it, whole and unchanged."
    )

    def __init__(self, reason: str) -> None:
        """Take what is wrong with it, as a word that is counted."""
        super().__init__(hint=f"{self.default_hint} What is wrong: {reason}.")
        self.reason = reason
