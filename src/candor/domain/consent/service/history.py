"""What a person said and when, to be told to them. Reads only; a page costs what it shows."""

from candor.domain.consent.model.history import ChoiceLine, SignalLine, WishLine
from candor.domain.consent.queries.history import (
    choice_of,
    choices_before,
    lately_chosen,
    lately_signalled,
    lately_wished,
    wishes_before,
)

__all__ = [
    "ChoiceLine",
    "SignalLine",
    "WishLine",
    "choice_of",
    "choices_before",
    "lately_chosen",
    "lately_signalled",
    "lately_wished",
    "wishes_before",
]
