"""Letters about signing in: to whom, from whom, what they say."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from candor.kernel.pii import Pii


@dataclass(frozen=True, slots=True)
class Addressee:
    """A customer to write to, opened for this letter alone."""

    bearer_id: UUID
    subject: bytes | None  # their pseudonym in the audit log
    address: Pii[str]
    locale: str | None  # None: we do not know their language


@dataclass(frozen=True, slots=True)
class Sender:
    """The company, as its letters name it."""

    company: str
    legal_name: str  # who answers for the letter
    address: str  # postal; empty when it is not declared
    contact: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class CodeMail:
    """Mail `access/mail/sign_in_code`: the code and the link that somebody asked for."""

    sender: Sender
    is_proof: bool  # they are signed in, and prove again that it is them
    code: str  # in two halves
    url: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ComingBackMail:
    """Mail `access/mail/coming_back`: the code for whoever was erased and wants to be known."""

    sender: Sender
    code: str  # in two halves
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewDeviceMail:
    """Mail `access/mail/new_device`: somebody signed in from a device that is new to us."""

    sender: Sender
    device: str  # "Firefox, Linux"; empty when the browser did not say
    at: datetime
    url: str  # "that was not me"
    works_until: datetime


@dataclass(frozen=True, slots=True)
class PasskeyMail:
    """Mail `access/mail/passkey`: a passkey was added to somebody's page, or removed."""

    sender: Sender
    is_added: bool
    at: datetime
    url: str  # the list of passkeys
