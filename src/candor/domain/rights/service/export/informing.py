"""What a person must be told besides their data (GDPR Art. 15(1)(a)-(h), 15(2))."""

from typing import Any, Final

from candor.domain.catalogue.model import Document, Purpose, Regime
from candor.infra.web.reading import message

RIGHTS: Final = (  # Art. 15(1)(e), (f)
    message("Have it put right"),
    message("Have it erased"),
    message("Have its use restricted"),
    message("Object to its use"),
    message("Take it along to somebody else"),
    message("Have a person look at a decision that a machine made"),
    message("Take a consent back at any time"),
    message("Complain to an authority"),
)
NOT_GIVEN: Final = (  # 11 CCR 7024(d): that it is held, without the thing itself
    message("Keys that seal your data, and hashes by which it is found"),
    message("Public keys of your passkeys, and hashes of the secrets of your sign-ins"),
    message("Names of the people who work for us: you see their roles"),
    message("Whatever is about other people, even where it is kept beside your data"),
)


def information(document: Document, regime: Regime, language: str) -> dict[str, Any]:
    """Return the answer as plain values, in a language where the catalogue has it."""
    controller = document.controller
    return {
        "controller": {
            "name": controller.legal_name or document.company,
            "address": controller.address,
            "country": controller.country,
            "contact": controller.contact,
        },
        "law": regime.value,
        "purposes": [_purpose(p, regime, language) for p in document.purposes],
        "categories": _categories(document),
        "sources": [{"source": s.code, "place": s.place} for s in document.sources],
        "rights": list(RIGHTS),
        "complain_to": controller.authority,
        "automated_decisions": [
            {
                "decision": decision.code,
                "title": decision.title(language),
                "logic": decision.text(language).plain,
                "meaning": decision.text(language).meaning,
                "contest": decision.text(language).contest,
                "is_significant": decision.is_significant,
            }
            for decision in document.decisions
        ],
    }


def _purpose(purpose: Purpose, regime: Regime, language: str) -> dict[str, Any]:
    texts = purpose.texts.get(language) or purpose.texts["en"]
    basis = purpose.basis.get(regime)
    return {
        "purpose": purpose.code,
        "title": texts.title,
        "plain": texts.plain,
        "basis": None if basis is None else basis.value,
        "recipients": list(purpose.recipients),
        "retention": purpose.retention,
    }


def _categories(document: Document) -> list[dict[str, Any]]:
    """Return which kinds of data are concerned (Art. 15(1)(b)), and for how long (d)."""
    found = [
        {
            "data": a.code,
            "title": a.title,
            "retention": a.retention,
            "is_inferred": a.is_inferred,
        }
        for a in document.attributes
    ]
    found += [
        {"data": e.code, "title": e.title, "retention": e.retention, "is_inferred": False}
        for e in document.events
    ]
    return found
