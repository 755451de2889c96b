"""From a form to a captured choice, and from what is known to the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale

from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import InForce
from candor.domain.consent.model.capture import Captured, Fault, Means
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.guardian import Guardian
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.notices import Published
from candor.infra.web.reading import show_date, show_duration
from candor.surface.console.capture.views import Words
from candor.surface.console.views import Option
from candor.surface.plain.visits import short

MEANS: Final = (
    Option(Means.PAPER, "On paper"),
    Option(Means.CALL_CENTRE, "On the telephone"),
)
# The field that a fault is about, and what to do.
_SAID: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.IN_THE_FUTURE: ("day", "This lies in the future. When did they say it?"),
    Fault.TOO_OLD: ("day", "This is more than ten years ago. Ask the person again."),
    Fault.NO_FORM: ("form", "Write down the number of the paper, so that it is found again."),
    Fault.BAD_FORM: ("form", "A number has letters, digits and hyphens, forty at most."),
    Fault.NO_WITNESS: ("witness", "Choose the colleague who was there."),
    Fault.OTHER_WORDS: ("notice", "Choose the words that the person was given."),
    Fault.MINOR: ("choice", "This person is a minor: only a guardian can say yes for them."),
    Fault.NOT_GUARDIAN: (
        "guardian",
        "They were not written down as the guardian at that hour.",
    ),
}


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form holds: a choice, or what is wrong with its fields."""

    captured: Captured | None
    errors: Mapping[str, str]


def read_form(fields: Mapping[str, str], zone: str) -> Entered:
    """Read the form; days and hours are those of the company."""
    errors: dict[str, str] = {}
    at = _moment(fields.get("day", ""), fields.get("hour", ""), zone)
    if at is None:
        errors["day"] = "Write down the day and the hour at which they said it."
    choice = {"granted": Choice.GRANTED, "denied": Choice.DENIED}.get(fields.get("choice", ""))
    if choice is None:
        errors["choice"] = "Press what the person said: yes or no."
    means = fields.get("means", "")
    if means not in set(Means):
        errors["means"] = "Choose how they said it."
    if at is None or choice is None or "means" in errors:
        return Entered(None, errors)
    captured = Captured(
        choice,
        Means(means),
        at,
        fields.get("notice", ""),
        form=fields.get("form", "").strip(),
        witness=fields.get("witness", ""),
        guardian_id=_guardian(fields.get("guardian", "")),
    )
    return Entered(captured, errors)


def _guardian(text: str) -> UUID | None:
    """Return who said it for the person; None: they did themselves.

    What is no id names nobody's guardian.
    """
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)


def errors_of(faults: Sequence[Fault]) -> dict[str, str]:
    """Return a sentence for each field that something is wrong with."""
    return dict(_SAID[fault] for fault in faults)


def purposes(rules: Rules) -> tuple[Option, ...]:
    """Return the purposes that a person can choose about."""
    return tuple(
        Option(purpose.code, purpose.title())
        for purpose in rules.in_force.document.purposes
        if rules.policy.consent_mask >> rules.policy.bits[purpose.code] & 1
    )


def languages(in_force: InForce) -> tuple[Option, ...]:
    """Return the languages that the company writes."""
    return tuple(
        Option(tag, Locale.parse(tag.replace("-", "_")).get_display_name("en") or tag)
        for tag in in_force.document.locales
    )


def editions(found: Sequence[Published], current: str) -> tuple[Option, ...]:
    """Return the words of a purpose in one language, for choosing; call it inside `reading`."""
    return tuple(
        Option(
            one.notice_id,
            f"since {show_date(one.published_at)}, edition {one.notice.edition}"
            + (" (in force)" if one.notice_id == current else ""),
        )
        for one in found
    )


def words_of(one: Published, current: str) -> Words:
    """Return a notice in full; call it inside `reading`."""
    notice = one.notice
    return Words(
        title=notice.title,
        plain=notice.plain,
        gain=notice.gain,
        recipients=notice.recipients,
        data=tuple(datum.title for datum in notice.data),
        retention=show_duration(notice.retention) or notice.retention,
        lasts=show_duration(notice.consent_lasts) or "until they take it back",
        company=notice.controller.name,
        edition=notice.edition,
        since=one.published_at,
        is_in_force=one.notice_id == current,
    )


def colleagues(staff: Sequence[Staff]) -> tuple[Option, ...]:
    """Return everybody who may have been there."""
    return tuple(Option(one.handle, f"{one.display_name} ({one.handle})") for one in staff)


def guardians(found: Sequence[Guardian], now: datetime) -> tuple[Option, ...]:
    """Return who may say yes for the person now, by the number of what shows it."""
    return tuple(
        Option(str(one.guardian_id), f"{short(one.guardian_id)} ({one.proof})")
        for one in found
        if one.may_choose(now)
    )


def _moment(day: str, hour: str, zone: str) -> datetime | None:
    """Return a moment from the two fields of a form, or None when they are not one."""
    try:
        at = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
    except ValueError:
        return None
    return None if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
