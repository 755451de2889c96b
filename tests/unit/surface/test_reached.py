"""Which delivery carries which change, and how soon it came, in words of every language."""

from datetime import timedelta

import pytest

from candor.domain.connections.service.reaching import Trip, Way, Where
from candor.infra.web.reading import Reader, reading
from candor.surface.plain.soon import later
from candor.surface.portal.reached.joining import Deed, join, since
from tests.conftest import NOON

MAIL = Where("mail", "Mail", "Mail")
CRM = Where("crm", "Crm", "Crm")
MINUTE = timedelta(minutes=1)


def trip(
    where: Where, begun: timedelta, ended: timedelta | None, way: Way = Way.ARRIVED
) -> Trip:
    reached = None if ended is None else NOON + ended
    return Trip(where, way, "consent.changed", NOON + begun, reached)


def test_a_change_came_with_the_first_delivery_that_ended_after_it() -> None:
    old = trip(MAIL, -5 * MINUTE, -4 * MINUTE)
    first = trip(MAIL, timedelta(milliseconds=3), MINUTE)
    second = trip(MAIL, 2 * MINUTE, 3 * MINUTE)
    found = join([Deed(NOON, "no")], [second, first, old])
    assert [(one.at - NOON, one.trips) for one in found] == [
        (2 * MINUTE, (second,)),
        (timedelta(0), (first,)),
        (-5 * MINUTE, (old,)),
    ]
    assert since(found[1], first) == MINUTE


def test_one_delivery_carries_two_changes_that_were_made_before_it_ended() -> None:
    both = trip(MAIL, -MINUTE, MINUTE)
    deeds = [Deed(NOON, "no"), Deed(NOON - MINUTE, "yes")]
    found = join(deeds, [both])
    assert [one.trips for one in found] == [(both,), (both,)]
    assert [since(one, both) for one in found] == [MINUTE, 2 * MINUTE]


def test_what_is_done_at_one_moment_is_one_change() -> None:
    found = join([Deed(NOON, "one"), Deed(NOON, "two")], [trip(CRM, timedelta(0), None)])
    assert [[deed.said for deed in one.deeds] for one in found] == [["one", "two"]]


def test_what_nobody_did_stands_by_itself_with_its_cause() -> None:
    [alone] = join([], [trip(MAIL, timedelta(0), MINUTE), trip(CRM, timedelta(0), MINUTE)])
    assert (alone.cause, [one.where.code for one in alone.trips]) == (
        "consent.changed",
        ["crm", "mail"],
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.01, "at once"),
        (0.31, "0.3 seconds later"),
        (1.02, "1 second later"),
        (59.6, "1 minute later"),
        (61, "1 minute later"),
        (7200, "2 hours later"),
        (3 * 86400, "3 days later"),
    ],
)
def test_how_soon_it_came(seconds: float, said: str) -> None:
    with reading(Reader(NOON, "en_GB")):
        assert later(seconds) == said


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de_DE", "0,3 Sekunden später"),
        ("pl_PL", "0,3 sekundy później"),
        ("pt_BR", "0,3 segundos depois"),
        ("ru_RU", "через 0,3 секунды"),
    ],
)
def test_a_fraction_has_the_plural_of_its_language(locale: str, said: str) -> None:
    with reading(Reader(NOON, locale)):
        assert later(0.3) == said
