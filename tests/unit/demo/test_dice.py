"""Chance that always falls the same way."""

import pytest

from candor.demo.dice import Dice, name_of


def test_the_same_key_gives_the_same_throws() -> None:
    first, second = Dice("card", 17), Dice("card", 17)
    assert [first.share() for _ in range(5)] == [second.share() for _ in range(5)]


def test_another_key_gives_other_throws() -> None:
    assert Dice("card", 17).share() != Dice("card", 18).share()


def test_chances_come_out_about_as_stated() -> None:
    hits = sum(Dice("coin", n).chance(0.3) for n in range(4_000))
    assert hits == pytest.approx(1_200, rel=0.06)


def test_weights_come_out_about_as_stated() -> None:
    throws = [Dice("weights", n).weighted((("a", 3.0), ("b", 1.0))) for n in range(4_000)]
    assert throws.count("a") == pytest.approx(3_000, rel=0.05)


def test_between_includes_both_ends() -> None:
    assert {Dice("ends", n).between(2, 4) for n in range(100)} == {2, 3, 4}


def test_names_are_stable_and_free_of_digits() -> None:
    assert name_of("shop", 1) == name_of("shop", 1) != name_of("shop", 2)
    assert all(name_of("shop", n).isalpha() for n in range(200))
