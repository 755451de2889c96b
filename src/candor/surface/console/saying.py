"""Choices, preferences and laws as words that staff read: beside `words`, in the third person.

Call what shows days or durations inside `reading`.
"""

from collections.abc import Mapping
from typing import Final

from candor.domain.catalogue.model import Frequency, InForce, LegalBasis, Regime
from candor.domain.consent.model.preference import Block
from candor.infra.web.reading import show_number
from candor.surface.console import words
from candor.surface.plain.hours import ALL_HOURS, HOURS, hour, span_of

SMALLEST: Final = 10  # a group with fewer people is not counted out
FEW: Final = "fewer than 10"

_OFTEN: Final[Mapping[Frequency, str]] = {
    Frequency.NEVER: "never",
    Frequency.MONTHLY: "once a month",
    Frequency.WEEKLY: "once a week",
    Frequency.DAILY: "once a day",
    Frequency.ANY: "whenever there is something",
}
_BLOCKS: Final[Mapping[Block, str]] = {
    Block.STOP: "They wrote STOP. START, or a choice of their own, opens it again.",
    Block.UNSUBSCRIBE: "They unsubscribed. A choice of their own opens it again.",
    Block.COMPLAINT: "They marked a message as unwanted. Only a choice of their own opens it.",
    Block.BOUNCE: "Messages came back. It opens by itself when one has arrived.",
}
_SURFACES: Final[Mapping[str, str]] = {
    "portal": "their own page",
    "gpc": "the privacy signal of their browser",
    "tcf": "a cookie window",
    "gpp": "a cookie window",
    "banner": "a cookie window",
    "widget": "our shop or app",
    "sdk": "our shop or app",
    "unsubscribe": "the link in a message",
    "one_click": "the button of their mail program",
    "confirm": "the link in a mail that asked",
    "mail": "the link in a mail that asked",
    "paper": "paper",
    "call": "a telephone call",
    "phone": "a telephone call",
    "call_centre": "a telephone call",
    "guardian": "a parent or guardian",
    "import": "records that we kept before",
    "api": "one of our systems",
    "capture": "a colleague who wrote it down",
    "console": "a colleague who wrote it down",
    "stop": "an answer with STOP",
}
_REGIMES: Final[Mapping[Regime | None, str]] = {
    Regime.GDPR: "GDPR (European Union)",
    Regime.UK_GDPR: "UK GDPR (United Kingdom)",
    Regime.CCPA: "CCPA (California)",
    Regime.LGPD: "LGPD (Brazil)",
    None: "unknown: the strictest counts",
}
_LAWS: Final[Mapping[LegalBasis | None, str]] = {
    LegalBasis.CONSENT: "needs their yes",
    LegalBasis.CONTRACT: "part of the contract, no choice",
    LegalBasis.LEGAL_OBLIGATION: "required by law, no choice",
    LegalBasis.LEGITIMATE_INTEREST: "legitimate interest, until they object",
    LegalBasis.OPT_OUT: "allowed until they say no",
    None: "no legal basis under their law",
}


def frequency(found: Frequency) -> str:
    """Return at most how often."""
    return _OFTEN[found]


def block(found: Block) -> str:
    """Return what closed a channel, and what opens it again."""
    return _BLOCKS[found]


def where(surface: str, source_id: int | None, in_force: InForce) -> str:
    """Return through what something was said: "their own page", "our shop"."""
    if source_id is not None:
        return words.place(source_id, in_force)
    return _SURFACES.get(surface, words.plain(surface))


def regime(found: str | None) -> str:
    """Return a law with where it holds."""
    return _REGIMES[Regime(found)] if found in set(Regime) else _REGIMES[None]


def law(basis: LegalBasis | None) -> str:
    """Return what a purpose rests on with a person."""
    return _LAWS[basis]


def quiet(mask: int) -> str:
    """Return the hours of a mask: "from 21:00 to 08:00"."""
    if not mask:
        return "none of their own"
    if mask == ALL_HOURS:
        return "the whole day"
    span = span_of(mask)
    if span is None:
        return "from " + ", ".join(hour(at) for at in range(HOURS) if mask >> at & 1)
    return f"from {hour(span[0])} to {hour(span[1])}"


def count(people: int) -> str:
    """Return a number of people that points at nobody: a small group is not counted out."""
    return FEW if 0 < people < SMALLEST else show_number(people)


def drawn(number: int) -> int:
    """Return a number for a line in a chart; what is too small to be said is not drawn."""
    return 0 if number < SMALLEST else number
