"""Why somebody may not enter. The texts do not tell whether a thing exists."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class NotSignedIn(Refused):
    """You are not signed in."""

    code: ClassVar[str] = "access.not_signed_in"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class NotPermitted(Refused):
    """Your role does not include this."""

    code: ClassVar[str] = "access.not_permitted"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Ask an administrator if your work needs it."


class LinkSpent(Refused):
    """This sign-in link has been used or has run out."""

    code: ClassVar[str] = "access.link_spent"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "Ask for a new one."


class WrongKey(Refused):
    """This write key is not valid."""

    code: ClassVar[str] = "access.wrong_key"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Send the source's write key as the user name of HTTP Basic."
