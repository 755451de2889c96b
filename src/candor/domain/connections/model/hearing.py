"""What becomes of what another system says about a person whom we know. Pure.

Each field is compared with its base, the keyed hash of what both sides last agreed on. What was
weighed becomes the new base, whatever came of it: it is what the other side holds. So the same
word again is an echo, and whatever stands here otherwise is a difference that a delivery puts
right.

A system that names no times and is read in pages may show a record as it was before our last
write. Such a word is not believed (`is_late`): the base is forgotten, so that the next delivery
asks there under its condition, and hears what really stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from candor.domain.connections.model.connection import Connection, Field
from candor.domain.connections.model.judging import Judged, Ours, judge_choice
from candor.domain.connections.model.talk import Heard, Value
from candor.kernel.pii import Pii

Mark = Callable[[str, "Pii[Value] | Value"], str]  # of a value in a field there


class Outcome(StrEnum):
    """What became of what was heard, as it is counted."""

    TAKEN = "taken"
    ECHO = "echo"
    REPAIRED = "repaired"  # theirs does not count; they are told ours
    STALE = "stale"  # it may be older than what they acknowledged since
    REMOVED = "removed"
    UNKNOWN = "unknown"
    ERASED = "erased"
    REFUSED = "refused"
    AGAIN = "again"
    BAD_SIGNATURE = "bad_signature"
    TOO_OLD = "too_old"
    BAD_MESSAGE = "bad_message"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands here about one choice.

    `answer`: what is allowed now. `is_no`: the person said no themselves. `can_refuse`: a no
    counts; not where a contract or the law is the reason. `may_bring_yes`: this connection may
    bring a yes to it. `is_withheld`: it would be a yes, were it not for a restriction or the like.
    """

    answer: bool
    is_no: bool
    said_at: datetime | None
    can_refuse: bool = True
    may_bring_yes: bool = False
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A choice that was heard, and counts: ours now too."""

    field: Field
    answer: bool
    decided_at: datetime


@dataclass(slots=True)
class Weighed:
    """What becomes of one heard person.

    `base`: new marks by the names there; None: forgotten. `facts`: news to be said at the door.
    `outcomes`: one for each field. `is_due`: what stands here may differ now from what they hold;
    `is_mind`: about a choice.
    """

    base: dict[str, str | None] = field(default_factory=dict[str, str | None])
    facts: list[tuple[Field, Pii[Value]]] = field(
        default_factory=list[tuple[Field, Pii[Value]]]
    )
    choices: list[Said] = field(default_factory=list[Said])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    is_due: bool = False
    is_mind: bool = False


def is_late(told_at: datetime | None, read_at: datetime | None) -> bool:
    """Tell whether a record was being read while the other side acknowledged something of ours.

    `read_at`: when reading it began, by our clock; None: it is no page that was read.
    """
    return read_at is not None and told_at is not None and told_at >= read_at


def is_known(
    connection: Connection, heard: Heard, base: Mapping[str, str], *weighed: Weighed
) -> bool:
    """Tell whether hearing the very same again would come to nothing.

    So it is when it came to nothing now, and both sides agree on all that was said: what a reader
    with an overlap reads again need not be weighed again. It holds as long as nothing was told
    there, and nothing else was heard from there, since: whoever keeps this forgets it then.
    """
    if any(one.is_due or set(one.outcomes) - {Outcome.ECHO} for one in weighed):
        return False
    if heard.is_removed or (heard.signals and not (heard.signalled_at or heard.changed_at)):
        return False
    mapped = {one.there for one in connection.mapping if not one.is_key}
    return mapped & {*heard.facts, *heard.choices} <= base.keys()


def weigh_facts(
    connection: Connection,
    heard: Heard,
    base: Mapping[str, str],
    mark: Mark,
    *,
    is_late: bool = False,
) -> Weighed:
    """Weigh facts against the base: news are said at the door, where survivorship decides.

    A field that does not come in from there, or was emptied there, is put right.
    """
    weighed = Weighed()
    for one in connection.mapping:
        if one.is_choice or one.is_key or one.there not in heard.facts:
            continue
        value = heard.facts[one.there]
        fresh = mark(one.there, value)
        if base.get(one.there) == fresh:
            weighed.outcomes.append(Outcome.ECHO)
            continue
        weighed.is_due = True
        if is_late and heard.changed_at is None:
            weighed.base[one.there] = None
            weighed.outcomes.append(Outcome.STALE)
            continue
        weighed.base[one.there] = fresh
        if one.is_in and fresh != mark(one.there, None):
            weighed.facts.append((one, value))
            weighed.outcomes.append(Outcome.TAKEN)
        else:
            weighed.outcomes.append(Outcome.REPAIRED)
    return weighed


def weigh_choices(
    connection: Connection,
    heard: Heard,
    base: Mapping[str, str],
    mark: Mark,
    standing: Mapping[str, Standing],
    *,
    now: datetime,
    told_at: datetime | None = None,
    refused: Mapping[str, datetime] = MappingProxyType({}),
    is_late: bool = False,
    is_compared: bool = False,
    unsure: frozenset[str] = frozenset(),
    tried: frozenset[str] = frozenset(),
) -> Weighed:
    """Weigh choices: a no that is news is taken; a yes only with a later time of its own.

    A no is taken for every choice that is mapped, also one that only goes out: nothing may write
    over it. `standing`: by the name there; a choice that is missing is not declared any more.
    `told_at`: when they last acknowledged something; `refused`: a no of ours, by the name there.
    `is_compared`: this is how the record stands there, and nothing is on its way: so what differs
    is put right even where it was agreed. `unsure`: fields that were sent since we last heard, and
    not acknowledged: what both hold of them is not known, and nothing about them is an echo.
    `tried`: fields that were sent at all and not acknowledged: a yes there may be our own.
    """
    weighed = Weighed()
    for one in connection.mapping:
        if one.there not in heard.choices or one.there not in standing:
            continue
        if not one.is_choice:
            continue
        theirs, ours = heard.choices[one.there], standing[one.there]
        known = None if one.there in unsure else base.get(one.there)
        agreed = _agreed(known, one.there, mark)
        theirs_at = _chosen_at(heard, one.there, is_yes=theirs)
        if is_late and theirs_at is None and theirs != agreed:
            weighed.base[one.there] = None
            weighed.is_due = weighed.is_mind = True
            weighed.outcomes.append(Outcome.STALE)
            continue
        known_until = told_at if theirs else refused.get(one.there)
        counts = _counts(heard, one.there, ours, known_until)
        # What is no now without a no of the person: a restriction, a contract, a pause. A no there
        # that we did not bring is theirs all the same.
        is_open = ours.is_withheld and (agreed is None or counts)
        answer = ours.answer or is_open or (agreed is True and not ours.is_no)
        judged = judge_choice(
            Ours(answer, ours.said_at),
            agreed=agreed,
            theirs=theirs,
            theirs_at=theirs_at,
            may_bring_yes=ours.may_bring_yes and counts and one.there not in tried,
            is_said_again=counts,
        )
        if judged is Judged.TAKE_NO and not ours.can_refuse:
            judged = Judged.REPAIR
        weighed.base[one.there] = mark(one.there, theirs)
        differs = is_compared and judged is Judged.ECHO and theirs != ours.answer
        weighed.outcomes.append(Outcome.REPAIRED if differs else _OUTCOMES[judged])
        if judged in {Judged.TAKE_NO, Judged.TAKE_YES}:
            at = _decided_at(theirs_at, ours, now, is_yes=theirs)
            weighed.choices.append(Said(one, theirs, at))
        # Said again as it was agreed, and as it stands here: nothing is to be told.
        is_known = judged is Judged.ECHO or (judged is Judged.SAME and theirs == agreed)
        if differs or not is_known:
            weighed.is_due = weighed.is_mind = True
    return weighed


_OUTCOMES = {
    Judged.ECHO: Outcome.ECHO,
    Judged.SAME: Outcome.ECHO,
    Judged.TAKE_NO: Outcome.TAKEN,
    Judged.TAKE_YES: Outcome.TAKEN,
    Judged.REPAIR: Outcome.REPAIRED,
}


def _counts(heard: Heard, there: str, ours: Standing, told_at: datetime | None) -> bool:
    """Tell whether a choice was made there, by its own time, after all that we know of.

    It must be younger than the last that they were told, too: the time of a record may be when it
    was written, and the writer may have been us. A no can only be ours if we told them a no.
    """
    at = heard.chosen_at.get(there)
    if at is None or (ours.said_at is not None and at <= ours.said_at):
        return False
    return told_at is None or at > told_at


def _agreed(known: str | None, there: str, mark: Mark) -> bool | None:
    """Return what both last agreed on about a choice; None: nothing that we know."""
    if known is None:
        return None
    return {mark(there, True): True, mark(there, False): False}.get(known)  # noqa: FBT003


def _chosen_at(heard: Heard, there: str, *, is_yes: bool) -> datetime | None:
    """Return when a choice was made there, as it may count.

    A record that was last changed at an instant holds a no that is no younger than that. Of a yes
    this would prove nothing: it may be far older.
    """
    known = heard.chosen_at.get(there)
    return known if known is not None or is_yes else heard.changed_at


def _decided_at(
    theirs_at: datetime | None, ours: Standing, now: datetime, *, is_yes: bool
) -> datetime:
    """Return when a choice counts as made: never later than now, and a no beats what it ends."""
    at = now if theirs_at is None else min(theirs_at, now)
    if is_yes or ours.said_at is None:
        return at
    return max(at, ours.said_at)
