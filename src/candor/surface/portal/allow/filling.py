"""Fills the pages What you allow. The words are those of the notice that a choice will name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import LegalBasis, Purpose
from candor.domain.consent.model import history
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Decision, Reason
from candor.domain.consent.model.notice import Notice, notice_of
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.notices import Published
from candor.infra.web.reading import Reader, declared, show_date
from candor.infra.web.reading import translate as _
from candor.surface.portal import saying, words
from candor.surface.portal.allow.views import (
    AllowPage,
    Answer,
    ChoiceCard,
    ChoiceLine,
    ChoicesPage,
    Confirmation,
    PurposeWords,
    WordsPage,
)
from candor.surface.portal.desk import HOME
from candor.surface.portal.views import Pager

URL: Final = f"{HOME}/allow"
SHOWN: Final = 3  # choices under a card before the rest has a page of its own
_CONFIRMED_FOR: Final = timedelta(hours=1)
_SWITCHES: Final[Mapping[LegalBasis | None, str]] = {
    LegalBasis.CONSENT: "ask",
    LegalBasis.OPT_OUT: "object",
    LegalBasis.LEGITIMATE_INTEREST: "object",
}
_NOES: Final = frozenset({Reason.DENIED, Reason.WITHDRAWN, Reason.OBJECTED})


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands with a person, as the page needs it."""

    decisions: Mapping[str, Decision]
    lines: Sequence[history.ChoiceLine]  # newest first
    regime: str | None
    hears_browser: bool
    is_restricted: bool
    done: history.ChoiceLine | None = None
    stopped: bool = False
    undo_token: str | None = None
    undone: bool = False
    by_purpose: Mapping[int, list[history.ChoiceLine]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the lines by what they are about."""
        sorted_: dict[int, list[history.ChoiceLine]] = {}
        for line in self.lines:
            sorted_.setdefault(line.purpose_id, []).append(line)
        object.__setattr__(self, "by_purpose", sorted_)


def switch_of(rules: Rules, purpose: Purpose, regime: str | None) -> str:
    """Return what a person can do about a purpose: "ask", "object" or "fixed"."""
    return _SWITCHES.get(rules.policy.basis(rules.policy.bits[purpose.code], regime), "fixed")


def fill(stands: Stands, rules: Rules, reader: Reader) -> AllowPage:
    """Return the page, for use inside `reading`."""
    cards = tuple(
        _card(purpose, stands, rules, reader) for purpose in rules.in_force.document.purposes
    )
    return AllowPage(
        cards=cards,
        choose_url=f"{URL}/choose",
        stop_url=f"{URL}/stop",
        undo_url=f"{URL}/undo",
        can_stop=any(c.kind == "ask" and c.chosen != "denied" for c in cards),
        back=URL,
        stopped=stands.stopped,
        undo_token=stands.undo_token,
        undone=stands.undone,
        is_restricted=stands.is_restricted,
    )


def fill_choices(
    lines: Sequence[history.ChoiceLine], purpose: Purpose, rules: Rules, pager: Pager
) -> ChoicesPage:
    """Return a page of everything that was said about one purpose, for use inside `reading`."""
    return ChoicesPage(
        title=words.purpose(rules.in_force, purpose.code),
        lines=tuple(_line(line, rules) for line in lines),
        back_url=f"{URL}#purpose-{purpose.code}",
        pager=pager,
    )


def fill_notice(published: Published, rules: Rules, regime: str | None) -> WordsPage:
    """Return the page with the exact words of a notice, for use inside `reading`."""
    notice = published.notice
    bases = {basis.value: given for basis, given in notice.basis.items()}
    basis = bases.get(regime or "gdpr")
    return WordsPage(
        words=_words(notice, basis, regime),
        edition=notice.edition,
        since=published.published_at,
        fingerprint=published.notice_id,
        company=notice.controller.name,
        address=notice.controller.address,
        contact=notice.controller.contact,
        authority=notice.controller.authority,
        back_url=f"{URL}#purpose-{notice.purpose}"
        if notice.purpose in rules.in_force.purposes
        else URL,
    )


def _card(purpose: Purpose, stands: Stands, rules: Rules, reader: Reader) -> ChoiceCard:
    bit = rules.policy.bits[purpose.code]
    basis = rules.policy.basis(bit, stands.regime)
    decision = stands.decisions[purpose.code]
    notice = notice_of(rules.in_force.document, purpose, reader.language)
    own = stands.by_purpose.get(bit, [])
    newest = own[0] if own else None
    kind = switch_of(rules, purpose, stands.regime)
    hears = purpose.is_sale and stands.hears_browser and kind != "fixed"
    places = {
        number: words.source(rules.in_force, number) for number in rules.in_force.sources_by_id
    }
    done = stands.done if stands.done and stands.done.purpose_id == bit else None
    return ChoiceCard(
        code=purpose.code,
        words=_words(notice, basis, stands.regime),
        kind=kind,
        is_on=decision.allowed,
        because=words.because(decision, places),
        chosen=_chosen(decision, newest) if kind != "fixed" else None,
        yes=_yes(basis),
        no=_no(basis),
        asks=_asks(decision),
        again_at=_again_at(newest, rules, reader.now) if kind == "ask" else None,
        hears_browser=hears,
        is_over_browser=hears and decision.allowed,
        history=tuple(_line(line, rules) for line in own[:SHOWN]),
        history_url=f"{URL}/{purpose.code}" if len(own) > SHOWN else None,
        done=_confirmation(done, reader.now),
    )


def _words(notice: Notice, basis: LegalBasis | None, regime: str | None) -> PurposeWords:
    law, article = saying.law(basis, regime)
    needs_yes = basis is LegalBasis.CONSENT and notice.consent_lasts
    return PurposeWords(
        title=notice.title,
        plain=notice.plain,
        gain=notice.gain,
        data=tuple(dict.fromkeys(declared(datum.title) for datum in notice.data)),
        recipients=tuple(declared(name) for name in notice.recipients),
        kept_for=saying.kept_for(notice.retention),
        yes_lasts=saying.kept_for(notice.consent_lasts) if needs_yes else None,
        law=law,
        article=article,
    )


def _chosen(decision: Decision, newest: history.ChoiceLine | None) -> str | None:
    """Return the answer that stands; a yes that lapsed is none, and silence is none."""
    if decision.reason in _NOES:
        return "denied"
    if newest is None:
        return None
    if newest.choice != Choice.GRANTED:
        return "denied"
    stands = decision.allowed or decision.reason is Reason.RESTRICTED
    return "granted" if stands else None


def _yes(basis: LegalBasis | None) -> Answer:
    if basis is LegalBasis.LEGITIMATE_INTEREST:
        return Answer("granted", str(_("This may go on")))
    return Answer("granted", str(_("Yes")))


def _no(basis: LegalBasis | None) -> Answer:
    if basis is LegalBasis.LEGITIMATE_INTEREST:
        return Answer("denied", str(_("I object")))
    return Answer("denied", str(_("No")))


def _asks(decision: Decision) -> str | None:
    last = max((r.decided_at for r in decision.evidence), default=None)
    if last is None:
        return None
    return saying.lapse(decision.reason, show_date(last))


def _again_at(
    newest: history.ChoiceLine | None, rules: Rules, now: datetime
) -> datetime | None:
    """Return from when somebody may ask again after a no, if that is still to come."""
    if newest is None or newest.choice == Choice.GRANTED:
        return None
    days = rules.policy.ask_again_days.get(newest.purpose_id)
    again = newest.decided_at + timedelta(days=days or 0)
    return again if again > now else None


def _line(line: history.ChoiceLine, rules: Rules) -> ChoiceLine:
    where = saying.where(line.surface, line.source_id, rules.in_force)
    if line.by_guardian:
        where = saying.where("guardian", None, rules.in_force)
    return ChoiceLine(
        key=str(line.record_id),
        said=saying.answer(line.choice),
        tone="good" if line.choice == Choice.GRANTED else "no",
        at=line.decided_at,
        where=where,
        until=line.expires_at if line.choice == Choice.GRANTED else None,
        words_url=f"{URL}/words/{line.notice}" if is_notice(line.notice) else None,
        receipt_url=receipt_url(line.record_id),
    )


def receipt_url(record_id: UUID) -> str:
    """Return where the receipt of a choice is."""
    return f"{URL}/receipt/{record_id}"


def is_notice(notice: str | None) -> bool:
    """Tell whether a record names words that we keep: earlier ones may name a version only."""
    return notice is not None and len(notice) == 64 and set(notice) <= set("0123456789abcdef")


def _confirmation(line: history.ChoiceLine | None, now: datetime) -> Confirmation | None:
    """Return what was just done; an old address says nothing any more."""
    if line is None or line.decided_at < now - _CONFIRMED_FOR:
        return None
    is_yes = line.choice == Choice.GRANTED
    return Confirmation(is_yes, line.decided_at, line.expires_at if is_yes else None)
