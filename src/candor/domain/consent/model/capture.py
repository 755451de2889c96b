"""Choices that people made on paper or on the telephone, and that somebody writes down for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.consent.model.choice import Choice

OLDEST: Final = timedelta(
    days=3653
)  # ten years: what is older proves nothing that still counts
_FORM: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


class Means(StrEnum):
    """How the choice was made. The value is the surface of its record."""

    PAPER = "paper"
    CALL_CENTRE = "call_centre"


class Fault(StrEnum):
    """What is wrong with a captured choice."""

    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    NO_FORM = "no_form"  # a paper without a number that finds it again
    BAD_FORM = "bad_form"
    NO_WITNESS = "no_witness"  # a call that nobody heard
    OTHER_WORDS = "other_words"  # the notice is about another purpose
    MINOR = "minor"  # only a guardian says yes for a minor
    NOT_GUARDIAN = "not_guardian"  # who said it for them might not, at that hour


@dataclass(frozen=True, slots=True)
class Captured:
    """What somebody writes down: who said it to whom, when, and under which words."""

    choice: Choice
    means: Means
    decided_at: datetime
    notice_id: str
    form: str = ""  # number of the paper
    witness: str = ""  # handle of the colleague who was there
    guardian_id: UUID | None = None  # who said it for a minor; None: they themselves


class Witnessed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What proves a captured choice: codes, no free text."""

    form: str = ""
    witness: str = ""


def faults(captured: Captured, colleagues: Sequence[str], now: datetime) -> tuple[Fault, ...]:
    """Return what is wrong with a captured choice by itself; empty when nothing is."""
    found: list[Fault] = []
    if captured.decided_at > now:
        found.append(Fault.IN_THE_FUTURE)
    if captured.decided_at < now - OLDEST:
        found.append(Fault.TOO_OLD)
    if captured.means is Means.PAPER and not captured.form:
        found.append(Fault.NO_FORM)
    elif captured.form and not _FORM.fullmatch(captured.form):
        found.append(Fault.BAD_FORM)
    needs_witness = captured.means is Means.CALL_CENTRE or bool(captured.witness)
    if needs_witness and captured.witness not in colleagues:
        found.append(Fault.NO_WITNESS)
    return tuple(found)
