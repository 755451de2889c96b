"""Fills the page Why did I get this? from the gate's own explanation."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.consent.model.choice import Record
from candor.domain.consent.model.decision import Ask, Explained, Reason
from candor.domain.consent.model.history import WishLine
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import Block, ChannelSignal, WishRow
from candor.infra.web.reading import Reader
from candor.infra.web.reading import translate as _
from candor.surface.portal import saying, words
from candor.surface.portal.allow.filling import URL as ALLOW
from candor.surface.portal.desk import HOME
from candor.surface.portal.why.views import Because, Ground, WhyPage
from candor.surface.portal.write.filling import URL as WRITE
from candor.surface.portal.write.views import Option

URL: Final = f"{HOME}/why"
_ABOUT_CHANNEL: Final = frozenset(
    {
        Reason.STOPPED,
        Reason.UNSUBSCRIBED,
        Reason.COMPLAINED,
        Reason.BOUNCED,
    }
)


def fill(ask: Ask | None, found: Explained | None, rules: Rules, reader: Reader) -> WhyPage:
    """Return the page, for use inside `reading`."""
    document = rules.in_force.document
    return WhyPage(
        url=URL,
        topics=tuple(Option(t.code, saying.topic(t).title) for t in document.topics),
        channels=tuple(Option(c.code, saying.channel(c)) for c in document.channels),
        purposes=tuple(
            Option(p.code, words.purpose(rules.in_force, p.code)) for p in document.purposes
        ),
        topic=ask.topic if ask else None,
        channel=ask.channel if ask else None,
        purpose=ask.purpose if ask and not ask.topic else None,
        now=reader.now,
        answer=_because(ask, found, rules) if ask and found else None,
        back_url=WRITE,
    )


def _because(ask: Ask, found: Explained, rules: Rules) -> Because:
    decision = found.decision
    return Because(
        about=_about(ask, rules),
        may_come=decision.allowed,
        reason=saying.reason(decision.reason),
        grounds=(
            *_choices(decision.evidence, rules, ask.purpose),
            *_wishes(ask, found, rules),
            *_signals(found.signals, decision.reason),
            *_last(found.last_at),
        ),
    )


def _about(ask: Ask, rules: Rules) -> str:
    in_force = rules.in_force
    if ask.topic:
        what = saying.topic(in_force.topics.get(ask.topic)).title
        way = saying.channel(in_force.channels.get(ask.channel or ""))
        return str(_("%(topic)s, %(channel)s", topic=what, channel=way))
    return words.purpose(in_force, ask.purpose)


def _choices(records: Iterable[Record], rules: Rules, purpose: str) -> Iterable[Ground]:
    """Yield the choices, each once however many profiles it counts for; else the purpose."""
    seen: dict[UUID, Record] = {record.record_id: record for record in records}
    for record in seen.values():
        yield Ground(
            said=str(
                _(
                    "%(answer)s to: %(purpose)s",
                    answer=saying.answer(record.choice),
                    purpose=words.purpose(rules.in_force, purpose),
                )
            ),
            at=record.decided_at,
            where=saying.where(record.surface, record.source_id, rules.in_force),
            url=f"{ALLOW}/{purpose}#choice-{record.record_id}",
            link=str(_("Look at this choice")),
        )
    if not seen:
        yield Ground(
            said=words.purpose(rules.in_force, purpose),
            at=None,
            where=None,
            url=f"{ALLOW}#purpose-{purpose}",
            link=str(_("What this is, and the law behind it")),
        )


def _wishes(ask: Ask, found: Explained, rules: Rules) -> Iterable[Ground]:
    """Yield the preference that counts of each kind; the default where nothing was said."""
    newest: dict[str, WishRow] = {}
    for wish in found.wishes:
        standing = newest.get(wish.kind)
        if standing is None or wish.decided_at >= standing.decided_at:
            newest[wish.kind] = wish
    for wish in newest.values():
        yield Ground(
            said=saying.wish(_line(wish), rules.in_force),
            at=wish.decided_at,
            where=saying.where(wish.surface, wish.source_id, rules.in_force),
            url=f"{WRITE}/history#wish-{wish.wish_id}",
            link=str(_("Look at this wish")),
        )
    if ask.topic and "topic" not in newest:
        yield Ground(
            said=str(_("You have not chosen how often; this is how it begins.")),
            at=None,
            where=None,
            url=f"{WRITE}#topic-{ask.topic}",
            link=str(_("Choose how often")),
        )


def _signals(signals: Iterable[ChannelSignal], reason: Reason) -> Iterable[Ground]:
    """Yield what closed the channel, when that is why nothing comes."""
    if reason not in _ABOUT_CHANNEL:
        return
    shut = [s for s in signals if s.kind in set(Block)]
    if not shut:
        return
    newest = max(shut, key=lambda signal: signal.decided_at)
    yield Ground(
        said=saying.block(Block(newest.kind))[0],
        at=newest.decided_at,
        where=None,
        url=WRITE,
        link=str(_("Open it again")),
    )


def _last(last_at: datetime | None) -> Iterable[Ground]:
    if last_at is not None:
        yield Ground(
            said=str(_("The last message about this left")),
            at=last_at,
            where=None,
            url=WRITE,
            link=str(_("Choose how often")),
        )


def _line(wish: WishRow) -> WishLine:
    return WishLine(
        wish_id=wish.wish_id,
        kind=wish.kind,
        topic_id=wish.topic_id,
        channel_id=wish.channel_id,
        frequency=wish.frequency,
        until=wish.until,
        hours=wish.hours,
        zone=wish.zone,
        decided_at=wish.decided_at,
        surface=wish.surface,
        source_id=wish.source_id,
    )
