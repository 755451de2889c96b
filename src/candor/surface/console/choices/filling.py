"""From exact counts to the page: small groups become words, every number leads on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import LegalBasis, Purpose
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.counting import ALLOWED, StepRow
from candor.infra.web.reading import show_date, show_percent
from candor.surface.console import saying, words
from candor.surface.console.choices.counting import Counted
from candor.surface.console.choices.views import (
    ChannelReach,
    ChoicesPage,
    PurposeCount,
    StepLine,
)
from candor.surface.console.desk import HOME, permitted
from candor.surface.console.hours import HOUR, MONTH, YEAR, Window
from candor.surface.console.views import Option
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/choices"
NOTICES: Final = f"{HOME}/notices"
WINDOWS: Final = {window.code: window for window in (MONTH, YEAR)}
_LOG: Final = f"{HOME}/audit?{urlencode({'action': 'consent.recorded'})}"
# What needs no choice of theirs, and how a column is filled that asks about one.
_FIXED: Final = frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION})
_NOBODY_IS_ASKED: Final = "–"
_HELD_BACK: Final[Mapping[str, str]] = {
    Reason.NO_CONSENT: "the purpose is not allowed",
    Reason.STOPPED: "wrote STOP",
    Reason.UNSUBSCRIBED: "unsubscribed",
    Reason.COMPLAINED: "marked a message as unwanted",
    Reason.BOUNCED: "messages came back",
    Reason.TOPIC_CLOSED: "have this topic closed here",
    Reason.PAUSED: "asked for a pause",
    Reason.NO_CONTACT_POINT: "no verified address or number",
    Reason.TOO_OFTEN: "had as many as they want for now",
    Reason.QUIET_HOURS: "a quiet hour where they are",
}


def choices_page(
    visit: Visit, counted: Counted, rules: Rules, window: Window, now: datetime
) -> ChoicesPage:
    """Return the view; call it inside `reading`."""
    log = permitted(visit, Permission.AUDIT_READ, _LOG)
    notices = permitted(visit, Permission.CATALOGUE_READ, NOTICES)
    lines = lines_of(counted.steps, window)
    yeses, noes, taken_back = lines
    return ChoicesPage(
        url=URL,
        windows=tuple(Option(code, one.label) for code, one in WINDOWS.items()),
        window=window.code,
        window_label=window.label,
        step=window.step,
        people=saying.count(counted.people),
        waiting=saying.count(counted.waiting.people),
        purposes=tuple(
            _purpose(purpose, counted, rules, window, log, notices)
            for purpose in rules.in_force.document.purposes
        ),
        reach=tuple(_reach(*place, counted, rules) for place in counted.reach),
        yeses_total=saying.count(sum(yeses)),
        noes_total=saying.count(sum(noes)),
        taken_back_total=saying.count(sum(taken_back)),
        yeses=drawn(yeses),
        noes=drawn(noes),
        taken_back=drawn(taken_back),
        steps=tuple(
            StepLine(
                label=show_date(window.since(now) + n * HOUR * window.hours_per_step),
                yeses=saying.count(yeses[n]),
                noes=saying.count(noes[n]),
                taken_back=saying.count(taken_back[n]),
            )
            for n in range(window.steps)
        ),
        log_url=log,
        notices_url=notices,
    )


def lines_of(
    rows: Iterable[StepRow], window: Window, purpose_id: int | None = None
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return yeses, noes and yeses taken back per step, oldest first, of one purpose or all."""
    yeses, noes, taken_back = ([0] * window.steps for _ in range(3))
    for row in rows:
        if purpose_id in {None, row.purpose_id}:
            step = min(max(row.step, 0), window.steps - 1)
            yeses[step] += row.yeses
            noes[step] += row.noes
            taken_back[step] += row.taken_back
    return tuple(yeses), tuple(noes), tuple(taken_back)


def drawn(line: Iterable[int]) -> tuple[int, ...]:
    """Return a line as it may be drawn."""
    return tuple(saying.drawn(number) for number in line)


def share(part: int, whole: int) -> str:
    """Return a share in per cent; not beside a group that is too small to be told."""
    rest = whole - part
    if whole < saying.SMALLEST or 0 < part < saying.SMALLEST or 0 < rest < saying.SMALLEST:
        return "–"
    return show_percent(round(100 * part / whole))


def _purpose(
    purpose: Purpose,
    counted: Counted,
    rules: Rules,
    window: Window,
    log: str | None,
    notices: str | None,
) -> PurposeCount:
    bit = rules.policy.bits[purpose.code]
    stances = counted.stances[purpose.code]
    yeses, noes, _ = lines_of(counted.steps, window, bit)
    bases = dict.fromkeys(words.basis(basis) for basis in purpose.basis.values())
    needs_yes = LegalBasis.CONSENT in purpose.basis.values()
    may_say_no = not _FIXED.issuperset(purpose.basis.values())

    def of_yes(people: int) -> str:
        return saying.count(people) if needs_yes else _NOBODY_IS_ASKED

    return PurposeCount(
        code=purpose.code,
        name=words.purpose(purpose.code).capitalize(),
        law=" or ".join(bases),
        share=share(stances.allowed, counted.people),
        allowed=saying.count(stances.allowed),
        said_yes=of_yes(stances.said_yes),
        said_no=saying.count(stances.said_no) if may_say_no else _NOBODY_IS_ASKED,
        silent=of_yes(stances.silent),
        changed=of_yes(stances.notice_changed),
        expired=of_yes(stances.expired),
        minor=saying.count(stances.minor),
        waiting=of_yes(counted.waiting.by_purpose.get(purpose.code, 0)),
        yeses=drawn(yeses),
        noes=drawn(noes),
        words_url=f"{notices}#notices-{purpose.code}" if notices else None,
        log_url=log,
    )


def _reach(topic_code: str, channel_code: str, counted: Counted, rules: Rules) -> ChannelReach:
    found = counted.reach[topic_code, channel_code]
    topic = rules.in_force.topics[topic_code]
    return ChannelReach(
        topic=topic.title(),
        channel=rules.in_force.channels[channel_code].title(),
        purpose=words.purpose(topic.purpose),
        purpose_url=f"#purpose-{topic.purpose}",
        reached=saying.count(found.get(ALLOWED, 0)),
        held_back=tuple(
            Option(reason, f"{saying.count(people)}: {_HELD_BACK.get(reason, reason)}")
            for reason, people in sorted(found.items(), key=lambda pair: -pair[1])
            if reason != ALLOWED
        ),
    )
