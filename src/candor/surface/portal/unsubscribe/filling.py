"""Fills the page behind the link of a message, from the numbers in the link alone."""

from typing import Final

from candor.domain.catalogue.model import Channel, Topic
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.links import Stop
from candor.domain.consent.service.stopping import Way
from candor.infra.web.reading import translate as _
from candor.surface.portal import saying, words
from candor.surface.portal.desk import HOME
from candor.surface.portal.unsubscribe.views import StopWay, UnsubscribePage

_HOME: Final = f"{HOME}/write"


def fill_ask(stop: Stop, post_url: str, rules: Rules, csrf_token: str) -> UnsubscribePage:
    """Return the page that asks, for use inside `reading`."""
    return UnsubscribePage(
        "ask",
        _HOME,
        post_url=post_url,
        about=_about(stop, rules),
        ways=tuple(_ways(stop, rules)),
        csrf_token=csrf_token,
    )


def fill_done(
    stop: Stop, way: Way | None, undo: str | None, post_url: str, rules: Rules, csrf_token: str
) -> UnsubscribePage:
    """Return the page that says what happened, for use inside `reading`.

    Args:
        stop: what the message was sent for.
        way: how much was stopped; None when that was taken back.
        undo: what takes it back, or None; of an undo, None when there was nothing to say again.
        post_url: of the link.
        rules: in force.
        csrf_token: for the form.
    """
    if way is None:
        state = "kept" if undo is None else "undone"
        return UnsubscribePage(state, _HOME, about=_about(stop, rules))
    return UnsubscribePage(
        "done",
        _HOME,
        post_url=post_url,
        about=_about(stop, rules),
        done=_done(stop, way, rules),
        undo_token=undo,
        csrf_token=csrf_token,
    )


def _ways(stop: Stop, rules: Rules) -> list[StopWay]:
    purpose = _purpose(stop, rules)
    all_ = StopWay(
        Way.ALL.value,
        str(_("Stop all of this")),
        str(_("Nothing comes any more for: %(purpose)s.", purpose=purpose)),
    )
    pause = StopWay(
        Way.PAUSE.value,
        str(_("Pause for a month")),
        str(_("For 30 days nothing of the kind comes. After that it is as it was.")),
    )
    if stop.topic_id is None:
        return [all_, pause]
    one = StopWay(
        Way.TOPIC.value,
        str(_("Stop this")),
        str(_("Nothing comes any more about: %(about)s.", about=_about(stop, rules))),
    )
    return [one, all_, pause]


def _done(stop: Stop, way: Way, rules: Rules) -> str:
    match way:
        case Way.PAUSE:
            return str(_("For 30 days nothing of the kind comes. After that it is as it was."))
        case Way.TOPIC if stop.topic_id is not None:
            return str(_("Nothing comes any more about: %(about)s.", about=_about(stop, rules)))
        case _:
            purpose = _purpose(stop, rules)
            return str(_("Nothing comes any more for: %(purpose)s.", purpose=purpose))


def _about(stop: Stop, rules: Rules) -> str:
    """Return what a message was about: "Next week's prices, E-mail"."""
    if stop.topic_id is None:
        return _purpose(stop, rules)
    title = saying.topic(_topic(stop.topic_id, rules)).title
    if stop.channel_id is None:
        return title
    way = saying.channel(_channel(stop.channel_id, rules))
    return str(_("%(topic)s, %(channel)s", topic=title, channel=way))


def _purpose(stop: Stop, rules: Rules) -> str:
    found = rules.in_force.purposes_by_bit.get(stop.purpose_id)
    return words.purpose(rules.in_force, found.code if found else "")


def _topic(number: int, rules: Rules) -> Topic | None:
    numbers = rules.in_force.numbers.topics
    return next((t for t in rules.in_force.document.topics if numbers[t.code] == number), None)


def _channel(number: int, rules: Rules) -> Channel | None:
    numbers = rules.in_force.numbers.channels
    return next(
        (c for c in rules.in_force.document.channels if numbers[c.code] == number), None
    )
