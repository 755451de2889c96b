"""Fills the page Messages in this browser, from what the gate itself reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.access.model.sign_in import kind_of
from candor.domain.catalogue.model import Frequency, Topic
from candor.domain.connections.service.subscribing import Browser
from candor.domain.consent.model.decision import Decision
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.preferences import Preferences
from candor.infra.web.reading import Reader, show_datetime
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext
from candor.surface.portal import saying
from candor.surface.portal.allow.filling import URL as ALLOW
from candor.surface.portal.browser.views import BrowserLine, BrowserPage, TopicLine
from candor.surface.portal.desk import HOME
from candor.surface.portal.write.filling import URL as WRITE

URL: Final = f"{HOME}/browser"
WORKER: Final = f"{URL}/worker.js"
CHANNEL: Final = "push"
_TESTED: Final = 4  # parts of "tested-1-0-0"


@dataclass(frozen=True, slots=True)
class Held:
    """What stands with a person, as the page needs it."""

    key: str | None
    browsers: Sequence[Browser]
    this: UUID | None
    stands: Preferences
    decisions: Mapping[str, Decision]
    done: str = ""
    is_restricted: bool = False


def fill(held: Held, rules: Rules, reader: Reader) -> BrowserPage:
    """Return the page, for use inside `reading`."""
    said, tone = _done(held.done)
    return BrowserPage(
        key=held.key,
        worker_url=WORKER,
        post_url=URL,
        stop_url=f"{URL}/stop",
        test_url=f"{URL}/test",
        lines=tuple(
            BrowserLine(
                which=str(one.subscription_id),
                device=kind_of(one.device),
                added_at=one.added_at,
                used_at=one.used_at,
                is_this=one.subscription_id == held.this,
            )
            for one in held.browsers
        ),
        topics=tuple(
            _topic(topic, held)
            for topic in rules.in_force.document.topics
            if topic.purpose in rules.in_force.purposes
            and (topic.code, CHANNEL) in held.stands.frequencies
        ),
        note=_note(held, reader),
        write_url=WRITE,
        allow_url=ALLOW,
        done=said,
        tone=tone,
    )


def _topic(topic: Topic, held: Held) -> TopicLine:
    decision = held.decisions.get(topic.purpose)
    often = held.stands.frequencies[topic.code, CHANNEL]
    is_allowed = decision is not None and decision.allowed
    is_open = is_allowed and often is not Frequency.NEVER
    said = saying.frequency(often)
    if often is not Frequency.NEVER and not is_allowed:
        said = str(_("nothing, for you did not allow what it is for"))
    return TopicLine(saying.topic(topic).title, said, is_open)


def _note(held: Held, reader: Reader) -> str | None:
    """Return what holds everything with a topic up; the first thing that does."""
    stands = held.stands
    if held.is_restricted:
        return str(_("Your data is set aside, so nothing comes until you end that."))
    if CHANNEL in stands.blocked:
        happened, _lift = saying.block(stands.blocked[CHANNEL])
        return happened
    if stands.paused_until is not None and stands.paused_until > reader.now:
        return str(_("We pause until %(moment)s.", moment=show_datetime(stands.paused_until)))
    if CHANNEL in _offered(stands) and CHANNEL not in stands.reachable:
        return str(_("We know no device of yours yet, so nothing but your own test comes."))
    return None


def _offered(stands: Preferences) -> frozenset[str]:
    return frozenset(channel for _topic_code, channel in stands.frequencies)


def _done(code: str) -> tuple[str | None, str]:
    """Return what an address says was done, as a sentence, and its tone."""
    match code:
        case "added":
            return str(_("Done: messages can come to this browser now.")), "good"
        case "stopped":
            return str(_("Done: nothing comes to that browser any more.")), "good"
        case "none":
            return str(_("There is no browser of yours to send it to.")), "attention"
        case _:
            return _tested(code)


def _tested(code: str) -> tuple[str | None, str]:
    parts = code.split("-")
    if len(parts) != _TESTED or parts[0] != "tested":
        return None, "good"
    if not all(
        part.isascii() and part.isdigit() and len(part) <= len("99") for part in parts[1:]
    ):
        return None, "good"
    taken, gone, failed = (int(part) for part in parts[1:])
    said: list[str] = []
    if taken:
        said.append(
            ngettext(
                "The test is on its way to %(n)s browser.",
                "The test is on its way to %(n)s browsers.",
                taken,
                n=taken,
            )
        )
    if gone:
        said.append(
            ngettext(
                "%(n)s browser takes no messages any more; we have taken it off the list.",
                "%(n)s browsers take no messages any more; we have taken them off the list.",
                gone,
                n=gone,
            )
        )
    if failed:
        said.append(
            ngettext(
                "%(n)s browser could not be reached just now. Try again later.",
                "%(n)s browsers could not be reached just now. Try again later.",
                failed,
                n=failed,
            )
        )
    return " ".join(map(str, said)) or None, "good" if taken else "attention"
