"""What connections refuse."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Unavailable


class NoSuchConnection(Refused):
    """There is no such connection."""

    code: ClassVar[str] = "connections.no_such_connection"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list of connections; it may have been ended."


class NoSuchBrowser(Refused):
    """There is no such browser among yours."""

    code: ClassVar[str] = "connections.no_such_browser"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "It was removed already, or belongs to somebody else now."


class NoSuchAdapter(Refused):
    """Nothing here speaks with systems of this kind."""

    code: ClassVar[str] = "connections.no_such_adapter"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Ask for the list: candor connection adapters"


class BadConnection(Refused):
    """Something in this configuration is missing or makes no sense."""

    code: ClassVar[str] = "connections.bad_connection"
    default_hint: ClassVar[str] = "The message names the place; correct it and try again."


class BadMapping(Refused):
    """The mapping names something that is not declared, or may not go there."""

    code: ClassVar[str] = "connections.bad_mapping"
    default_hint: ClassVar[str] = "The message names the field; compare it with the catalogue."


class WrongState(Refused):
    """This connection is not in a state in which that can be done."""

    code: ClassVar[str] = "connections.wrong_state"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Load the page again: somebody or something changed it."


class VendorNotInForce(Refused):
    """The vendor's contract or a certificate has lapsed, or it was off-boarded."""

    code: ClassVar[str] = "connections.vendor_not_in_force"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Renew it in the vendor's record; then start the connection."


class BadSignature(Refused):
    """This message is not signed as it must be."""

    code: ClassVar[str] = "connections.bad_signature"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Compare the signing secret at both ends."


class TooOld(Refused):
    """This message says that it was sent too long ago, or in the future."""

    code: ClassVar[str] = "connections.too_old"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Set the sender's clock; send it again with a new time."


class BadMessage(Refused):
    """This message is not of the form that was agreed."""

    code: ClassVar[str] = "connections.bad_message"
    default_hint: ClassVar[str] = "Look at the sender's documentation for its form."


class Unreached(Unavailable):
    """The other system cannot be reached, does not answer in time, or is out of order.

    `after`: seconds until which it asked to be left alone; None: it did not say.
    """

    code: ClassVar[str] = "connections.unreached"
    default_hint: ClassVar[str] = "It is tried again by itself; look at the connection's page."

    def __init__(self, problem: str, after: float | None = None) -> None:
        """Take the code of what is wrong: `timeout`, `status_503`, `limited`, `bad_answer`."""
        super().__init__(f"The other system cannot be reached or is out of order: {problem}.")
        self.problem = problem
        self.after = after


class NotLetIn(Refused):
    """The other system does not accept what we prove ourselves with."""

    code: ClassVar[str] = "connections.not_let_in"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Put new credentials into the connection, then resume it."


class Withheld(Refused):
    """The gate said no: nothing may leave."""

    code: ClassVar[str] = "connections.withheld"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "The person's page says which choice it rests on."


class NoSuchFile(Refused):
    """There is no such file."""

    code: ClassVar[str] = "connections.no_such_file"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list of files on the connection's page."


class TermsChanged(Refused):
    """What was asked for is not what the connection says now."""

    code: ClassVar[str] = "connections.terms_changed"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Decline it, and have a new file asked for."
