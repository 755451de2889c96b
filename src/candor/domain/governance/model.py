"""Vendors: who receives or provides data, under which contract, and whether they may now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class Transfer(StrEnum):
    """What lets data go to the country of a vendor (GDPR Chapter V)."""

    NONE = "none"
    INSIDE = "inside"  # it stays in the European Economic Area
    ADEQUACY = "adequacy"  # Art. 45
    CLAUSES = "clauses"  # Art. 46(2)(c): standard contractual clauses
    BINDING_RULES = "binding_rules"  # Art. 47
    DEROGATION = "derogation"  # Art. 49


# The European Economic Area, by ISO 3166-1: the 27 member states (Treaty on European Union Art. 52)
# and the EFTA states of the EEA Agreement, by whose Joint Committee Decision 154/2018 the GDPR
# applies in them; and the United Kingdom, for which the Commission decided on adequacy
# (Implementing Decision (EU) 2021/1772). Read 2026-11-22.
FREE: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
        *("IS", "LI", "NO"),
        "GB",
    }
)
# A contract says for these that data may go further; the others say that it need not.
_ABROAD: Final = frozenset(
    {Transfer.ADEQUACY, Transfer.CLAUSES, Transfer.BINDING_RULES, Transfer.DEROGATION}
)


class Trouble(StrEnum):
    """Why nothing may go to a vendor."""

    ENDED = "ended"
    NO_CONTRACT = "no_contract"
    CONTRACT_LAPSED = "contract_lapsed"
    CERTIFICATE_LAPSED = "certificate_lapsed"
    TRANSFER_MISSING = "transfer_missing"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What proves how a vendor keeps data. A required one stops the flow when it lapses."""

    name: str
    valid_until: date
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor. Fields as the columns of `governance.vendor` say."""

    vendor_id: UUID
    code: str
    name: str
    country: str
    transfer: Transfer
    contact: str
    contract: str
    contract_until: date | None
    added_by: str
    added_at: datetime
    ended_at: datetime | None
    certificates: Sequence[Certificate] = field(default=())

    def trouble(self, today: date) -> Trouble | None:
        """Return why nothing may go to it on a day, the gravest reason; None: it may.

        The last day of a contract or certificate is one on which it still runs.
        """
        if self.ended_at is not None:
            return Trouble.ENDED
        if not self.contract:
            return Trouble.NO_CONTRACT
        if self.contract_until is not None and self.contract_until < today:
            return Trouble.CONTRACT_LAPSED
        if any(one.is_required and one.valid_until < today for one in self.certificates):
            return Trouble.CERTIFICATE_LAPSED
        if self.country not in FREE and self.transfer not in _ABROAD:
            return Trouble.TRANSFER_MISSING
        return None

    def lapses(self) -> date | None:
        """Return the last day on which nothing of what it rests on has lapsed; None: no end."""
        days = [one.valid_until for one in self.certificates if one.is_required]
        if self.contract_until is not None:
            days.append(self.contract_until)
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A vendor's record as somebody wants it."""

    name: str
    country: str
    transfer: Transfer = Transfer.NONE
    contact: str = ""
    contract: str = ""  # where it is filed
    contract_until: date | None = None
