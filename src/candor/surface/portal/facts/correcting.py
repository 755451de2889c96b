"""Fills the page that puts one fact right. Opens its values, as the page What we know does."""

from typing import Final

from candor.domain.catalogue.model import Attribute
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles.model import Fact
from candor.domain.profiles.service import correct
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import declared
from candor.infra.web.reading import translate as _
from candor.surface.portal import words
from candor.surface.portal.facts.answers import field_for
from candor.surface.portal.facts.filling import URL, Decisions, Uses, known, url_of
from candor.surface.portal.facts.views import CorrectPage, Done

KEEP: Final = "keep"
SET_ASIDE: Final = "set_aside"
TAKE_BACK: Final = "take_back"


def fill(
    person: PersonRead,
    attribute: Attribute,
    rules: Rules,
    decisions: Decisions,
    *,
    contact: str,
    contact_url: str | None,
    regime: str | None,
    wrong: str | None = None,
) -> CorrectPage:
    """Return the page, for use inside `reading`.

    Args:
        person: opened for themselves.
        attribute: what is to be put right.
        rules: the catalogue in force.
        decisions: what is allowed now, by purpose.
        contact: where a proof is sent to, for what finds the person.
        contact_url: starts a mail to it, or None.
        regime: the law that holds for the person.
        wrong: what the customer typed, when it could not be taken.
    """
    fact = fact_of(person, attribute.code)
    now = fact.answer.value.reveal() if fact and fact.answer.value else None
    may_change = correct.is_correctable(attribute)
    may_set_aside = correct.is_removable(attribute, rules.policy, regime)
    return CorrectPage(
        label=declared(attribute.title),
        known=known(fact, attribute, Uses(rules.in_force, decisions)) if fact else None,
        answer=field_for(attribute, now, typed_text=wrong) if may_change else None,
        post_url=url_of(attribute.code),
        back_url=f"{URL}#fact-{attribute.code}",
        is_guess=attribute.is_inferred,
        may_set_aside=may_set_aside and fact is not None,
        needed_for=()
        if may_set_aside
        else tuple(words.purpose(rules.in_force, code) for code in attribute.purposes),
        contact=contact,
        contact_url=contact_url,
    )


def fact_of(person: PersonRead, code: str) -> Fact | None:
    """Return what is known about one attribute."""
    return next((fact for fact in person.facts if fact.attribute == code), None)


def _standing(fact: Fact | None) -> str:
    """Return the act that would have led to how a fact stands."""
    if fact is None or not fact.is_own_word:
        return TAKE_BACK
    return SET_ASIDE if fact.answer.is_empty else KEEP


def done(what: str, attribute: Attribute | None, person: PersonRead) -> Done | None:
    """Return the sentence about what was changed a moment ago; None for what is not so."""
    if attribute is None or what != _standing(fact_of(person, attribute.code)):
        return None
    label = declared(attribute.title)
    if what == TAKE_BACK:
        return Done(
            str(_("%(fact)s: your answer is taken back", fact=label)),
            str(_("What the others told us counts again.")),
        )
    undo_url = url_of(attribute.code)
    if what == KEEP:
        return Done(
            str(_("%(fact)s: your answer counts from now on", fact=label)),
            str(
                _(
                    "Whatever shops, tills and apps tell us later, yours comes first."
                    " What they said stays visible to you."
                )
            ),
            undo_url,
        )
    return Done(
        str(_("%(fact)s: set aside", fact=label)),
        str(_("Nobody of ours reads it any more, and nothing is done with it.")),
        undo_url,
    )
