"""Who is one person: worked out from the edges alone, in whatever order they came."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.profiles.model import Edge, Profile, heads_of
from tests.factories.choices import NOON


def make_profile(number: int, *, is_known: bool = True, created_at: datetime = NOON) -> Profile:
    """Return a profile that stands alone."""
    return Profile(UUID(int=number), UUID(int=number), is_known, 1, created_at)


def edge(one: int, other: int) -> Edge:
    """Return an edge between two profiles by their numbers."""
    return Edge(UUID(int=one), UUID(int=other))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Profile], list[Edge]]:
    """Draw any profiles with any edges among them."""
    profiles = [
        make_profile(
            number,
            is_known=draw(st.booleans()),
            created_at=NOON + timedelta(days=draw(st.integers(0, 3))),
        )
        for number in range(1, draw(st.integers(1, 8)) + 1)
    ]
    numbers = st.integers(1, len(profiles))
    pairs = draw(st.lists(st.tuples(numbers, numbers), max_size=12))
    return profiles, [edge(one, other) for one, other in pairs if one != other]


def components(profiles: list[Profile], edges: list[Edge]) -> set[frozenset[UUID]]:
    """Return who is connected, worked out in the plainest way."""
    groups = {profile.profile_id: {profile.profile_id} for profile in profiles}
    for pair in edges:
        together = groups[pair.profile_id] | groups[pair.other_id]
        for profile_id in together:
            groups[profile_id] = together
    return {frozenset(group) for group in groups.values()}


@given(graphs())
def test_a_person_is_whom_edges_connect(graph: tuple[list[Profile], list[Edge]]) -> None:
    profiles, edges = graph
    groups: dict[UUID, set[UUID]] = {}
    for profile_id, head_id in heads_of(profiles, edges).items():
        groups.setdefault(head_id, set()).add(profile_id)
    assert {frozenset(group) for group in groups.values()} == components(profiles, edges)
    assert all(head_id in group for head_id, group in groups.items())


@given(graphs(), st.integers(0, 99))
def test_heads_do_not_depend_on_any_order(
    graph: tuple[list[Profile], list[Edge]], seed: int
) -> None:
    profiles, edges = graph
    dice = Random(seed)  # noqa: S311 - no secret
    turned = [e if dice.random() < 0.5 else Edge(e.other_id, e.profile_id) for e in edges]
    shuffled = dice.sample(profiles, len(profiles))
    # Where heads pointed before does not matter either: they follow from the edges alone.
    strayed = [replace(p, head_id=profiles[0].profile_id) for p in shuffled]
    assert heads_of(strayed, dice.sample(turned, len(turned))) == heads_of(profiles, edges)


@given(graphs())
def test_an_edge_that_stands_twice_counts_once(graph: tuple[list[Profile], list[Edge]]) -> None:
    profiles, edges = graph
    assert heads_of(profiles, edges * 2) == heads_of(profiles, edges)


@given(graphs())
def test_the_head_is_known_before_anonymous_then_oldest(
    graph: tuple[list[Profile], list[Edge]],
) -> None:
    profiles, edges = graph
    by_id = {profile.profile_id: profile for profile in profiles}
    for profile_id, head_id in heads_of(profiles, edges).items():
        one, head = by_id[profile_id], by_id[head_id]
        assert (not head.is_known, head.created_at, head_id) <= (
            not one.is_known,
            one.created_at,
            profile_id,
        )


def test_without_edges_everybody_stands_alone() -> None:
    profiles = [make_profile(1), make_profile(2)]
    assert heads_of(profiles, []) == {p.profile_id: p.profile_id for p in profiles}
