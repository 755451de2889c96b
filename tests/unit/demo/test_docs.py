"""What docs/explanation/demo-data.md says is what the code does."""

import re
from pathlib import Path
from typing import Final

import pytest

from candor.demo import rates
from candor.demo.expected import Expected

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "demo-data.md"


def test_the_page_states_every_rate() -> None:
    text = PAGE.read_text("utf-8")
    said = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", text, re.MULTILINE))
    stated: dict[str, str] = {}
    for name, value in vars(rates).items():
        if name.isupper():
            shares = value if isinstance(value, dict) else {"": value}
            stated[name] = ", ".join(f"{k} {v}".strip() for k, v in shares.items())
    assert said == stated


@pytest.mark.slow
def test_the_page_states_every_count(whole: Expected) -> None:
    text = PAGE.read_text("utf-8")
    declared = {k: n for k, n in whole.kinds.items() if k[0].isupper() and n > 31}
    counts = [
        whole.events_sent,
        whole.loyalty_cards,
        whole.cases["has_account"],
        *whole.sent.values(),
        *whole.people.values(),
        *whole.baskets.values(),
        *whole.dirt.values(),
        *declared.values(),
        *(count for answers in whole.answers.values() for count in answers.values()),
    ]
    missing = [f"{count:,}" for count in counts if f"{count:,}" not in text]
    assert not missing
