"""What can go wrong with a choice."""

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
