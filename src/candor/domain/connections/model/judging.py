"""Whose word counts when both sides hold a person: the three-way comparison. Pure.

Each field is compared with what both sides last agreed on (the base). What the other side says as
it was agreed is an echo and no news, however late it comes. Of choices a no is taken as soon as it
is news; a yes is taken only with a time that is later than everything we know, over a connection
that may bring one; any other yes is put right there. So every order of changes, delays and losses
comes to the same, and never from a no to a yes without somebody having said so.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Judged(StrEnum):
    """What becomes of what the other side says about one choice."""

    ECHO = "echo"  # they say what was agreed
    SAME = "same"  # they changed to what stands here: agreed
    TAKE_NO = "take_no"
    TAKE_YES = "take_yes"
    REPAIR = "repair"  # theirs does not count: tell them ours again


@dataclass(frozen=True, slots=True)
class Ours:
    """What stands here about one choice: the answer, and when the person last said something."""

    answer: bool
    said_at: datetime | None


def judge_choice(
    ours: Ours,
    *,
    agreed: bool | None,
    theirs: bool,
    theirs_at: datetime | None,
    may_bring_yes: bool,
    is_said_again: bool = False,
) -> Judged:
    """Judge a yes or no of the other side.

    `agreed`: what both held when they last agreed; None: they never did. `theirs_at`: when it was
    chosen there; None: it does not know. A no without a time was made now, when it is news: a
    no that was made before the last yes here, and says so, loses to it. `is_said_again`: they say
    what was agreed, but chose it anew, later than that.
    """
    if agreed is not None and theirs == agreed and not is_said_again:
        return Judged.ECHO
    if theirs == ours.answer:
        return Judged.SAME
    if not theirs:
        is_older = (
            theirs_at is not None and ours.said_at is not None and theirs_at < ours.said_at
        )
        return Judged.REPAIR if is_older else Judged.TAKE_NO
    if not may_bring_yes or theirs_at is None:
        return Judged.REPAIR
    if ours.said_at is not None and theirs_at <= ours.said_at:
        return Judged.REPAIR
    return Judged.TAKE_YES
