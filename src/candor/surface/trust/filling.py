"""Fills the trust page, for use inside `reading`."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from candor.domain.audit.model import ActorKind
from candor.domain.audit.service.notary import LOG_PATH
from candor.domain.catalogue.model import (
    Document,
    LegalBasis,
    MachineDecision,
    Purpose,
    Regime,
)
from candor.domain.connections.service.reaching import Pace, Told
from candor.domain.consent.model.notice import DataKind, notice_of
from candor.infra.jws import KeySet
from candor.infra.web import reading
from candor.infra.web.reading import country_name, declared, message, show_duration
from candor.infra.web.reading import translate as _
from candor.surface.plain.soon import later
from candor.surface.trust.counting import LATELY, Counted
from candor.surface.trust.rounding import SMALLEST, rounded, share
from candor.surface.trust.views import (
    Answering,
    DecisionPart,
    FigurePart,
    KeyLine,
    PacePart,
    PurposePart,
    SystemPart,
    TrustPage,
)

KEYS_URL: Final = "/.well-known/candor-keys.json"
_BASES: Final[Mapping[LegalBasis, str]] = {
    LegalBasis.CONSENT: message("Only with your yes, which you may take back at any time"),
    LegalBasis.CONTRACT: message("It is needed for what you ask of us as a customer"),
    LegalBasis.LEGAL_OBLIGATION: message("The law makes us do it"),
    LegalBasis.LEGITIMATE_INTEREST: message("We need it; you may object, and then it stops"),
    LegalBasis.OPT_OUT: message("Until you say no, which you may at any time"),
}
_LAWS: Final[Mapping[Regime, str]] = {
    Regime.GDPR: message("European Union"),
    Regime.UK_GDPR: message("United Kingdom"),
    Regime.CCPA: message("California"),
    Regime.LGPD: message("Brazil"),
}
_ASKED: Final = frozenset({LegalBasis.CONSENT, LegalBasis.OPT_OUT})


def fill(
    document: Document,
    counted: Counted | None,
    keys: KeySet,
    *,
    contact: str,
    told: Sequence[Told] = (),
) -> TrustPage:
    """Return the page.

    Args:
        document: the catalogue in force.
        counted: exact figures; what is shown of them is rounded here.
        keys: those that verify receipts, the one that signs first.
        contact: where people write to, if the catalogue does not say.
        told: the systems that receive data of people.
    """
    who = document.controller
    reach = who.contact or contact
    return TrustPage(
        purposes=tuple(_purpose(document, p, counted) for p in document.purposes),
        decisions=tuple(_decision(document, one) for one in document.decisions),
        figures=_figures(counted) if counted else None,
        answering=Answering(
            name=who.legal_name or document.company,
            address=who.address,
            contact=reach,
            contact_url=f"mailto:{quote(reach, safe='@.+-_')}" if "@" in reach else None,
            authority=who.authority,
        ),
        keys=tuple(
            KeyLine(key.thumbprint, is_retired=place > 0) for place, key in enumerate(keys.keys)
        ),
        keys_url=KEYS_URL,
        log_url=LOG_PATH,
        smallest=SMALLEST,
        days=LATELY.days,
        systems=tuple(_system(document, one) for one in told),
        pace=_pace(counted.pace) if counted and counted.pace else None,
    )


def _system(document: Document, told: Told) -> SystemPart:
    language = reading.current().language
    country = country_name(told.where.country) if told.where.country else None
    return SystemPart(
        name=declared(told.where.name),
        country=country,
        purposes=tuple(
            one.title(language) for one in document.purposes if one.code in told.purposes
        ),
    )


def _pace(pace: Pace) -> PacePart | None:
    """Return how soon it was, in rounded words; None for so few that it were about somebody."""
    if pace.count < SMALLEST or None in {pace.p50, pace.p95, pace.p99}:
        return None
    return PacePart(later(pace.p50 or 0), later(pace.p95 or 0), later(pace.p99 or 0))


def _purpose(document: Document, purpose: Purpose, counted: Counted | None) -> PurposePart:
    notice = notice_of(document, purpose, reading.current().language)
    is_asked = not _ASKED.isdisjoint(purpose.basis.values())
    needs_yes = LegalBasis.CONSENT in purpose.basis.values()
    answers = counted.figures.answers.get(purpose.code) if counted else None
    facts = [datum for datum in notice.data if datum.kind is DataKind.ATTRIBUTE]
    events = [datum for datum in notice.data if datum.kind is DataKind.EVENT]
    return PurposePart(
        code=purpose.code,
        title=notice.title,
        plain=notice.plain,
        gain=notice.gain,
        because=_because(purpose),
        data=tuple(declared(datum.title) for datum in (*facts, *events)),
        recipients=tuple(declared(name) for name in notice.recipients),
        kept_for=show_duration(purpose.retention) or purpose.retention,
        yes_lasts=show_duration(purpose.consent_lasts) if needs_yes else None,
        needs_yes=needs_yes,
        is_sale=purpose.is_sale,
        share=share(answers.said_yes, answers.asked) if is_asked and answers else None,
        opened=_opened(counted, purpose.code),
    )


def _decision(document: Document, decision: MachineDecision) -> DecisionPart:
    text = decision.text(reading.current().language)
    titles = {a.code: a.title for a in document.attributes}
    titles |= {e.code: e.title for e in document.events}
    return DecisionPart(
        code=decision.code,
        title=text.title,
        plain=text.plain,
        meaning=text.meaning,
        contest=text.contest,
        inputs=tuple(declared(titles[code]) for code in decision.inputs),
        is_significant=decision.is_significant,
        kept_for=show_duration(decision.retention) or decision.retention,
    )


def _because(purpose: Purpose) -> tuple[str, ...]:
    """Return what makes it lawful: one sentence, or one per group of laws that agree."""
    by_basis: dict[LegalBasis, list[Regime]] = {}
    for regime in Regime:
        if regime in purpose.basis:
            by_basis.setdefault(purpose.basis[regime], []).append(regime)
    if len(by_basis) == 1 and len(purpose.basis) == len(Regime):
        return (str(_(_BASES[next(iter(by_basis))])),)
    return tuple(
        str(
            _(
                "%(basis)s (%(places)s)",
                basis=_(_BASES[basis]),
                places=", ".join(str(_(_LAWS[regime])) for regime in regimes),
            )
        )
        for basis, regimes in by_basis.items()
    )


def _opened(counted: Counted | None, purpose: str) -> int | None:
    if counted is None:
        return None
    return rounded(sum(o.times for o in counted.openings if o.purpose == purpose))


def _figures(counted: Counted) -> FigurePart:
    def by(kind: ActorKind) -> int | None:
        return rounded(sum(o.times for o in counted.openings if o.actor_kind == kind))

    own = sum(o.times for o in counted.openings if o.actor_kind == ActorKind.CUSTOMER)
    return FigurePart(
        people=rounded(counted.figures.people),
        taken_back=rounded(counted.figures.taken_back),
        opened_by_people=by(ActorKind.STAFF),
        opened_by_machines=by(ActorKind.MACHINE),
        opened_by_owners=rounded(own),
        refused=rounded(counted.refused),
        not_kept=rounded(counted.not_kept),
        counted_at=counted.at,
    )
