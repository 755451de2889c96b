"""Fills the letter. Every number is counted from the rows that its link shows."""

from collections import Counter
from collections.abc import Mapping, Sequence

from candor.domain.audit.model import ActorKind, LookCount
from candor.domain.collect.service.read import Kept
from candor.domain.connections.service.reaching import Received
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles.model import Merge
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import country_name, declared
from candor.surface.portal import words
from candor.surface.portal.allow.views import AllowPage, ChoiceCard
from candor.surface.portal.desk import HOME
from candor.surface.portal.facts.views import FactsPage
from candor.surface.portal.home.views import (
    Given,
    LetterPage,
    LookShare,
    Receiver,
    SourceShare,
)
from candor.surface.portal.looks.filling import count
from candor.surface.portal.person import first_name
from candor.surface.portal.rights.views import RequestLine


def fill(
    person: PersonRead,
    facts: FactsPage,
    kept: Kept,
    looks: Sequence[LookCount],
    roles: Mapping[str, str],
    journal: Sequence[Merge],
    rules: Rules,
    allowed: AllowPage,
    running: tuple[RequestLine, ...] = (),
    given: Sequence[Received] = (),
) -> LetterPage:
    """Return the letter, for use inside `reading`."""
    shown = [fact for group in facts.groups for fact in group.facts]
    starts = [profile.created_at for profile in person.profiles]
    starts += [fact.observed_at for fact in shown]
    return LetterPage(
        name=first_name(person),
        known_since=min([*starts, *([kept.since] if kept.since else [])]),
        facts=facts.total,
        facts_url=f"{HOME}/facts",
        sources=tuple(
            SourceShare(name, n)
            for name, n in Counter(fact.source for fact in shown).most_common()
        ),
        guesses=sum(fact.is_guess or fact.is_count for fact in shown),
        disagreements=sum(any(not o.agrees for o in fact.others) for fact in shown),
        records_joined=len(person.profiles),
        joined_by=_shared(journal, rules),
        purposes=allowed.cards,
        choose_url=allowed.choose_url,
        back=HOME,
        allow_url=allowed.back,
        write_url=f"{HOME}/write",
        account_url=f"{HOME}/account",
        receivers=_receivers(allowed.cards),
        given=tuple(_given(one, rules) for one in given),
        reached_url=f"{HOME}/reached",
        looks=count(looks, ActorKind.STAFF),
        looks_url=f"{HOME}/looks",
        look_shares=_shares(looks, roles, rules),
        machine_looks=count(looks, ActorKind.MACHINE),
        activity=kept.events,
        activity_url=f"{HOME}/activity",
        activity_since=kept.since,
        is_restricted=allowed.is_restricted,
        rights_url=f"{HOME}/rights",
        running=running,
    )


def _shared(journal: Sequence[Merge], rules: Rules) -> tuple[str, ...]:
    """Return what the joined records have in common, most frequent first."""
    kinds = Counter(
        str(merge.evidence["kind"])
        for merge in journal
        if merge.undone_at is None and "kind" in merge.evidence
    )
    return tuple(words.yours(rules.in_force, kind) for kind, _ in kinds.most_common())


def _receivers(cards: Sequence[ChoiceCard]) -> tuple[Receiver, ...]:
    """Return who may receive something for what is on, in the order of the catalogue."""
    found: dict[str, list[str]] = {}
    for card in cards:
        if card.is_on:
            for name in card.words.recipients:
                found.setdefault(name, []).append(card.words.title)
    return tuple(Receiver(name, tuple(purposes)) for name, purposes in found.items())


def _given(one: Received, rules: Rules) -> Given:
    return Given(
        name=declared(one.where.name),
        country=country_name(one.where.country) if one.where.country else None,
        purposes=tuple(words.purpose(rules.in_force, code) for code in one.purposes),
        last_at=one.last_at,
        is_held=one.is_held,
    )


def _shares(
    looks: Sequence[LookCount], roles: Mapping[str, str], rules: Rules
) -> tuple[LookShare, ...]:
    """Return who of the staff looked and why; people of one role are one."""
    shares: Counter[tuple[str, str]] = Counter()
    for look in looks:
        if look.actor_kind == ActorKind.STAFF and not look.is_refused:
            role = words.who(look.actor_kind, look.actor_id, roles)
            shares[role, words.purpose(rules.in_force, look.purpose)] += look.times
    return tuple(
        LookShare(role, times, purpose) for (role, purpose), times in shares.most_common()
    )
