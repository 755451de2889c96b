"""From what was opened to the view of a person's page.

One of the few places where plaintext shows: everything here was opened by the vault for a
stated purpose, in the transaction that wrote it into the audit log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from candor.domain.access.model.sign_in import Staff
from candor.domain.audit.model import ActorKind, Entry, Outcome
from candor.domain.catalogue.model import Event, InForce, Survivorship
from candor.domain.collect.service.read import PAGE, Happened, Traits
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import State
from candor.domain.profiles.model import Answer, Contact, Merge, Profile
from candor.domain.profiles.model import Fact as Known
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import show_ago, show_date, show_money, show_number
from candor.kernel.units import MINOR_PER_MAJOR
from candor.surface.console import words
from candor.surface.console.person import steering
from candor.surface.console.person.steering import Steering
from candor.surface.console.person.views import (
    EventLine,
    Fact,
    FactGroup,
    IdentifierLine,
    MergeStep,
    OtherAnswer,
    PersonPage,
    ReaderLine,
    Trait,
)
from candor.surface.console.views import Pager, Pair
from candor.surface.plain.visits import short

_DONE: Final = {
    "unmerged": "The merge is undone. Each history is back where it came from.",
    "regime": "Written down. What is allowed was worked out again under this law.",
}
# By which attributes catalogues tell how somebody is called; the first that are known count.
_NAMES: Final = (("first_name", "last_name"), ("name",), ("full_name",))
_SHOWN_ITEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that was read about a person, for one purpose."""

    purpose: str
    url: str
    person: PersonRead
    state: State | None
    steering: Steering
    traits: Traits
    currencies: Mapping[int, str]  # by the number of the event
    merges: Sequence[Merge]
    ends: Mapping[UUID, Profile]  # every profile that the merges name
    entries: Sequence[Entry]
    events: Sequence[Happened]  # one more than a page where there are more
    event_types: frozenset[int]  # those whose details the purpose needs
    is_first_page: bool
    may_unmerge: bool
    may_capture: bool
    may_set_regime: bool
    done: str


def person_page(opened: Opened, rules: Rules, staff: Mapping[UUID, Staff]) -> PersonPage:
    """Return the view; call it inside `reading`."""
    in_force = rules.in_force
    person, steered = opened.person, opened.steering
    code = short(person.head_id)
    profiles = {profile.profile_id: profile for profile in person.profiles}
    places = dict.fromkeys(words.place(p.source_id, in_force) for p in person.profiles)
    return PersonPage(
        title=_title(person) or f"Person {code}",
        code=code,
        standing=opened.state.standing if opened.state else "active",
        purpose=words.purpose(opened.purpose),
        change_purpose_url=opened.url,
        is_reading_visible=True,
        known_since=min(profile.created_at for profile in person.profiles),
        profile_count=len(person.profiles),
        sources=tuple(places),
        groups=_groups(person, opened.purpose, in_force),
        identifiers=tuple(_identifier(one, profiles, in_force) for one in person.contacts),
        merges=tuple(_merge(one, opened, in_force, staff) for one in opened.merges),
        traits=_traits(opened, in_force),
        allows=steering.allows(steered, rules, may_capture=opened.may_capture),
        writing=steering.writing(steered, rules),
        protection=steering.protection(
            steered, purpose=opened.purpose, may_change=opened.may_set_regime
        ),
        ask=steering.ask_form(person.head_id, opened.purpose, rules),
        readers=_readers(opened.entries, in_force, staff),
        events=tuple(_event(one, opened, in_force) for one in opened.events[:PAGE]),
        events_total=sum(tally.count for tally in opened.traits.tallies),
        events_pager=_pager(opened),
        done=_DONE.get(opened.done),
    )


def profile_name(profile: Profile, in_force: InForce) -> str:
    """Return how a profile is told apart: by its source and the end of its id."""
    return f"{words.source(profile.source_id, in_force)} {short(profile.profile_id)}"


def _title(person: PersonRead) -> str:
    known = {fact.attribute: fact.answer.value for fact in person.facts}
    for names in _NAMES:
        values = [known.get(name) for name in names]
        if parts := [str(value.reveal()) for value in values if value is not None]:
            return " ".join(parts)
    return ""


def _text(value: object) -> str:
    """Return a value as people read it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_text(item) for item in cast("list[object]", value))
        case float() | int():
            return show_number(value)
        case _:
            return str(value)


# ------------------------------------------------------------------------------------- facts
def _groups(person: PersonRead, purpose: str, in_force: InForce) -> tuple[FactGroup, ...]:
    grouped: dict[str, list[Fact]] = {}
    for known in person.facts:
        declared = in_force.attributes[known.attribute]
        grouped.setdefault(declared.group, []).append(_fact(known, purpose, in_force))
    return tuple(FactGroup(words.group(code), tuple(facts)) for code, facts in grouped.items())


def _fact(known: Known, purpose: str, in_force: InForce) -> Fact:
    declared = in_force.attributes[known.attribute]
    answer = known.answer
    is_masked = answer.value is None
    return Fact(
        label=declared.title,
        value=_value(answer),
        is_masked=is_masked,
        masked_because=_masked_because(answer, purpose),
        source=words.place(answer.source_id, in_force),
        observed_at=answer.observed_at,
        purposes=_purposes(answer.purposes, in_force),
        is_guess=declared.is_inferred,
        others=tuple(
            OtherAnswer(
                _value(other),
                words.place(other.source_id, in_force),
                other.observed_at,
                _lost(answer, other, declared.survivorship, in_force),
                agrees=_agrees(answer, other),
            )
            for other in known.losers
        ),
    )


def _value(answer: Answer) -> str:
    return words.HIDDEN if answer.value is None else _text(answer.value.reveal())


def _masked_because(answer: Answer, purpose: str) -> str | None:
    if answer.is_empty:
        return "the person says that it is wrong, or not ours to know"
    return None if answer.value is not None else f"not needed for {words.purpose(purpose)}"


def _agrees(taken: Answer, other: Answer) -> bool:
    """Tell whether another source says the same; unknown where nothing was opened."""
    return taken.value is not None and taken.value == other.value


def _lost(taken: Answer, other: Answer, rule: Survivorship, in_force: InForce) -> str:
    """Return why an answer lost, by the same order in which the survivor was chosen."""
    if _agrees(taken, other):
        return "the same answer"
    if taken.changed_by == "you" and other.changed_by != "you":
        return "the person said otherwise"
    trust = {id_: source.trust for id_, source in in_force.sources_by_id.items()}
    is_older = other.observed_at < taken.observed_at
    is_less_trusted = trust.get(other.source_id, 0) < trust.get(taken.source_id, 0)
    if rule is Survivorship.MOST_TRUSTED:
        return "less trusted" if is_less_trusted else "older"
    return "older" if is_older else "less trusted"


def _purposes(mask: int, in_force: InForce) -> tuple[str, ...]:
    return tuple(
        words.purpose(purpose.code)
        for bit, purpose in sorted(in_force.purposes_by_bit.items())
        if mask >> bit & 1
    )


def _identifier(
    contact: Contact, profiles: Mapping[UUID, Profile], in_force: InForce
) -> IdentifierLine:
    value = contact.value
    return IdentifierLine(
        kind=words.kind(contact.kind, in_force),
        value=words.HIDDEN if value is None else value.reveal(),
        is_masked=value is None,
        is_verified=contact.is_verified,
        source=words.place(contact.source_id, in_force),
        first_seen_at=contact.first_seen_at,
        profile=profile_name(profiles[contact.profile_id], in_force),
    )


# ------------------------------------------------------------------------------------- merges
def _merge(
    merge: Merge, opened: Opened, in_force: InForce, staff: Mapping[UUID, Staff]
) -> MergeStep:
    ends = [opened.ends.get(end) for end in (merge.profile_id, merge.other_id)]
    names = [profile_name(end, in_force) if end else "a profile" for end in ends]
    rule = words.rule(merge.rule, str(merge.evidence.get("kind", "")), in_force)
    text = f"Rule: {rule}. By {words.labelled(merge.merged_by, staff, in_force)}."
    if merge.undone_at and merge.undone_by:
        who = words.labelled(merge.undone_by, staff, in_force)
        text += f" Undone on {show_date(merge.undone_at)} by {who}."
    may_undo = opened.may_unmerge and merge.undone_at is None
    back = urlencode({"purpose": opened.purpose})
    return MergeStep(
        at=merge.merged_at,
        title=f"{names[0]} and {names[1]} were taken for one person",
        text=text,
        state="undone" if merge.undone_at else "done",
        undo_url=f"{opened.url}/merges/{merge.merge_id}?{back}" if may_undo else None,
    )


# --------------------------------------------------------------------------- readers and traits
def _readers(
    entries: Sequence[Entry], in_force: InForce, staff: Mapping[UUID, Staff]
) -> tuple[ReaderLine, ...]:
    """Return readings, newest first; the entries of one request are one reading."""
    readings: dict[tuple[str, str, str, str], list[Entry]] = {}
    for entry in entries:
        if entry.action == "vault.open" and entry.outcome == Outcome.ALLOWED:
            request = entry.request_id or str(entry.entry_id)
            key = (request, entry.actor_kind, entry.actor_id, entry.purpose or "")
            readings.setdefault(key, []).append(entry)
    return tuple(
        _reading(kind, actor_id, purpose, found, in_force, staff)
        for (_, kind, actor_id, purpose), found in readings.items()
    )


def _reading(
    kind: str,
    actor_id: str,
    purpose: str,
    found: Sequence[Entry],
    in_force: InForce,
    staff: Mapping[UUID, Staff],
) -> ReaderLine:
    who, role = words.actor(kind, actor_id, staff, in_force), ""
    if kind == ActorKind.STAFF and (member := staff.get(UUID(actor_id))):
        role = words.role(member.role)
    if kind == ActorKind.CUSTOMER:
        who, purpose = "The person themself", "own_data"
    names = dict.fromkeys(
        words.field(name, in_force) for entry in found for name in entry.fields
    )
    return ReaderLine(
        at=found[0].recorded_at,
        who=who,
        role=role,
        purpose=("their own page" if purpose == "own_data" else words.purpose(purpose)),
        fields=tuple(names),
    )


def _traits(opened: Opened, in_force: InForce) -> tuple[Trait, ...]:
    """Return what is counted about things that the purpose needs."""
    found: list[Trait] = []
    for tally in opened.traits.tallies:
        declared = in_force.events_by_id.get(tally.event_type_id)
        if declared is None or tally.event_type_id not in opened.event_types:
            continue
        value = words.counted(tally.count, "time", "times")
        currency = opened.currencies.get(tally.event_type_id)
        if declared.amount and currency:
            value += f", {show_money(tally.sum_minor, currency)} in all"
        note = f"since {show_date(tally.first_day)}, last {show_ago(tally.last_at)}"
        found.append(Trait(declared.title, value, note))
    favourites = [
        f"{row.value} ({row.count})"
        for row in opened.traits.favourites
        if row.event_type_id in opened.event_types
    ]
    if favourites:
        found.append(Trait("Most often", ", ".join(favourites), "counted from what was bought"))
    return tuple(found)


# ------------------------------------------------------------------------------------ events
def _event(one: Happened, opened: Opened, in_force: InForce) -> EventLine:
    declared = in_force.events_by_id.get(one.row.event_type_id)
    is_masked = one.row.event_type_id not in opened.event_types
    amount = None if is_masked else _amount(one, declared)
    properties: tuple[Pair, ...] = ()
    if declared is not None and not is_masked:
        properties = _properties(one, declared, has_amount=amount is not None)
    return EventLine(
        at=one.row.occurred_at,
        name=declared.title if declared else "an event that is no longer declared",
        source=words.source(one.row.source_id, in_force),
        properties=properties,
        purposes=_purposes(one.row.purposes, in_force),
        amount_minor=amount,
        currency=str(one.row.properties["currency"]) if amount is not None else None,
        is_masked=is_masked,
    )


def _amount(one: Happened, declared: Event | None) -> int | None:
    given = one.row.properties.get(declared.amount) if declared and declared.amount else None
    if isinstance(given, int | float) and "currency" in one.row.properties:
        return round(given * MINOR_PER_MAJOR)
    return None


def _properties(one: Happened, declared: Event, *, has_amount: bool) -> tuple[Pair, ...]:
    left_out = {declared.amount, "currency", "total"} if has_amount else set[str]()
    values: dict[str, Any] = {
        name: value for name, value in one.row.properties.items() if name not in left_out
    }
    if one.personal is not None:
        values |= one.personal.reveal()
    return tuple(Pair(words.plain(name), _shortened(value)) for name, value in values.items())


def _shortened(value: object) -> str:
    """Return a value; of a list of things the first few names."""
    match value:
        case list() if value and isinstance(value[0], dict):
            items = cast("list[dict[str, Any]]", value)
            names = [_name(item) for item in items[:_SHOWN_ITEMS]]
            more = len(items) - len(names)
            return ", ".join(names) + (f" and {more} more" if more > 0 else "")
        case _:
            return _text(value)


def _name(item: Mapping[str, Any]) -> str:
    for key in ("name", "category", "product_id"):
        if item.get(key):
            return _text(item[key])
    return "something"


def _pager(opened: Opened) -> Pager:
    back = {"purpose": opened.purpose}
    newer = None if opened.is_first_page else f"{opened.url}?{urlencode(back)}#events"
    older = None
    if len(opened.events) > PAGE:
        last = opened.events[PAGE - 1].row
        place = {"before": f"{last.occurred_at.isoformat()}_{last.event_id}"}
        older = f"{opened.url}?{urlencode({**back, **place})}#events"
    return Pager(newer, older)
