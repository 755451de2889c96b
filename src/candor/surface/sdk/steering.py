"""What the preference widget shows: a person's choices and wishes, in the page's language.

Only for use inside `reading`. No name, no address, no identifier: the page that holds the widget
learns no more about the person than what they allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from candor.domain.catalogue.model import Channel, Frequency, LegalBasis, Purpose, Topic
from candor.domain.consent.model.decision import Decision, Reason
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import Block
from candor.domain.consent.service.preferences import Preferences
from candor.infra.web.reading import message, show_date
from candor.infra.web.reading import translate as _

_CHOSEN: Final = frozenset(
    {LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTEREST, LegalBasis.OPT_OUT}
)
_SAID_NO: Final = frozenset({Reason.DENIED, Reason.WITHDRAWN, Reason.OBJECTED})
_LAPSED: Final[Mapping[Reason, str]] = {
    Reason.EXPIRED: message("Your yes has run out. May we ask you again?"),
    Reason.NOTICE_CHANGED: message(
        "The words have changed since you said yes. Please look again."
    ),
}
FREQUENCIES: Final[Mapping[Frequency, str]] = {
    Frequency.NEVER: message("Never"),
    Frequency.MONTHLY: message("At most once a month"),
    Frequency.WEEKLY: message("At most once a week"),
    Frequency.DAILY: message("At most once a day"),
    Frequency.ANY: message("Whenever there is something"),
}
_BLOCKS: Final[Mapping[Block, str]] = {
    Block.STOP: message("You sent us STOP. Choose how often, and it is open again."),
    Block.UNSUBSCRIBE: message("You unsubscribed. Choose how often, and it is open again."),
    Block.COMPLAINT: message(
        "You marked a message of ours as unwanted. Choose how often, and it is open again."
    ),
    Block.BOUNCE: message("Our messages came back: this address does not seem to work."),
}
PAUSES: Final[Mapping[int, str]] = {  # days
    7: message("A week"),
    30: message("A month"),
    91: message("Three months"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person who steers."""

    decisions: Mapping[str, Decision]
    regime: str | None
    preferences: Preferences
    has_signal: bool  # now, or ever


class SteeredPurpose(msgspec.Struct, frozen=True):
    """A purpose that one may say yes or no to."""

    code: str
    title: str
    plain: str
    gain: str
    recipients: tuple[str, ...]
    says: str  # "yes", "no", or empty: nothing stands
    state: str  # a sentence
    is_signalled: bool  # a yes goes against the browser's own no


class SteeredChannel(msgspec.Struct, frozen=True):
    """One way in which messages about a topic come."""

    code: str
    title: str
    frequency: str
    note: str


class SteeredTopic(msgspec.Struct, frozen=True):
    """What messages are about."""

    code: str
    title: str
    plain: str
    note: str  # why nothing comes, when the purpose is not allowed
    channels: tuple[SteeredChannel, ...]


class Option(msgspec.Struct, frozen=True):
    """One thing to choose from."""

    code: str
    title: str


class Steering(msgspec.Struct, frozen=True):
    """All that the widget shows."""

    locale: str
    direction: str
    words: Mapping[str, str]
    purposes: tuple[SteeredPurpose, ...]
    topics: tuple[SteeredTopic, ...]
    frequencies: tuple[Option, ...]
    pauses: tuple[Option, ...]
    pause: str  # a sentence
    is_paused: bool
    said: str  # what just happened, for the status line
    portal_url: str


def may_choose(rules: Rules, purpose: Purpose, regime: str | None) -> bool:
    """Tell whether a purpose is one to say yes or no to: not what rests on contract or law."""
    return rules.policy.basis(rules.in_force.numbers.purposes[purpose.code], regime) in _CHOSEN


def purposes(rules: Rules, person: Person, locale: str) -> tuple[SteeredPurpose, ...]:
    """Return what may be chosen, in the order of the catalogue."""
    return tuple(
        _purpose(rules, purpose, person, locale)
        for purpose in rules.in_force.document.purposes
        if may_choose(rules, purpose, person.regime)
    )


def topics(rules: Rules, person: Person, locale: str) -> tuple[SteeredTopic, ...]:
    """Return every topic with its channels."""
    return tuple(
        _topic(rules, topic, person, locale) for topic in rules.in_force.document.topics
    )


def options(titles: Mapping[Frequency, str] | Mapping[int, str]) -> tuple[Option, ...]:
    """Return things to choose from, in the reader's language."""
    return tuple(Option(str(code), str(_(title))) for code, title in titles.items())


def is_paused(preferences: Preferences, now: datetime) -> bool:
    """Tell whether nothing may come just now."""
    return preferences.paused_until is not None and preferences.paused_until > now


def pause(preferences: Preferences, now: datetime) -> str:
    """Return a sentence about a pause."""
    if preferences.paused_until is None or preferences.paused_until <= now:
        return str(_("Messages come as you chose above."))
    day = show_date(preferences.paused_until)
    return str(_("Nothing comes before %(day)s.", day=day))


def words(company: str) -> dict[str, str]:
    """Return the fixed words of the widget."""
    said = {
        "what": _("What we may do"),
        "how": _("How we write to you"),
        "yes": _("Yes"),
        "no": _("No"),
        "yes_over": _("Yes, although my browser says no"),
        "gain": _("What you get:"),
        "recipients": _("Who receives it:"),
        "often": _("How often by %(channel)s", channel="{channel}"),
        "pause": _("A pause"),
        "pause_for": _("Nothing for"),
        "begin_pause": _("Begin the pause"),
        "end_pause": _("End the pause"),
        "more": _("Everything %(company)s knows about you", company=company),
    }
    return {name: str(each) for name, each in said.items()}


def _purpose(rules: Rules, purpose: Purpose, person: Person, locale: str) -> SteeredPurpose:
    decision = person.decisions[purpose.code]
    text = purpose.texts[shown(rules, purpose.code, locale).locale]
    says = "yes" if decision.allowed else "no" if decision.reason in _SAID_NO else ""
    return SteeredPurpose(
        code=purpose.code,
        title=text.title,
        plain=text.plain,
        gain=text.gain,
        recipients=purpose.recipients,
        says=says,
        state=_state(decision, says),
        is_signalled=purpose.is_sale and person.has_signal,
    )


def _state(decision: Decision, says: str) -> str:
    newest = max((record.decided_at for record in decision.evidence), default=None)
    if decision.reason in _LAPSED:
        return str(_(_LAPSED[decision.reason]))
    if says and newest is not None:
        day = show_date(newest)
        if says == "yes":
            return str(_("You said yes on %(day)s.", day=day))
        return str(_("You said no on %(day)s.", day=day))
    if says == "yes":
        return str(_("This happens until you say no."))
    return str(_("You have not said anything yet, so it stays off."))


def _topic(rules: Rules, topic: Topic, person: Person, locale: str) -> SteeredTopic:
    text = topic.texts.get(locale) or topic.texts["en"]
    decision = person.decisions.get(topic.purpose)
    purpose = rules.in_force.purposes.get(topic.purpose)
    note = ""
    if purpose is not None and (decision is None or not decision.allowed):
        title = purpose.title(locale)
        note = str(_("Nothing comes before you say yes to “%(purpose)s”.", purpose=title))
    return SteeredTopic(
        code=topic.code,
        title=text.title,
        plain=text.plain,
        note=note,
        channels=tuple(
            _channel(channel, topic, person.preferences, locale)
            for channel in rules.in_force.document.channels
            if (topic.code, channel.code) in person.preferences.frequencies
        ),
    )


def _channel(
    channel: Channel, topic: Topic, preferences: Preferences, locale: str
) -> SteeredChannel:
    blocked = preferences.blocked.get(channel.code)
    note = str(_(_BLOCKS[blocked])) if blocked else ""
    if not note and channel.code not in preferences.reachable:
        note = str(_("We have no confirmed address of yours for this."))
    return SteeredChannel(
        code=channel.code,
        title=channel.title(locale),
        frequency=preferences.frequencies[topic.code, channel.code].value,
        note=note,
    )
