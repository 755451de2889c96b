"""Asking the gate about one person: may this be done now, and what does the answer rest on?

Asked for a stated purpose like every reading about a person, and written down. Nothing is opened
for it: the page shows no name.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from litestar import Response

from candor.domain.access.model.roles import Permission
from candor.domain.consent.model.decision import Ask, Decision, Explained, Reason
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import Block, ChannelSignal, WishRow
from candor.domain.consent.service import gate
from candor.domain.consent.service.regimes import regime_of
from candor.infra.db.pool import Tx
from candor.infra.web.reading import reading, show_datetime
from candor.kernel.ids import ProfileId
from candor.surface.console import saying, words
from candor.surface.console.desk import Desk, asked, permitted
from candor.surface.console.people.routes import URL
from candor.surface.console.person import steering
from candor.surface.console.person.views import AskForm, AskPage, GateAnswer, GateGround
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit, short

_TEMPLATE: Final = "console/ask.html"
_INVALID: Final = 400
_SHUT: Final = frozenset(
    {Reason.STOPPED, Reason.UNSUBSCRIBED, Reason.COMPLAINED, Reason.BOUNCED}
)


async def ask_page(
    desk: Desk, tx: Tx, visit: Visit, request: AnyRequest, profile_id: ProfileId, stated: str
) -> Response[str]:
    """Return the page; the stated purpose is known and allowed. What was asked is written down."""
    rules = await desk.rules(tx)
    now = desk.clock.now()
    chosen = {name: asked(request, name) for name in ("about", "channel", "topic")}
    form = steering.ask_form(profile_id, stated, rules, chosen)
    error = _wrong(form) if any(chosen.values()) else None
    answer: GateAnswer | None = None
    if form.about is not None and error is None:
        ask = Ask(profile_id, form.about, form.channel, form.topic)
        found = await gate.explained_ask(tx, ask, policy=rules.policy, now=now)
        after = await gate.ask_again_at(tx, profile_id, policy=rules.policy, now=now)
        regime = await regime_of(tx, await gate.members(tx, profile_id))
        await steering.write_down(desk, tx, visit, profile_id, stated, about=form.about)
        may_capture = permitted(visit, Permission.CONSENT_RECORD, URL) is not None
        with reading(desk.reader()):
            answer = GateAnswer(
                about=_about(ask, rules),
                is_allowed=found.decision.allowed,
                reason=words.reason(found.decision.reason),
                law=saying.law(rules.policy.basis(rules.policy.bits[ask.purpose], regime)),
                at=now,
                ask_after=after.get(ask.purpose),
                grounds=tuple(_grounds(ask, found, rules, now, may_capture=may_capture)),
            )
    back = f"{URL}/{profile_id}"
    view = AskPage(
        code=short(profile_id),
        purpose=words.purpose(stated),
        back_url=f"{back}?{urlencode({'purpose': stated})}#gate",
        change_purpose_url=back,
        form=form if error is None else _with(form, error),
        answer=answer,
    )
    status = 200 if error is None else _INVALID
    return await desk.show(tx, visit, "people", _TEMPLATE, view, status=status)


def _wrong(form: AskForm) -> str | None:
    """Return what is wrong with the question, as a sentence."""
    if form.about not in {option.code for option in form.purposes}:
        return "Choose the purpose that you ask about."
    if form.channel is not None and form.channel not in {o.code for o in form.channels}:
        return "This channel is not in the catalogue."
    if form.topic is not None and form.topic not in {o.code for o in form.topics}:
        return "This topic is not in the catalogue."
    if form.topic is not None and form.channel is None:
        return "A message about a topic needs a channel: choose one."
    return None


def _with(form: AskForm, error: str) -> AskForm:
    return AskForm(
        form.url,
        form.stated,
        form.purposes,
        form.channels,
        form.topics,
        form.about,
        form.channel,
        form.topic,
        error,
    )


def _about(ask: Ask, rules: Rules) -> str:
    purpose = words.purpose(ask.purpose).capitalize()
    if ask.channel is None:
        return purpose
    channel = rules.in_force.channels[ask.channel].title()
    if ask.topic is None:
        return f"{purpose}: a message without a topic, {channel}"
    return f"{purpose}: {rules.in_force.topics[ask.topic].title()}, {channel}"


def _grounds(
    ask: Ask, found: Explained, rules: Rules, now: datetime, *, may_capture: bool
) -> Iterator[GateGround]:
    """Yield everything that the answer rests on."""
    yield from _choices(ask, found.decision, rules, may_capture=may_capture)
    yield from _wishes(ask, found, rules, now)
    yield from _signals(found)
    if found.last_at is not None:
        yield GateGround("The last message", "the last about this topic left", found.last_at)


def _choices(
    ask: Ask, decision: Decision, rules: Rules, *, may_capture: bool
) -> Iterator[GateGround]:
    edition = rules.in_force.purposes[ask.purpose].edition
    if sentence := steering.lapsed(decision, edition):
        yield GateGround("The yes has lapsed", sentence)
    for record in steering.newest(decision.evidence):
        line = steering.said(record, rules, None)
        shown = steering.notice_url(record.notice)
        choice = f"{URL}/{ask.profile_id}/choices/{record.record_id}" if may_capture else None
        yield GateGround(
            title=f"Choice: {line.said}",
            text=f"through {line.where}, edition {line.edition}"
            + (", by a guardian" if line.by_guardian else ""),
            at=line.at,
            url=shown or choice,
            link="The words that were shown" if shown else "The choice and its receipt",
        )
    if not decision.evidence:
        yield GateGround("No choice", "nothing that they said counts for this answer")


def _wishes(ask: Ask, found: Explained, rules: Rules, now: datetime) -> Iterator[GateGround]:
    """Yield the newest preference of each kind; what the catalogue says where there is none."""
    if ask.channel is None or ask.topic is None:
        return
    latest: dict[str, WishRow] = {}
    for wish in found.wishes:  # oldest first
        latest[wish.kind] = wish
    for wish in latest.values():
        title, text = _wish(wish, now)
        where = saying.where(wish.surface, wish.source_id, rules.in_force)
        yield GateGround(title, f"{text}, through {where}", wish.decided_at)
    if "topic" not in latest:
        topic, channel = rules.policy.topics[ask.topic], rules.policy.channels[ask.channel]
        often = saying.frequency(channel.silence.frequency(topic.bit))
        yield GateGround("As the catalogue begins", f"they said nothing about it: {often}")


def _wish(wish: WishRow, now: datetime) -> tuple[str, str]:
    """Return a preference in words; call it inside `reading`."""
    match wish.kind:
        case "topic":
            return "How often", wish.frequency or ""
        case "pause":
            is_over = wish.until is None or wish.until <= now
            return "Pause", "over" if is_over else f"until {show_datetime(wish.until or now)}"
        case _:
            return "Quiet hours", f"{saying.quiet(wish.hours or 0)}, {wish.zone}"


def _signals(found: Explained) -> Iterator[GateGround]:
    """Yield what closed the channel, when that is the answer."""
    if found.decision.reason not in _SHUT:
        return
    shut: list[ChannelSignal] = [one for one in found.signals if one.kind in set(Block)]
    last = max(shut, key=lambda one: one.decided_at, default=None)
    if last is not None:
        yield GateGround(
            "The channel is closed", saying.block(Block(last.kind)), last.decided_at
        )
