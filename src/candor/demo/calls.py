"""Segment calls as bytes, and the plan that holds all of them in order of time.

Formats: Segment HTTP tracking API. A call is encoded once, when it is planned; purchases are the
exception, since 155,848 baskets would fill memory: they are encoded on their day.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec

from candor.demo.dice import name_of

DAY: Final = 86_400
HOUR: Final = 3_600
IDENTIFY: Final = "identify"
PAGE: Final = "Page Viewed"
SCREEN: Final = "Screen Viewed"
ORDER: Final = "Order Completed"
CONSENT: Final = "Segment Consent Preference Updated"

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Fields = Mapping[str, Json]


class Source(IntEnum):
    """The four systems, in the order in which they deliver a day: the CRM imports at night."""

    CRM = 0
    SHOP = 1
    APP = 2
    TILL = 3

    @property
    def code(self) -> str:
        """Return its name in the catalogue."""
        return self.name.lower()


class Dirt(IntEnum):
    """What is wrong with a call, so that each kind can be counted exactly."""

    NONE = 0
    RETRY = 1  # sent before with the same message id
    CARD_IN_NOTE = 2  # a card number in the declared `delivery_note`
    CARD_IN_REFERENCE = 3  # a card number in the undeclared `payment_reference`
    UNDECLARED = 4  # the undeclared property `debug_trace`
    WRONG_TYPE = 5  # an amount as text, "12,90"
    UNKNOWN_EVENT = 6
    NO_IDS = 7
    BAD_TIME = 8
    FUTURE_TIME = 9
    EMAIL_IN_SEARCH = 10
    BLOCKED_EMAIL = 11  # an e-mail that is nobody's


class Call(msgspec.Struct, omit_defaults=True, rename="camel"):
    """One call of Segment's tracking API."""

    type: str
    message_id: str
    timestamp: datetime | str
    user_id: str | None = None
    anonymous_id: str | None = None
    event: str | None = None
    name: str | None = None
    properties: object = None  # a mapping, or a Struct of the same names
    traits: Fields | None = None
    context: msgspec.Raw | Fields | None = None


class Who(NamedTuple):
    """Whom a call is about, as its source names them."""

    cluster: int
    user_id: str | None = None
    anonymous_id: str | None = None


class Planned(NamedTuple):
    """One call to be sent. Sorts by time, then by the order of planning."""

    at: int  # seconds since 1970 in the set's own time, before the shift
    number: int
    source: Source
    cluster: int  # calls of one cluster keep their order
    kind: str  # name of the event, or identify
    dirt: Dirt
    body: bytes | int  # encoded, or the place of a basket


CONTEXT: Final[Mapping[Source, msgspec.Raw]] = {
    Source.CRM: msgspec.Raw(b'{"library":{"name":"nordmarkt-crm-export","version":"2.8"}}'),
    Source.SHOP: msgspec.Raw(
        b'{"library":{"name":"analytics.js","version":"1.84.3"},"ip":"203.0.113.54"}'
    ),
    Source.APP: msgspec.Raw(
        b'{"app":{"name":"Nordmarkt","version":"5.2.0"},"os":{"name":"Android","version":"16"}}'
    ),
    Source.TILL: msgspec.Raw(b'{"library":{"name":"nordmarkt-till","version":"4.17"}}'),
}


class Plan:
    """All calls of the year, collected in any order."""

    def __init__(self, *, starts_at: int, ends_at: int, shift_seconds: int) -> None:
        """Begin an empty plan. Calls after `ends_at` are left out: they have not happened."""
        self.starts_at = starts_at
        self.ends_at = ends_at
        self.shift_seconds = shift_seconds
        self.calls: list[Planned] = []
        self._encoder = msgspec.json.Encoder()
        self._alike: dict[tuple[object, ...], int] = {}

    def when(self, at: int) -> datetime:
        """Return the instant that the demo claims for a second of the set."""
        return datetime.fromtimestamp(at + self.shift_seconds, UTC)

    def basket(self, at: int, source: Source, cluster: int, place: int, dirt: Dirt) -> None:
        """Plan a purchase by its place among the baskets."""
        if at <= self.ends_at:
            self.calls.append(Planned(at, len(self.calls), source, cluster, ORDER, dirt, place))

    def identify(
        self, at: int, source: Source, who: Who, traits: Fields, dirt: Dirt = Dirt.NONE
    ) -> None:
        """Plan a call that says who somebody is."""
        self._add(at, source, who, IDENTIFY, dirt, Call(IDENTIFY, "", "", traits=traits))

    def track(
        self,
        at: int,
        source: Source,
        who: Who,
        event: str,
        properties: Fields,
        dirt: Dirt = Dirt.NONE,
    ) -> None:
        """Plan a call that says what somebody did."""
        call = Call("track", "", "", event=event, properties=properties)
        self._add(at, source, who, event, dirt, call)

    def view(
        self,
        at: int,
        source: Source,
        who: Who,
        name: str,
        properties: Fields,
        dirt: Dirt = Dirt.NONE,
    ) -> None:
        """Plan a look at a page of the shop, or at a screen of the app."""
        kind, kind_name = ("screen", SCREEN) if source is Source.APP else ("page", PAGE)
        call = Call(kind, "", "", name=name, properties=properties)
        self._add(at, source, who, kind_name, dirt, call)

    def consent(self, at: int, source: Source, who: Who, answers: Mapping[str, bool]) -> None:
        """Plan an answer to being asked: category → yes or no."""
        context: Fields = {"consent": {"categoryPreferences": dict(answers)}}
        call = Call("track", "", "", event=CONSENT, properties={}, context=context)
        self._add(at, source, who, CONSENT, Dirt.NONE, call)

    def _add(
        self, at: int, source: Source, who: Who, kind: str, dirt: Dirt, call: Call
    ) -> None:
        if at > self.ends_at:
            return
        call.user_id, call.anonymous_id = who.user_id, who.anonymous_id
        if dirt is Dirt.NO_IDS:
            call.user_id = call.anonymous_id = None
        call.timestamp = self._timestamp(at, dirt)
        call.context = call.context or CONTEXT[source]
        # Time in the set and who: the same call has the same id whenever the demo is loaded.
        key = (source.code, at, kind, who)
        self._alike[key] = alike = self._alike.get(key, 0) + 1
        call.message_id = name_of(*key, alike)
        body = self._encoder.encode(call)
        self.calls.append(Planned(at, len(self.calls), source, who.cluster, kind, dirt, body))

    def _timestamp(self, at: int, dirt: Dirt) -> datetime | str:
        if dirt is Dirt.BAD_TIME:
            return f"{self.when(at):%d.%m.%Y} 25:61"
        if dirt is Dirt.FUTURE_TIME:
            return self.when(at + 2 * 365 * DAY)
        return self.when(at)
