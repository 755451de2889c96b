"""Double opt-in: a yes that waits until the owner of the address has pressed a button.

Whoever types an address into a form need not be the one who reads what arrives there. A yes that
comes from such a place is kept as a question; it becomes a choice when it is confirmed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.catalogue.model import Purpose

LASTS: Final = timedelta(days=7)
RESEND_AFTER: Final = timedelta(minutes=10)
MAILS_A_DAY: Final = 5  # to one person
DAY: Final = timedelta(days=1)
SURFACE: Final = "confirm"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be confirmed: a purpose, and the words that were shown when it was asked for."""

    purpose_id: int
    edition: int
    notice: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question to one person, without its token."""

    profile_id: UUID
    confirmation_id: UUID
    choices: str  # JSON: a list of `Wanted`
    locale: str
    surface: str
    source_id: int | None
    asked_at: datetime
    expires_at: datetime
    mails: int
    mailed_at: datetime
    sent_at: datetime | None
    confirmed_at: datetime | None

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Return what a press of the button allows."""
        return msgspec.json.decode(self.choices, type=tuple[Wanted, ...])

    def is_open(self, now: datetime) -> bool:
        """Tell whether it can still be confirmed."""
        return self.confirmed_at is None and now < self.expires_at


class ConfirmedBy(msgspec.Struct, frozen=True):
    """What proves a confirmed choice: the question, when and where it was asked."""

    confirmation: UUID
    asked_at: datetime
    asked_on: str  # surface


def needs_confirmation(purpose: Purpose, *, is_proven: bool) -> bool:
    """Tell whether a yes to a purpose has to wait for its confirmation.

    Args:
        purpose: as it is declared.
        is_proven: whoever says it has shown that the address is theirs: they are signed in, or
            the source vouches for them. Unknown is not proven.
    """
    return purpose.confirm and not is_proven
