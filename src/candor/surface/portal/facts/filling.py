"""Fills the page What we know. Opens values: the customer sees each in full.

What the letter counts is counted here, so that the two pages cannot differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from candor.domain.catalogue.model import Attribute, InForce
from candor.domain.collect.service.read import FavouriteRow, TallyRow, Traits
from candor.domain.consent.model.decision import Decision
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles.model import YOU, Answer, Contact, Fact
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import declared, show_money, show_number
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext
from candor.kernel.units import MINOR_PER_MAJOR
from candor.surface.portal import words
from candor.surface.portal.desk import HOME
from candor.surface.portal.facts.views import (
    Done,
    FactsPage,
    KnownFact,
    KnownGroup,
    OtherAnswer,
)
from candor.surface.portal.person import LANGUAGE, ZONE

_ORDER: Final = ("contact", "about", "household", "device")
_SHOWN: Final = 8  # values of a count before the rest is folded
TOP: Final = 1_000  # favourites that are read: all there are

URL: Final = f"{HOME}/facts"
_ELSEWHERE: Final = {  # facts that have a page of their own
    LANGUAGE: f"{HOME}/account#language",
    ZONE: f"{HOME}/account#time-zone",
}

Decisions = Mapping[str, Decision]
_NONE: Final[Mapping[int, str]] = {}


def fill(
    person: PersonRead,
    traits: Traits,
    rules: Rules,
    decisions: Decisions,
    done: Done | None = None,
    *,
    currencies: Mapping[int, str] = _NONE,
) -> FactsPage:
    """Return the page, for use inside `reading`.

    `currencies` are those of what was added up, by the number of the event; without one a sum is
    a bare number.
    """
    in_force = rules.in_force
    uses = Uses(in_force, decisions)
    told: dict[str, list[KnownFact]] = {}
    for fact in person.facts:
        attribute = in_force.attributes[fact.attribute]
        place = "inferred" if attribute.is_inferred else attribute.group
        told.setdefault(place, []).append(known(fact, attribute, uses))
    told["identifiers"] = [_contact(contact, uses) for contact in _once(person.contacts)]
    told["counted"] = _counted(traits, uses, currencies)
    last = ("inferred", "identifiers", "counted")
    between = [code for code in told if code not in {*_ORDER, *last}]
    groups = tuple(
        KnownGroup(*words.group(code), tuple(told[code]))
        for code in (*_ORDER, *between, *last)
        if told.get(code)
    )
    shown = [fact for group in groups for fact in group.facts]
    return FactsPage(len(shown), len({fact.source for fact in shown}), groups, done)


class Uses:
    """What data is used for now: what was allowed when it came, and still is."""

    def __init__(self, in_force: InForce, decisions: Decisions) -> None:
        self.in_force = in_force
        self._allowed = in_force.mask(
            tuple(code for code, decision in decisions.items() if decision.allowed)
        )

    def of_mask(self, mask: int) -> tuple[str, ...]:
        """Return in words those of a mask that are allowed now."""
        return words.purposes(self.in_force, mask & self._allowed)

    def of_codes(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Return in words those of these purposes that are allowed now."""
        return self.of_mask(self.in_force.mask(tuple(codes)))


def known(fact: Fact, attribute: Attribute, uses: Uses) -> KnownFact:
    """Return one fact as the customer reads it. For use inside `reading`."""
    taken = fact.answer
    return KnownFact(
        code=attribute.code,
        url=url_of(attribute.code),
        is_own=fact.is_own_word,
        is_empty=taken.is_empty,
        label=declared(attribute.title),
        value=_value(taken, attribute),
        source=_source(taken, uses.in_force),
        observed_at=taken.observed_at,
        purposes=() if taken.is_empty else uses.of_mask(taken.purposes),
        is_guess=attribute.is_inferred,
        others=tuple(
            OtherAnswer(
                value=_value(loser, attribute),
                source=_source(loser, uses.in_force),
                observed_at=loser.observed_at,
                lost_because=_why_lost(loser, taken),
                agrees=loser.value == taken.value,
            )
            for loser in fact.losers
        ),
    )


def _value(answer: Answer, attribute: Attribute) -> str:
    if answer.is_empty:
        return str(_("nothing: you say that it is wrong, or not ours to know"))
    if answer.value is None:  # cannot be: the person may read all that is theirs
        return str(_("sealed"))
    return words.fact(attribute, answer.value.reveal())


def _source(answer: Answer, in_force: InForce) -> str:
    if answer.changed_by == YOU:
        return str(_("yourself"))
    return words.source(in_force, answer.source_id)


def url_of(code: str) -> str:
    """Return the page that puts a fact right."""
    return _ELSEWHERE.get(code) or f"{URL}/{code}"


def _why_lost(loser: Answer, taken: Answer) -> str:
    if loser.value == taken.value:
        return str(_("says the same"))
    if taken.changed_by == YOU:
        return str(_("your own word counts more"))
    if loser.observed_at < taken.observed_at:
        return str(_("older"))
    return str(_("trusted less"))


def _once(contacts: Sequence[Contact]) -> list[Contact]:
    """Return every identifier once: profiles of one person may share it."""
    seen: dict[tuple[str, object], Contact] = {}
    for contact in contacts:
        seen.setdefault((contact.kind, contact.value), contact)
    return list(seen.values())


def _contact(contact: Contact, uses: Uses) -> KnownFact:
    kind = uses.in_force.identifiers.get(contact.kind)
    return KnownFact(
        label=declared(kind.title) if kind else contact.kind,
        value=contact.value.reveal() if contact.value else str(_("sealed")),
        source=words.source(uses.in_force, contact.source_id),
        observed_at=contact.first_seen_at,
        purposes=uses.of_codes(kind.purposes) if kind else (),
    )


def _counted(traits: Traits, uses: Uses, currencies: Mapping[int, str]) -> list[KnownFact]:
    """Return what was added up, one line per kind of event, with what it was about most."""
    favourites: dict[int, list[FavouriteRow]] = {}
    for row in traits.favourites:
        favourites.setdefault(row.event_type_id, []).append(row)
    return [
        _tally(
            row,
            favourites.get(row.event_type_id, []),
            uses,
            currencies.get(row.event_type_id),
        )
        for row in traits.tallies
        if row.event_type_id in uses.in_force.events_by_id
    ]


def _tally(
    row: TallyRow, favourites: Sequence[FavouriteRow], uses: Uses, currency: str | None
) -> KnownFact:
    event = uses.in_force.events_by_id[row.event_type_id]
    times = ngettext("once", "%(n)s times", row.count, n=show_number(row.count))
    if event.amount:
        total = (
            show_money(row.sum_minor, currency)
            if currency
            else show_number(round(row.sum_minor / MINOR_PER_MAJOR, 2))
        )
        times = _("%(times)s, %(total)s in all", times=times, total=total)
    listed = [
        str(
            ngettext(
                "%(what)s, once",
                "%(what)s, %(n)s times",
                found.count,
                what=declared(found.value),
                n=show_number(found.count),
            )
        )
        for found in favourites
    ]
    return KnownFact(
        label=declared(event.title),
        value=str(times),
        source=str(_("your purchases and visits")),
        observed_at=row.last_at,
        purposes=uses.of_codes(event.purposes),
        is_count=True,
        details=tuple(listed[:_SHOWN]),
        more=tuple(listed[_SHOWN:]),
    )
