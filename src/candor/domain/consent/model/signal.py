"""Signals: choices that a machine passes on, and what each of them says. Pure.

A signal is never more than its string proves: what cannot be read, is not known, or breaks the
rules of its framework says no to every purpose that it could have spoken about. Only a TCF string
that says so bit by bit is a yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model import gpp, tcf
from candor.domain.consent.model.gpp import (
    Section,
    TcfSection,
    UnknownSection,
    UspSection,
    UsSection,
)
from candor.domain.consent.model.tcf import TCString
from candor.kernel.ids import ProfileId

_OPT_OUTS: Final = ("SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut")
_CHILDREN: Final = "KnownChildSensitiveDataConsents"
_REMEMBERED: Final = 1_024  # strings; many events of one person carry the same
_DAY: Final = timedelta(days=1)
_REST_OF_DAY: Final = _DAY - timedelta(microseconds=1)
_MIDNIGHT: Final = time()


class SignalKind(StrEnum):
    """What was signalled."""

    GPC = "gpc"  # Global Privacy Control: do not sell or share
    TCF = "tcf"  # IAB Transparency and Consent Framework
    GPP = "gpp"  # IAB Global Privacy Platform
    STOP = "stop"  # the answer STOP to a message
    START = "start"
    UNSUBSCRIBE = "unsubscribe"  # one click in a message (RFC 8058)
    COMPLAINT = "complaint"  # marked as spam
    BOUNCE = "bounce"  # the address takes nothing
    REACHABLE = "reachable"  # it does again


_STRINGS: Final = frozenset({SignalKind.TCF, SignalKind.GPP})
ABOUT_PURPOSES: Final = frozenset({SignalKind.GPC, *_STRINGS})  # all others are about a channel


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal on its way in.

    `decided_at` is when it was sent. Those about a channel name it; TCF and GPP bring their
    string. The same `signal_id` again is the same signal.
    """

    signal_id: UUID
    via: ProfileId
    kind: SignalKind
    decided_at: datetime
    surface: str
    source_id: int | None = None
    channel_id: int | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal that was heard, as it stands in the history of one profile.

    `value` is the string as it came, or the fingerprint of one that could not be read.
    """

    profile_id: UUID
    signal_id: UUID
    via_profile_id: UUID
    kind: str
    channel_id: int | None
    value: str | None
    is_readable: bool
    decided_at: datetime
    recorded_at: datetime
    surface: str
    source_id: int | None


class Spoken(Protocol):
    """The purposes that signals speak about, by their bit; a `Policy` is one."""

    @property
    def sale(self) -> frozenset[int]:
        """Return the purposes that are sale, sharing or cross-context advertising."""
        ...

    @property
    def tcf(self) -> Mapping[int, frozenset[int]]:
        """Return the TCF purposes that each purpose is made up of."""
        ...


@dataclass(frozen=True, slots=True)
class Says:
    """What a signal says about one purpose, and when it says that this was chosen, if it does."""

    is_yes: bool
    since: datetime | None = None

    def time(self, sent_at: datetime) -> datetime:
        """Return when the choice was made, as it counts.

        Strings name no more than a day. A yes counts from the first instant of it, a no from the
        last: a string that is sent again never beats what the person said meanwhile.
        """
        if self.since is None:
            return sent_at
        is_day = self.since.time() == _MIDNIGHT and not self.is_yes
        return min(self.since + _REST_OF_DAY if is_day else self.since, sent_at)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a signal says, by purpose. `reason` tells why it could not be read."""

    choices: Mapping[int, Says]
    reason: str = ""

    @property
    def is_readable(self) -> bool:
        """Tell whether it was understood."""
        return not self.reason


_SILENCE: Final = Meaning({})
_NO: Final = Says(is_yes=False)


def meaning_of(kind: SignalKind, value: str | None, spoken: Spoken, now: datetime) -> Meaning:
    """Return what a signal says about purposes. Those about a channel say nothing about them."""
    if kind is SignalKind.GPC:
        return Meaning(dict.fromkeys(spoken.sale, _NO))
    if kind not in _STRINGS:
        return _SILENCE
    read = _read(kind, value or "", now.replace(hour=0, minute=0, second=0, microsecond=0))
    if read.reason:
        about = set(spoken.tcf)
        if kind is SignalKind.GPP:
            about |= spoken.sale
        return Meaning(dict.fromkeys(about, _NO), read.reason)
    choices: dict[int, Says] = {}
    if read.consents is not None:
        for bit, needed in spoken.tcf.items():
            choices[bit] = Says(bool(needed) and needed <= read.consents, read.since)
    if read.is_opted_out:
        choices |= dict.fromkeys(spoken.sale, _NO)
    return Meaning(choices)


@dataclass(frozen=True, slots=True)
class _Read:
    """A string without the catalogue: what it consents to, and whether it opts out of sale."""

    consents: frozenset[int] | None = None
    is_opted_out: bool = False
    since: datetime | None = None
    reason: str = ""


@lru_cache(maxsize=_REMEMBERED)
def _read(kind: SignalKind, value: str, today: datetime) -> _Read:
    """Read a string; the instant matters to the day only."""
    try:
        if kind is SignalKind.TCF:
            return _consents(tcf.decode(value), today)
        return _sections(gpp.decode(value).sections, today)
    except Unreadable as error:
        return _Read(reason=error.reason)


def _consents(string: TCString, today: datetime) -> _Read:
    tcf.check(string, today + _DAY)
    return _Read(consents=string.consents, since=string.last_updated)


def _sections(sections: tuple[Section, ...], today: datetime) -> _Read:
    consents, since = None, None
    for section in sections:
        if isinstance(section, TcfSection):
            read = _consents(section.string, today)
            consents, since = read.consents, read.since
    return _Read(consents, any(map(_opts_out, sections)), since)


def _opts_out(section: Section) -> bool:
    """Tell whether a section says no to sale or sharing. One that is not known does."""
    match section:
        case UsSection():
            return (
                section.gpc is True
                or any(section.says(name, 1) for name in _OPT_OUTS)
                or section.says(_CHILDREN, 1)  # no consent for a known child
            )
        case UspSection():
            return section.opted_out == "Y"
        case UnknownSection():
            return True
        case TcfSection():
            return False
