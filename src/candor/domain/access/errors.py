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


class WrongAPIKey(Refused):
    """This key is not valid."""

    code: ClassVar[str] = "access.wrong_api_key"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Send a key as `Authorization: Bearer cdr_…`. Keys end: candor key api list"
    )


class MissingScope(Refused):
    """This key may not do that."""

    code: ClassVar[str] = "access.missing_scope"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class NoSuchAPIKey(Refused):
    """There is no such key, or it has ended."""

    code: ClassVar[str] = "access.no_such_api_key"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor key api list"


class KeyLastsTooLong(Refused):
    """A key lasts from one day to two years, and may do at least one thing."""

    code: ClassVar[str] = "access.key_lasts_too_long"


class ProofNeeded(Refused):
    """This needs a fresh proof that it is you."""

    code: ClassVar[str] = "access.proof_needed"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Confirm that it is you; then repeat what you did."


class CeremonyOver(Refused):
    """This sign-in has ended, took too long, or was begun in another browser."""

    code: ClassVar[str] = "access.ceremony_over"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "Begin again, in the browser in which you want to sign in."


class NoSuchProposal(Refused):
    """There is no such proposal."""

    code: ClassVar[str] = "access.no_such_proposal"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list of proposals."


class ProposalOver(Refused):
    """This proposal is decided already, or too old."""

    code: ClassVar[str] = "access.proposal_over"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "Nothing was changed. If it is still needed, propose it again."
    )


class OwnProposal(Refused):
    """Nobody decides on what they proposed themselves, or on what is about themselves."""

    code: ClassVar[str] = "access.own_proposal"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Ask a colleague who may decide to look at it."


class BadProposal(Refused):
    """This cannot be proposed like that."""

    code: ClassVar[str] = "access.bad_proposal"
    default_hint: ClassVar[str] = "Say what for in a sentence, and choose from what is offered."
