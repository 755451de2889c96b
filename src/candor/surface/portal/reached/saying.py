"""How soon something came, and what is the matter when it did not, in words. Inside `reading`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.connections.service.reaching import Trip, Way
from candor.domain.feed.model import Changed
from candor.infra.web.reading import current, message, show_datetime, show_time
from candor.infra.web.reading import translate as _
from candor.surface.plain.soon import later

_CAUSES: Final[Mapping[str, str]] = {
    Changed.CREATED: message("We got to know you"),
    Changed.MERGED: message("Records of you were joined"),
    Changed.UNMERGED: message("Records of you were taken apart"),
    Changed.ATTRIBUTES: message("Something that we know about you changed"),
    Changed.IDENTIFIERS: message("An address or number of yours changed"),
    Changed.CONSENT: message("What you allow changed"),
    Changed.DECIDED: message("A decision by machine was looked at"),
    "request": message("You used one of your rights"),
    "vendor": message("We stopped working with a company"),
}
_SOME_CAUSE: Final = message("We compared what others hold with what stands here")
TONES: Final[Mapping[Way, str]] = {
    Way.ARRIVED: "good",
    Way.KNOWN: "good",
    Way.REMOVED: "good",
    Way.GOING: "attention",
    Way.WAITING: "attention",
    Way.HELD: "refusal",
    Way.DROPPED: "",
}


def cause(code: str) -> str:
    """Return what set something going, as a sentence."""
    return str(_(_CAUSES.get(code, _SOME_CAUSE)))


def way(trip: Trip, after: timedelta) -> str:
    """Return how far a change has come; `after`: from the change to the acknowledgement."""
    match trip.way:
        case Way.ARRIVED:
            return later(after.total_seconds())
        case Way.KNOWN:
            return str(_("they had it so already"))
        case Way.REMOVED:
            soon = later(after.total_seconds())
            return str(_("you were removed there, %(later)s", later=soon))
        case Way.GOING:
            return str(_("on its way since %(moment)s", moment=_moment(trip)))
        case Way.WAITING:
            return str(_("waits since %(moment)s", moment=_moment(trip)))
        case Way.HELD:
            return str(_("held up since %(moment)s", moment=_moment(trip)))
        case Way.DROPPED:
            return str(_("not sent any more: we do not work with them any longer"))


def _moment(trip: Trip) -> str:
    """Return since when it is on its way: today the time alone."""
    reader = current()
    zone = ZoneInfo(reader.zone)
    is_today = trip.changed_at.astimezone(zone).date() == reader.now.astimezone(zone).date()
    return show_time(trip.changed_at) if is_today else show_datetime(trip.changed_at)


def why(trip: Trip) -> str | None:
    """Return what is behind a change that has not arrived."""
    match trip.way:
        case Way.WAITING:
            return str(_("We have stopped this way for now. It goes as soon as it is open."))
        case Way.HELD:
            return str(_("They did not take it. A person of ours sees to it."))
        case Way.GOING:
            return str(_("We try again by ourselves until they confirm it."))
        case _:
            return None
