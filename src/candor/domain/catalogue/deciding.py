"""Rules for decisions that a machine takes alone (GDPR Art. 22; LGPD Art. 20)."""

import re
from typing import Final

from candor.domain.catalogue import checks
from candor.domain.catalogue.lines import Keys
from candor.domain.catalogue.model import Document, LegalBasis, MachineDecision
from candor.domain.catalogue.table import Note, shown

_LAST_EDITION: Final = 32_767  # smallint
_LEAST_OUTCOMES: Final = 2
_OUTCOME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
# What Art. 22(2) lets a machine decide alone when it weighs much: a contract, a law, a yes.
_ENOUGH: Final = frozenset(
    {LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION, LegalBasis.CONSENT}
)


def decision(decision: MachineDecision, document: Document, note: Note) -> None:
    """A decision looks only at what is declared, and can be told to whom it is about."""
    keys = ("decision", decision.code)
    checks.small_name(keys, note)
    checks.positive(keys, note)
    purposes = {purpose.code: purpose for purpose in document.purposes}
    checks.known(decision.purpose, list(purposes), (*keys, "purpose"), note)
    _inputs(decision, document, keys, note)
    _outcomes(decision, keys, note)
    checks.span(decision.retention, (*keys, "retention"), note)
    if not 1 <= decision.edition <= _LAST_EDITION:
        message = f"`edition` counts from 1 to {_LAST_EDITION}, not {decision.edition}"
        note((*keys, "edition"), message)
    purpose = purposes.get(decision.purpose)
    if decision.is_significant and purpose and not set(purpose.basis.values()) <= _ENOUGH:
        message = (
            f"{shown(keys)} weighs much for people, so it must rest on a contract, a law or"
            f" their yes (GDPR Art. 22(2)); `{decision.purpose}` does not everywhere"
        )
        note((*keys, "is_significant"), message)
    checks.languages(decision.texts, document.locales, keys, note)
    for locale, text in decision.texts.items():
        checks.wording(text, locale, (*keys, "text", locale), note)


def _inputs(decision: MachineDecision, document: Document, keys: Keys, note: Note) -> None:
    here = (*keys, "inputs")
    attributes = {one.code: one for one in document.attributes}
    known = [*attributes, *(one.code for one in document.events)]
    if not decision.inputs:
        note(here, f'{shown(keys)} looks at nothing; add inputs = ["..."]')
    for code in decision.inputs:
        checks.known(code, known, here, note)
        if decision.is_significant and code in attributes and attributes[code].is_sensitive:
            message = (
                f"{shown(keys)} looks at `{code}`, which is sensitive; needs a privacy officer"
                " (GDPR Art. 22(4))"
            )
            note(here, message, is_warning=True)


def _outcomes(decision: MachineDecision, keys: Keys, note: Note) -> None:
    here = (*keys, "outcomes")
    if len(decision.outcomes) < _LEAST_OUTCOMES:
        message = f"{shown(keys)} decides nothing; name two outcomes or more"
        note(here, message)
    for outcome in decision.outcomes:
        if not _OUTCOME.fullmatch(outcome):
            note(here, f"`{outcome}` is no outcome; write a small_name such as accepted")
