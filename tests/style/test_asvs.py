"""The table of OWASP ASVS: nothing is claimed that is not there, nothing is passed over."""

import pytest

from tools.asvs.table import AIM, TARGET, VERDICTS, judgements, marks, requirements, written


def test_the_table_is_what_tests_and_people_say() -> None:
    assert TARGET.read_text(encoding="utf-8") == written(), (
        "write it again: python -m tools.asvs"
    )


def test_marks_and_judgements_name_requirements_that_exist() -> None:
    known = {one.id for one in requirements()}
    assert set(marks()) <= known
    assert set(judgements()) <= known


def test_no_requirement_that_we_aim_at_is_passed_over() -> None:
    said = set(marks()) | set(judgements())
    assert [one.id for one in requirements() if one.level <= AIM and one.id not in said] == []


@pytest.mark.parametrize("which", sorted(judgements()))
def test_a_judgement_is_one_of_four_and_gives_a_reason(which: str) -> None:
    said = judgements()[which]
    assert said.verdict in VERDICTS
    assert len(said.why.split()) >= 4
