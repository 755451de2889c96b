"""The adapter of Mautic."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.mautic import hearing, words
from candor.domain.connections.adapters.mautic.calling import (
    AUTH,
    BASIC,
    OAUTH,
    PASSWORD,
    USER,
    Door,
)
from candor.domain.connections.adapters.mautic.words import Contact
from candor.domain.connections.adapters.trying import parts
from candor.domain.connections.adapters.walking import EVERY, Walk
from candor.domain.connections.errors import BadConnection, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Kind,
    Later,
    Never,
    Page,
    Parcel,
    Received,
    Reply,
    Returned,
    Setting,
    Spec,
)
from candor.infra.http import Answer
from candor.kernel.pii import Pii

_AT_ONCE: Final = 200  # what a batch holds at most
_REFUSED: Final = 400
_PAGE: Final = 200

SPEC: Final = Spec(
    kind="mautic",
    title="Mautic",
    about="Marketing automation with Mautic: contacts, whom not to contact, segments.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting("base_url", "Address", "https://mautic.example.com", kind=Kind.URL),
        Setting(
            AUTH,
            "How we prove who we are",
            "oauth2: client credentials (API Credentials in Mautic). basic: a user's name and "
            "password; Mautic must allow it.",
            kind=Kind.CHOICE,
            is_required=False,
            default=OAUTH,
            choices=(OAUTH, BASIC),
        ),
        Setting(USER, "Client id, or name of the user"),
        Setting(PASSWORD, "Client secret, or password", is_secret=True, sent_to=("base_url",)),
        Setting(
            hearing.SECRET,
            "Secret of the webhook",
            "Make a webhook in Mautic to this connection's address, with the events of contacts "
            "and of subscriptions, and copy its secret here. Empty: it is polled alone.",
            is_required=False,
            is_secret=True,
        ),
        EVERY,
    ),
    at_once=_AT_ONCE,
    suggested=(
        Field("email", What.IDENTIFIER, "email", is_key=True, direction=Direction.BOTH),
        Field("firstname", What.ATTRIBUTE, "first_name"),
        Field("lastname", What.ATTRIBUTE, "last_name"),
        Field("dnc:email", What.TOPIC, "news/email", direction=Direction.BOTH),
    ),
    can_compare=True,
)


class Mautic:
    """Speaks with Mautic."""

    spec = SPEC

    def __init__(self) -> None:
        """Begin without any access token."""
        self._door = Door()

    async def check(self, line: Line) -> None:
        """Find out whether it lets us in and has every field of the mapping.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        wanted = words.checked(line.mapping)
        answer = await self._door.ask(line, "GET", "/contacts/list/fields")
        known = words.names_of(asking.read(answer, object))
        if not known:
            problem = "bad_answer"
            raise Unreached(problem)
        if missing := sorted(wanted - known):
            message = f"Mautic's contacts have no field {missing[0]!r}."
            raise BadConnection(message)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring contacts to what parcels say: look, then write, each in one call for all."""
        puts = {n: one for n, one in enumerate(parcels) if one.act is Act.PUT}
        gone = {n: one for n, one in enumerate(parcels) if one.act is Act.REMOVE}
        replies: dict[int, Reply] = await self._remove(line, gone)
        found = await self._found(line, puts, replies)
        edits: dict[int, dict[str, object]] = {}
        for n, contact in found.items():
            if words.is_news(contact, puts[n]):
                replies[n] = Changed(words.heard_of(contact, line.mapping))
            elif edit := words.edit_of(contact, puts[n]):
                edits[n] = edit
            else:
                replies[n] = _known(contact)
        replies |= await self._edit(line, puts, edits)
        await self._segment(line, puts, replies)
        return [replies[n] for n in range(len(parcels))]

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return who was changed or made since a cursor."""
        walk = Walk.read(cursor)
        answer = await self._list(line, walk.after, walk.since)
        found = _ordered(answer)
        at = asking.date_of(answer.headers.get("date", "")) or line.clock.now()
        heard = _heard(line, found)
        if len(found) == _PAGE:
            return Page(heard, str(walk.seen(found[-1].id, at)), is_all=False)
        return Page(heard, str(walk.over(at)))

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what a webhook says."""
        return hearing.hear(line, request), Returned(200)

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return contacts in the order of their numbers; not visitors without a name."""
        last = int(after) if after and after.isascii() and after.isdigit() else 0
        found = _ordered(await self._list(line, last, None))
        heard = [one for one in (words.heard_of(c, line.mapping) for c in found) if one.keys]
        if len(found) < _PAGE:
            return Page(heard, None)
        return Page(heard, str(found[-1].id), is_all=False)

    # -------------------------------------------------------------- out
    async def _remove(self, line: Line, gone: Mapping[int, Parcel]) -> dict[int, Reply]:
        """Delete; who is not there any more is as good as deleted."""
        numbers = [one.remote_id.reveal() for one in gone.values() if one.remote_id is not None]
        numbers += await self._told_of(line, [one for one in gone.values() if one.keys])
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            asked = urlencode({"ids": ",".join(n for n in some if n.isdigit())})
            answer = await self._door.ask(line, "DELETE", f"/contacts/batch/delete?{asked}")
            if answer.status != 404:
                batch = asking.read(answer, words.Batch)
                codes = {batch.code(n) for n in range(len(some))}
                if not codes <= {200, 404}:
                    problem = "not_deleted"
                    raise Unreached(problem)
        return {n: Acknowledged(one.remote_id) for n, one in gone.items()}

    async def _told_of(self, line: Line, gone: Sequence[Parcel]) -> list[str]:
        """Return the numbers of people who were told of without an answer.

        Mautic finds people by their identifiers only in an address, where they would stand in
        logs; or by making them, which finds who is there: so they are made, to be deleted at once.
        """
        sought = [part.keys for one in gone if one.remote_id is None for part in parts(one)]
        found: list[str] = []
        for start in range(0, len(sought), _AT_ONCE):
            some = sought[start : start + _AT_ONCE]
            body = [{name: key.reveal() for name, key in keys.items()} for keys in some]
            answer = await self._door.ask(line, "POST", "/contacts/batch/new", body)
            batch = asking.read(answer, words.Batch)
            for index in range(len(some)):
                contact, code = batch.contact(index), batch.code(index)
                if contact is not None and code in {200, 201}:
                    found.append(str(contact.id))
                elif code != _REFUSED:  # what it does not take never stood there
                    problem = "not_deleted"
                    raise Unreached(problem)
        return list(dict.fromkeys(found))

    async def _found(
        self, line: Line, puts: Mapping[int, Parcel], replies: dict[int, Reply]
    ) -> dict[int, Contact]:
        """Return the contacts of parcels; who is not there is made, with nothing said yet."""
        known = {
            n: int(one.remote_id.reveal())
            for n, one in puts.items()
            if one.remote_id is not None and one.remote_id.reveal().isdigit()
        }
        there: dict[int, Contact] = {}
        if known:
            asked = _where([("id", "in", ",".join(map(str, sorted(known.values()))))])
            answer = await self._door.ask(line, "GET", f"/contacts?{asked}")
            there = asking.read(answer, words.People).by_number
        found = {n: there[number] for n, number in known.items() if number in there}
        missing = [n for n in puts if n not in found]
        for n in missing:
            if not puts[n].keys:
                replies[n] = Never("no_key")
        new = [n for n in missing if n not in replies]
        if new:
            body = [{k: v.reveal() for k, v in puts[n].keys.items()} for n in new]
            answer = await self._door.ask(line, "POST", "/contacts/batch/new", body)
            batch = asking.read(answer, words.Batch)
            for index, n in enumerate(new):
                contact = batch.contact(index)
                if contact is None or batch.code(index) not in {200, 201}:
                    replies[n] = Never(f"status_{batch.code(index)}")
                else:
                    found[n] = contact
        return found

    async def _edit(
        self,
        line: Line,
        puts: Mapping[int, Parcel],
        edits: Mapping[int, dict[str, object]],
    ) -> dict[int, Reply]:
        if not edits:
            return {}
        body = list(edits.values())
        answer = await self._door.ask(line, "PATCH", "/contacts/batch/edit", body)
        batch = asking.read(answer, words.Batch)
        return {
            n: _outcome(line, puts[n], batch, index, edit)
            for index, (n, edit) in enumerate(edits.items())
        }

    async def _segment(
        self, line: Line, puts: Mapping[int, Parcel], replies: Mapping[int, Reply]
    ) -> None:
        """Put those who were acknowledged into segments, or take them out; harmless twice."""
        into: dict[int, list[str]] = {}
        for n, parcel in puts.items():
            reply = replies[n]
            if not isinstance(reply, Acknowledged) or reply.remote_id is None:
                continue
            number = reply.remote_id.reveal()
            for segment in words.segments_of(parcel.choices, yes=True):
                into.setdefault(segment, []).append(number)
            for segment in words.segments_of(parcel.choices, yes=False):
                path = f"/segments/{segment}/contact/{number}/remove"
                _refuse_missing(await self._door.ask(line, "POST", path, {}))
        for segment, numbers in into.items():
            body = {"ids": [int(number) for number in numbers]}
            path = f"/segments/{segment}/contacts/add"
            _refuse_missing(await self._door.ask(line, "POST", path, body))

    # -------------------------------------------------------------- in
    async def _list(self, line: Line, after: int, since: datetime | None) -> Answer:
        asked = _where([("id", "gt", str(after))], since)
        return await self._door.ask(line, "GET", f"/contacts?{asked}")


def _known(contact: Contact) -> Acknowledged:
    return Acknowledged(Pii(str(contact.id)), contact.modified)


def _outcome(
    line: Line, parcel: Parcel, batch: words.Batch, index: int, edit: Mapping[str, object]
) -> Reply:
    code, contact = batch.code(index), batch.contact(index)
    if code == 404:
        return Later("gone_meanwhile")
    if contact is None or code not in {200, 201}:
        return Never(f"status_{code}")
    if contact.id != edit["id"] and words.is_news(contact, parcel):
        return Changed(words.heard_of(contact, line.mapping))  # merged with one that said no
    return _known(contact)


def _refuse_missing(answer: Answer) -> None:
    """Stop when there is no such segment: it is the connection that is wrong, not a person."""
    if not answer.is_well:
        problem = f"status_{answer.status}"
        raise Unreached(problem)


def _heard(line: Line, found: Sequence[Contact]) -> list[Heard]:
    heard = [one for one in (words.heard_of(c, line.mapping) for c in found) if one.keys]
    return heard + [one for contact in found for one in words.bounces_of(contact)]


def _ordered(answer: Answer) -> list[Contact]:
    if not answer.is_well:
        problem = f"status_{answer.status}"
        raise Unreached(problem)
    found = asking.read(answer, words.People).by_number
    return [found[number] for number in sorted(found)]


def _where(conditions: Sequence[tuple[str, str, str]], since: datetime | None = None) -> str:
    """Return conditions as the API spells them; who was never changed was made since."""
    asked: dict[str, str] = {}
    for n, (column, how, value) in enumerate(conditions):
        asked |= _condition(f"where[{n}]", column, how, value)
    if since is not None:
        at = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        either = f"where[{len(conditions)}]"
        asked |= {
            f"{either}[expr]": "orX",
            **_condition(f"{either}[val][0]", "date_modified", "gte", at),
            **_condition(f"{either}[val][1]", "date_added", "gte", at),
        }
    asked |= {
        "order[0][col]": "id",
        "order[0][dir]": "asc",
        "limit": str(_PAGE),
        "start": "0",
    }
    return urlencode(asked)


def _condition(name: str, column: str, how: str, value: str) -> dict[str, str]:
    return {f"{name}[col]": column, f"{name}[expr]": how, f"{name}[val]": value}
