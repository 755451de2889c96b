"""What changed in HubSpot, and whom it holds.

The search finds contacts by `lastmodifieddate` (milliseconds). Two steps take turns, and each
needs only the first page of its question: *behind an instant*, the oldest first; and *within an
instant*, by record id, when a page ended in the middle of one. So nothing is skipped where many
changed at once, and no question comes to the 10,000 at which the search ends. What it has not
indexed yet is found because the last two minutes are read again each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

import msgspec
from typing_extensions import override

from candor.domain.connections.adapters.asking import date_of, read
from candor.domain.connections.adapters.hubspot import subscriptions
from candor.domain.connections.adapters.hubspot.calls import (
    CONTACTS,
    ask,
    code_of,
    problem_of,
)
from candor.domain.connections.adapters.hubspot.finding import with_history
from candor.domain.connections.adapters.hubspot.records import (
    CHANGED,
    Contact,
    Names,
    Said,
    heard_of,
)
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Heard, Page

PAGE: Final = 50  # contacts: as many as a question for histories takes
OVERLAP: Final = timedelta(minutes=2)
_LISTED: Final = 100
_ID: Final = "hs_object_id"


class _Next(msgspec.Struct, frozen=True):
    after: str


class _Paging(msgspec.Struct, frozen=True):
    next: _Next | None = None


class _Found(msgspec.Struct, frozen=True):
    results: list[Contact]
    paging: _Paging | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where everything was seen: behind an instant, or within it behind a record id."""

    at: int = 0  # milliseconds
    within: int | None = None

    @override
    def __str__(self) -> str:
        """Return it as it is kept."""
        return f"{self.at}" if self.within is None else f"{self.at}:{self.within}"

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Return it from what was kept; what makes no sense begins anew."""
        at, _, within = (text or "").partition(":")
        if not (at.isascii() and at.isdigit() and len(at) <= 15):
            return cls()
        is_within = within.isascii() and within.isdigit()
        return cls(int(at), int(within) if is_within else None)

    @property
    def question(self) -> dict[str, object]:
        """Return what the search is asked."""
        if self.within is None:
            filters = [_filter(CHANGED, "GT", self.at)]
            order = CHANGED
        else:
            filters = [_filter(CHANGED, "EQ", self.at), _filter(_ID, "GT", self.within)]
            order = _ID
        sorts = [{"propertyName": order, "direction": "ASCENDING"}]
        return {"filterGroups": [{"filters": filters}], "sorts": sorts, "limit": PAGE}

    def behind(self, found: Sequence[Contact]) -> "Cursor":
        """Return where to go on behind a full page."""
        last = found[-1]
        if self.within is not None:
            return Cursor(self.at, int(last.id))
        return Cursor(_instant(last), 0)


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _instant(contact: Contact) -> int:
    """Return when a contact changed, in milliseconds."""
    text = contact.properties.get(CHANGED)
    try:
        at = datetime.fromisoformat(text) if text else contact.updated_at
    except ValueError:
        at = contact.updated_at
    if at is None:
        problem = "bad_answer"
        raise Unreached(problem)
    return _milliseconds(at)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


async def poll(line: Line, cursor: str | None) -> Page:
    """Return what changed since a cursor; some of it is seen again.

    Raises:
        Unreached, NotLetIn.
    """
    names = Names(line.mapping)
    start = Cursor.of(cursor)
    question = {**start.question, "properties": names.properties}
    answer = await ask(line, "POST", f"{CONTACTS}/search", json=question)
    if not answer.is_well:
        raise Unreached(code_of(problem_of(answer)))
    found = read(answer, _Found).results
    heard = await _heard(line, names, found)
    if len(found) >= PAGE:
        return Page(heard, str(start.behind(found)), is_all=False)
    if start.within is not None:
        return Page(heard, str(Cursor(start.at)), is_all=False)
    now = date_of(answer.headers.get("date", "")) or line.clock.now()
    return Page(heard, str(Cursor(max(_milliseconds(now - OVERLAP), 0))))


async def compare(line: Line, after: str | None) -> Page:
    """Return some of those whom it holds, with their choices.

    Raises:
        Unreached, NotLetIn.
    """
    names = Names([one for one in line.mapping if one.is_choice or one.is_key])
    query = {"limit": str(_LISTED), "properties": ",".join(names.properties)}
    if after is not None:
        query["after"] = after
    answer = await ask(line, "GET", CONTACTS, query=query)
    if not answer.is_well:
        raise Unreached(code_of(problem_of(answer)))
    listed = read(answer, _Found)
    said = await _said(line, names, listed.results)
    heard = [
        heard_of(one, names, said.get(one.address or "", Said())) for one in listed.results
    ]
    following = listed.paging.next if listed.paging else None
    return Page(heard, following.after if following else None, is_all=following is None)


async def _heard(line: Line, names: Names, found: Sequence[Contact]) -> list[Heard]:
    """Return contacts with the times of their choices."""
    ids = [one.id for one in found]
    timed = await with_history(line, names, ids) if names.choices and ids else {}
    # What was read last is what they say; whoever is gone meanwhile is heard of as found.
    contacts = [timed.get(one.id, one) for one in found]
    said = await _said(line, names, contacts)
    return [heard_of(one, names, said.get(one.address or "", Said())) for one in contacts]


async def _said(line: Line, names: Names, contacts: Sequence[Contact]) -> dict[str, Said]:
    addresses = {one.address for one in contacts}
    return await subscriptions.read(line, names, {one for one in addresses if one})
