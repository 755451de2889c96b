"""Reading what changed there: pages of one walk, and where the next walk begins.

One walk goes through everybody who changed since an instant. The next one begins where this one
began, by the other side's own clock, and some minutes before: what was being written then is seen
again rather than skipped. Where pages are counted, the system's order decides whether somebody can
move past us: see the hint of the setting.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.rest import spec
from candor.domain.connections.adapters.rest.calls import Api, Said
from candor.domain.connections.adapters.rest.dotted import MISSING, Json
from candor.domain.connections.adapters.rest.records import Record, heard_of, records_in
from candor.domain.connections.adapters.rest.templates import DoesNotFit, Request
from candor.domain.connections.adapters.walking import OVERLAP
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Page

_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before anybody was anywhere
_IN_LINK: Final = "header:link"
_LINK: Final = re.compile(r"<(?P<address>[^<>]*)>(?P<rest>[^<]*)")
_IS_NEXT: Final = re.compile(r"""\brel\s*=\s*["']?next\b""", re.IGNORECASE)


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a walk came. Empty `go_on`: its first page."""

    since: datetime | None = None
    began: datetime | None = None
    go_on: str = ""


async def poll(api: Api, cursor: str | None) -> Page:
    """Return a page of what changed; a cursor that is none of ours begins with everybody.

    Raises:
        Unreached, NotLetIn, OutboundRefused.
    """
    listing = api.setup.listing
    if listing is None:
        return Page((), cursor)
    place = _place(cursor)
    said, found = await _listed(api, listing, place)
    began = place.began or asking.date_of(said.answer.headers.get("date", ""))
    began = began or api.line.clock.now()
    heard = [heard_of(api.line, api.setup, one.content, one.version) for one in found]
    go_on = _next(api, said, found, place.go_on)
    if go_on is None:
        return Page(heard, _spelt(_Place(since=began - OVERLAP)))
    return Page(heard, _spelt(_Place(place.since, began, go_on)), is_all=False)


async def compare(api: Api, after: str | None) -> Page:
    """Return a page of everybody."""
    page = await poll(api, after)
    return Page(page.heard, None if page.is_all else page.cursor, page.is_all)


async def first_page(api: Api, listing: Request) -> None:
    """Read the first page, to see that it can be read.

    Raises:
        Unreached, NotLetIn, OutboundRefused.
    """
    await _listed(api, listing, _Place())


async def _listed(api: Api, listing: Request, place: _Place) -> tuple[Said, Sequence[Record]]:
    values = _values(api, place)
    body: Json = listing.content(values) if listing.has_body else MISSING
    try:
        if api.setup.paging == spec.BY_CURSOR and place.go_on.startswith("/"):
            said = await api.follow(listing.method, place.go_on, body=body)
        else:
            said = await api.ask(listing, values, body=body)
    except DoesNotFit:
        problem = "bad_cursor"
        raise Unreached(problem) from None
    if not said.is_well:
        raise Unreached(said.problem)
    return said, records_in(api.setup, said.content, api.setup.list_at)


def _values(api: Api, place: _Place) -> dict[str, str]:
    """Return what fills a list's request; only what its way of paging knows."""
    first = str(api.setup.first_page)
    return {
        "since": _time(api, place.since or _EVER),
        "cursor": place.go_on if api.setup.paging == spec.BY_CURSOR else "",
        "last_id": place.go_on if api.setup.paging == spec.BY_LAST else "",
        "page": place.go_on or first,
        "offset": place.go_on or "0",
    }


def _time(api: Api, at: datetime) -> str:
    match api.setup.since_as:
        case spec.SECONDS:
            return str(int(at.timestamp()))
        case spec.MILLISECONDS:
            return str(int(at.timestamp() * 1000))
        case _:
            return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _next(api: Api, said: Said, found: Sequence[Record], at: str) -> str | None:
    """Return where the next page begins; None: that was the last.

    Raises:
        Unreached: it says to go on where we are, or elsewhere.
    """
    setup = api.setup
    if setup.paging == spec.AT_ONCE:
        return None
    if setup.paging == spec.BY_CURSOR:
        go_on = _cursor(api, said)
        if go_on is not None and go_on == at:
            problem = "bad_cursor"
            raise Unreached(problem)
        return go_on
    if not found or len(found) < setup.page_size:
        return None
    match setup.paging:
        case spec.BY_PAGE:
            return str(int(at or setup.first_page) + 1)
        case spec.BY_OFFSET:
            return str(int(at or 0) + len(found))
        case _:
            return found[-1].remote_id


def _cursor(api: Api, said: Said) -> str | None:
    """Return the cursor, or the path of the next page, that an answer names."""
    where = api.setup.next_at
    text = said.text(where, said.content)
    if where == _IN_LINK:
        text = _link(text or "")
    if not text or "://" not in text:
        return text or None
    if not api.is_own(text) or not text.startswith(f"{api.setup.base_url}/"):
        problem = "bad_cursor"  # what is elsewhere is not asked with our key
        raise Unreached(problem)
    parts = urlsplit(text[len(api.setup.base_url) :])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _link(header: str) -> str | None:
    """Return the next page of a Link header (RFC 8288 section 3)."""
    return next(
        (one["address"] for one in _LINK.finditer(header) if _IS_NEXT.search(one["rest"])), None
    )


def _place(cursor: str | None) -> _Place:
    try:
        return msgspec.json.decode(cursor or "{}", type=_Place)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Place()


def _spelt(place: _Place) -> str:
    return msgspec.json.encode(place).decode()
