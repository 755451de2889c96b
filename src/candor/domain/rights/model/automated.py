"""Decisions that a machine took alone about somebody, and what a human made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from candor.domain.catalogue.model import MachineDecision
from candor.kernel.pii import Pii

ALL: Final = "*"  # the code of everything, where somebody wants no machine at all


class Verdict(StrEnum):
    """What a human made of a decision."""

    UPHELD = "upheld"
    CHANGED = "changed"
    ANNULLED = "annulled"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it is kept. Fields as the columns of `rights.automated_decision` say."""

    profile_id: UUID
    decision_id: UUID
    code: str
    edition: int
    outcome: str
    sealed: bytes
    source: str
    decided_at: datetime
    recorded_at: datetime
    contested_by: UUID | None
    verdict: str | None
    new_outcome: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None

    @property
    def stands(self) -> str | None:
        """Return what holds now: the outcome, the one put in its place, nothing."""
        match self.verdict:
            case Verdict.CHANGED:
                return self.new_outcome
            case Verdict.ANNULLED:
                return None
            case _:
                return self.outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on its way in. Inputs are by declared name, and personal."""

    decision_id: UUID
    code: str
    outcome: str
    inputs: Mapping[str, Pii[Any]]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with what it rests on, for the person.

    `declared` is the declaration of the edition that decided; None: it is in no catalogue of ours.
    """

    decision: Decision
    inputs: Mapping[str, Pii[Any]]
    declared: MachineDecision | None


@dataclass(frozen=True, slots=True)
class MayDecide:
    """Whether a machine may decide about somebody, and the code of why not."""

    allowed: bool
    reason: str
