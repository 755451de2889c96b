"""Every rule has a runbook with the same parts, and every runbook a rule."""

import pytest

from candor.domain.shield.model.measure import MeasureKind, applies
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import runbooks

PARTS = ["What it means", "Done by itself", "Check", "Contain", "Recover", "Tell", "Close"]

# What is done by itself there needs no measure of the shield.
BY_THEMSELVES = {"backup_failed", "refusals_drifted"}


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_has_a_runbook_that_says_what_to_do(name: str) -> None:
    book = runbooks.of_rule(name)
    assert book is not None
    assert book.title == RULES[name].title
    assert [section.title for section in book.sections] == PARTS
    assert all(section.text or section.steps for section in book.sections)
    done = book.sections[1].text
    assert done.startswith("Nothing") == (
        not RULES[name].responses and name not in BY_THEMSELVES
    )


def test_every_runbook_has_a_rule() -> None:
    assert {path.stem for path in runbooks.FOLDER.glob("*.md")} == set(RULES)
    assert runbooks.of_rule("../rules") is None


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.responses])
def test_every_response_can_be_taken_against_somebody_the_rule_sees(name: str) -> None:
    rule = RULES[name]
    for kind in rule.responses:
        assert any(applies(kind, f"{actor}:x") for actor in rule.actors), kind


def test_measures_apply_to_whom_they_say() -> None:
    assert applies(MeasureKind.SUSPEND, "key:1")
    assert not applies(MeasureKind.SUSPEND, "staff:1")
    assert not applies(MeasureKind.CHALLENGE, "staff:1")
