"""Why somebody may not enter. The texts do not tell whether a thing exists."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from candor.kernel.errors import Kind, Refused, Tampered, Unavailable


class PasskeyDoubt(StrEnum):
    """Why an answer was refused, for the audit log; from outside all look the same."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown_passkey"
    SOMEBODY_ELSES = "somebody_elses_passkey"
    NOT_VERIFIED = "answer_not_verified"
    COUNTER = "counter_fell"
    GONE = "bearer_gone"
    TAKEN = "passkey_taken"


class ProviderDoubt(StrEnum):
    """Why an answer of the provider was refused, for the audit log."""

    SAID_NO = "provider_said_no"
    STATE = "state_of_another_browser"
    ISSUER = "another_issuer"
    METADATA = "metadata_not_usable"
    CODE = "code_not_taken"
    TOKEN = "token_not_valid"  # noqa: S105 - the name of a reason
    NOT_FRESH = "sign_in_not_fresh"
    SOMEBODY_ELSE = "somebody_else"
    TAKEN = "connected_to_somebody_else"
    NOT_BOUND = "not_bound"
    GONE = "bearer_gone"


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


class PasskeyRefused(Refused):
    """This passkey does not open this page."""

    code: ClassVar[str] = "access.passkey_refused"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Begin again with a passkey that you added here, or come in another way."
    )

    def __init__(self, doubt: PasskeyDoubt, bearer_id: UUID | None = None) -> None:
        """Take why, and whose passkey it was: for the audit log, never for who asks."""
        super().__init__()
        self.doubt = doubt
        self.bearer_id = bearer_id


class NoSuchPasskey(Refused):
    """There is no such passkey here."""

    code: ClassVar[str] = "access.no_such_passkey"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Load the page again to see the passkeys that there are."


class TooManyPasskeys(Refused):
    """Nobody may have more than ten passkeys here."""

    code: ClassVar[str] = "access.too_many_passkeys"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Remove one that you no longer use; then add the new one."


class LastFactor(Refused):
    """This is the last way in that you have, so it stays."""

    code: ClassVar[str] = "access.last_factor"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "First add another passkey, or a password together with an app's codes."
    )


class NoProvider(Refused):
    """No identity provider is set up here."""

    code: ClassVar[str] = "access.no_provider"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Come in another way, or ask whoever runs Candor."


class ProviderRefused(Refused):
    """What the identity provider answered cannot be relied on, so nobody was signed in."""

    code: ClassVar[str] = "access.provider_refused"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Begin again. If it happens again, tell whoever runs Candor when it was."
    )

    def __init__(self, doubt: ProviderDoubt) -> None:
        """Take why: for the audit log, never for who asks."""
        super().__init__()
        self.doubt = doubt


class NotBound(Refused):
    """The identity provider knows you, but nobody has let you in here yet."""

    code: ClassVar[str] = "access.not_bound"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Sign in once as you did until now and connect the two under Your sign-in, or ask an "
        "administrator for an invitation."
    )


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
    """Nobody decides on their own proposal, one about themselves, or of whom they let in."""

    code: ClassVar[str] = "access.own_proposal"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Ask a colleague who may decide to look at it."


class BadProposal(Refused):
    """This cannot be proposed like that."""

    code: ClassVar[str] = "access.bad_proposal"
    default_hint: ClassVar[str] = "Say what for in a sentence, and choose from what is offered."


class PasswordRefused(Refused):
    """This password is not good enough."""

    code: ClassVar[str] = "access.password_refused"


class SignInBusy(Unavailable):
    """Too many people sign in at this very moment."""

    code: ClassVar[str] = "access.sign_in_busy"


class FactorTampered(Tampered):
    """The seed of an authenticator app is not what was kept for its owner."""

    code: ClassVar[str] = "access.factor_tampered"


class InvitationSpent(Refused):
    """This invitation has been used or has run out."""

    code: ClassVar[str] = "access.invitation_spent"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "Ask an administrator to invite you again."


class NoSuchStaff(Refused):
    """There is no such member of staff."""

    code: ClassVar[str] = "access.no_such_staff"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor staff list"


class StaffTaken(Refused):
    """Somebody has this handle or this address already."""

    code: ClassVar[str] = "access.staff_taken"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "Choose another. Those who left keep theirs: the log names them."
    )


class BadStaff(Refused):
    """Handle, name or address cannot be right."""

    code: ClassVar[str] = "access.bad_staff"
    default_hint: ClassVar[str] = (
        "A handle is 2 to 32 small letters, digits, dots and dashes; a name 1 to 80 signs; "
        "the address is one that mail reaches."
    )


class OwnAccount(Refused):
    """Nobody does this to their own account."""

    code: ClassVar[str] = "access.own_account"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Ask a colleague who manages staff."


class LastAdministrator(Refused):
    """This is the last administrator who can sign in."""

    code: ClassVar[str] = "access.last_administrator"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Invite another administrator first."


class TooManyPeople(Refused):
    """You have opened as many people in this hour as ordinary work needs."""

    code: ClassVar[str] = "access.too_many_people"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = (
        "Wait a little. If a task needs more, ask for it under Security, Four eyes; "
        "a colleague has to approve."
    )
