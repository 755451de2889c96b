"""The catalogue as the gate needs it: bits, legal bases, editions, channels and topics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from candor.domain.catalogue.model import (
    Frequency,
    InForce,
    LegalBasis,
    Purpose,
    Regime,
    Topic,
    days_of,
)
from candor.domain.consent.model.preference import Masks, hours_of, masks_of
from candor.kernel.units import mask_of

_ZONES: Final = frozenset(available_timezones())

# How much each legal basis asks for; when the law is unknown, the most counts.
_STRICTNESS: Final = {
    LegalBasis.LEGAL_OBLIGATION: 0,
    LegalBasis.CONTRACT: 1,
    LegalBasis.LEGITIMATE_INTEREST: 2,
    LegalBasis.OPT_OUT: 3,
    LegalBasis.CONSENT: 4,
}


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """A channel as the gate needs it. `point` is 0 where it needs no contact point."""

    bit: int
    point: int
    is_loud: bool
    silence: Masks  # what silence about each topic means here


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A topic as the gate needs it."""

    bit: int
    purpose: str
    defaults: Mapping[int, Frequency]  # by channel; a channel that is missing is closed
    offered: frozenset[int]  # the channels that a person can open or close


class Policy:
    """The catalogue as the gate needs it: for each purpose its bit and basis in each regime."""

    def __init__(self, in_force: InForce) -> None:
        """Work out the rules of a catalogue in force."""
        self.bits: dict[str, int] = dict(in_force.numbers.purposes)
        self._basis: dict[tuple[int, str | None], LegalBasis] = {}
        self.lasts_days: dict[int, int | None] = {}
        consent_bits: list[int] = []
        for purpose in in_force.document.purposes:
            bit = self.bits[purpose.code]
            self.lasts_days[bit] = days_of(purpose.consent_lasts)
            for regime, basis in purpose.basis.items():
                self._basis[bit, regime.value] = basis
            if LegalBasis.CONSENT in purpose.basis.values():
                consent_bits.append(bit)
            if purpose.basis.keys() >= set(Regime):
                strictest = max(purpose.basis.values(), key=_STRICTNESS.__getitem__)
                self._basis[bit, None] = strictest
            else:
                # No basis in some regime: where the law is unknown, that one may apply.
                self._without_basis_somewhere(bit, purpose.basis)
        self.consent_mask = mask_of(consent_bits)
        purposes = in_force.document.purposes
        self.declared = frozenset(self.bits[purpose.code] for purpose in purposes)
        self.editions = {self.bits[purpose.code]: purpose.edition for purpose in purposes}
        self.sale = self._bits(purpose for purpose in purposes if purpose.is_sale)
        self.tcf = {
            self.bits[purpose.code]: frozenset(purpose.tcf)
            for purpose in purposes
            if purpose.tcf
        }
        self.ask_again_days = {
            self.bits[purpose.code]: days_of(purpose.ask_again) for purpose in purposes
        }
        self.topics = {t.code: self._topic(t, in_force) for t in in_force.document.topics}
        self.channels = {
            channel.code: self._channel(channel.code, in_force)
            for channel in in_force.document.channels
        }
        # Which channels an identifier of a kind is a contact point for.
        self.points: dict[str, int] = {}
        for channel in in_force.document.channels:
            if channel.contact:
                bit = 1 << in_force.numbers.channels[channel.code]
                self.points[channel.contact] = self.points.get(channel.contact, 0) | bit
        controller = in_force.document.controller
        self.zone = controller.time_zone if controller.time_zone in _ZONES else "UTC"
        self.loud_hours = hours_of(controller.quiet_hours)

    def _bits(self, purposes: Iterable[Purpose]) -> frozenset[int]:
        return frozenset(self.bits[purpose.code] for purpose in purposes)

    def _topic(self, topic: Topic, in_force: InForce) -> TopicRule:
        numbers = in_force.numbers.channels
        named = [numbers[code] for code in topic.channels if code in numbers]
        offered = [numbers[code] for code in topic.offers if code in numbers]
        return TopicRule(
            bit=in_force.numbers.topics[topic.code],
            purpose=topic.purpose,
            defaults=dict.fromkeys(named, topic.frequency),
            offered=frozenset((*named, *offered)),
        )

    def _channel(self, code: str, in_force: InForce) -> ChannelRule:
        declared = in_force.channels[code]
        bit = in_force.numbers.channels[code]
        return ChannelRule(
            bit=bit,
            point=1 << bit if declared.contact else 0,
            is_loud=declared.is_loud,
            silence=masks_of(
                {t.bit: t.defaults.get(bit, Frequency.NEVER) for t in self.topics.values()}
            ),
        )

    def _without_basis_somewhere(self, bit: int, known: Mapping[Regime, LegalBasis]) -> None:
        strictest = max(known.values(), key=_STRICTNESS.__getitem__, default=None)
        if strictest is LegalBasis.CONSENT:
            self._basis[bit, None] = strictest

    def basis(self, bit: int, regime: str | None) -> LegalBasis | None:
        """Return the legal basis of a purpose in a regime; None: there is none, so it is denied."""
        return self._basis.get((bit, regime))


def knows_zone(name: str) -> bool:
    """Tell whether a name is a time zone (IANA)."""
    return name in _ZONES


def hour_bit(zone: str, now: datetime) -> int:
    """Return the bit of the hour that it is in a zone, for masks of quiet hours."""
    return 1 << now.astimezone(ZoneInfo(zone)).hour


@lru_cache(maxsize=4)
def _hours(quarter: int) -> dict[str, int]:
    instant = datetime.fromtimestamp(quarter * 900, tz=ZoneInfo("UTC"))
    return {zone: hour_bit(zone, instant) for zone in _ZONES}


def hours_everywhere(now: datetime) -> Mapping[str, int]:
    """Return the bit of the hour in every zone; zones change their hour on quarters only."""
    return _hours(int(now.timestamp()) // 900)


@dataclass(frozen=True, slots=True)
class Rules:
    """The catalogue in force, and the policy that was worked out from it."""

    in_force: InForce
    policy: Policy
