"""The adapter of listmonk."""

import asyncio
import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.listmonk import words
from candor.domain.connections.adapters.listmonk.words import Subscriber
from candor.domain.connections.adapters.trying import parts
from candor.domain.connections.adapters.walking import EVERY, Walk
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
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
    Reply,
    Setting,
    Spec,
)
from candor.domain.consent.model.signal import SignalKind
from candor.infra.http import Answer
from candor.kernel.pii import Pii

USER: Final = "user"
TOKEN: Final = "token"  # noqa: S105 - the name of a setting
_AT_ONCE: Final = 20
_STREAMS: Final = 4
_PAGE: Final = 200
_PAGE_BYTES: Final = 8 << 20
_BOUNCE_PAGES: Final = 20
_GONE: Final = frozenset({400, 404})  # it answers 400 for a subscriber that is not there
_BOTH: Final = frozenset({Direction.OUT, Direction.IN})

SPEC: Final = Spec(
    kind="listmonk",
    title="listmonk",
    about="Newsletters from a listmonk of your own: subscribers, lists, who unsubscribed there.",
    directions=_BOTH,
    settings=(
        Setting("base_url", "Address", "https://news.example.com", kind=Kind.URL),
        Setting(
            USER,
            "API user",
            "Made in listmonk under Admin, Users; it may get and manage subscribers and lists, "
            "query subscribers, and get bounces.",
        ),
        Setting(TOKEN, "Token of the API user", is_secret=True, sent_to=("base_url",)),
        Setting(
            "channel",
            "Channel of its bounces",
            "A hard bounce or a complaint there closes this channel. Empty: they are not read.",
            is_required=False,
            default="email",
        ),
        EVERY,
    ),
    at_once=_AT_ONCE,
    suggested=(
        Field(words.EMAIL, What.IDENTIFIER, "email", is_key=True, direction=Direction.BOTH),
        Field(words.NAME, What.ATTRIBUTE, "name"),
        Field("list:1", What.TOPIC, "news/email", direction=Direction.BOTH),
    ),
    can_compare=True,
)


class Listmonk:
    """Speaks with listmonk."""

    spec = SPEC

    async def check(self, line: Line) -> None:
        """Find out whether it lets us in and has every list of the mapping.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        wanted = words.checked(line.mapping)
        answer = await _ask(line, "GET", "/api/lists?per_page=all")
        known = {one.id for one in asking.read(answer, words.Listed).data.results}
        if missing := sorted(wanted - known):
            message = f"listmonk has no list {missing[0]}, or this user may not see it."
            raise BadConnection(message)
        await _query(line, "subscribers.id < 0", at_most=1)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring subscribers to what parcels say, a few at the same time."""
        limit = asyncio.Semaphore(_STREAMS)

        async def one(parcel: Parcel) -> Reply | Unreached:
            async with limit:
                try:
                    return await _settle(line, parcel)
                except Unreached as failed:
                    return failed

        replies = await asyncio.gather(*(one(parcel) for parcel in parcels))
        return _told(replies)

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return whose record or subscription changed, and after the last of them bounces."""
        walk = Walk.read(cursor)
        answer = await _query(line, f"{_since(walk.since)} AND subscribers.id > {walk.after}")
        found, at = _ordered(answer), _time_there(line, answer)
        heard = [words.heard_of(one, line.mapping) for one in found]
        if len(found) == _PAGE:
            return Page(heard, str(walk.seen(found[-1].id, at)), is_all=False)
        heard += await _bounced(line, walk.since)
        return Page(heard, str(walk.over(at)))

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return subscribers in the order of their numbers."""
        last = int(after) if after and after.isascii() and after.isdigit() else 0
        found = _ordered(await _query(line, f"subscribers.id > {last}"))
        heard = [words.heard_of(one, line.mapping) for one in found]
        if len(found) < _PAGE:
            return Page(heard, None)
        return Page(heard, str(found[-1].id), is_all=False)


def _told(replies: Sequence[Reply | Unreached]) -> list[Reply]:
    """Return the answers; when nobody was reached, it is the call that failed."""
    failed = [one for one in replies if isinstance(one, Unreached)]
    if failed and len(failed) == len(replies):
        raise failed[0]
    return [
        Later(one.problem, one.after) if isinstance(one, Unreached) else one for one in replies
    ]


# ------------------------------------------------------------------ out
async def _settle(line: Line, parcel: Parcel) -> Reply:
    if parcel.act is Act.REMOVE:
        for one in parts(parcel):
            known = await _found(line, one)
            if known is not None:
                await _do(line, "DELETE", f"/api/subscribers/{known.id}")
        return Acknowledged(parcel.remote_id)
    found = await _found(line, parcel)
    if found is None:
        made = await _made(line, parcel)
        if not isinstance(made, Subscriber):
            return made
        found = made
    return await _brought(line, parcel, found)


async def _found(line: Line, parcel: Parcel) -> Subscriber | None:
    """Return the subscriber by number; without one, who was never told is made first."""
    if parcel.remote_id is not None:
        found = await _by_number(line, parcel.remote_id)
        if found is not None or words.EMAIL not in parcel.keys:
            return found
    elif parcel.act is Act.REMOVE and words.EMAIL in parcel.keys:
        return await _by_address(line, parcel.keys[words.EMAIL])
    return None


async def _by_number(line: Line, remote_id: Pii[str]) -> Subscriber | None:
    number = remote_id.reveal()
    if not number.isascii() or not number.isdigit():
        return None
    answer = await _ask(line, "GET", f"/api/subscribers/{number}")
    if answer.status in _GONE:
        return None
    return asking.read(answer, words.One).data


async def _by_address(line: Line, address: Pii[str]) -> Subscriber | None:
    """Find by a hash with a salt of its own: the address stands in nobody's log."""
    salt = secrets.token_hex(16)
    plain = f"{salt}{address.reveal().strip().lower()}"
    digest = hashlib.sha256(plain.encode()).hexdigest()
    answer = await _query(
        line,
        f"encode(sha256(convert_to('{salt}' || lower(subscribers.email), 'UTF8')), 'hex')"
        f" = '{digest}'",
        at_most=1,
    )
    found = asking.read(answer, words.Many).data.results
    return found[0] if found else None


async def _made(line: Line, parcel: Parcel) -> "Subscriber | Reply":
    """Return a new subscriber with nothing said yet, or the one that has the address."""
    new = words.new_of(parcel)
    if new is None:
        return Never("no_address")
    body = {
        words.EMAIL: new.email,
        words.NAME: new.name,
        "status": new.status,
        "attribs": new.attribs,
        "lists": list[int](),
    }
    answer = await _ask(line, "POST", "/api/subscribers", body)
    if answer.status == 409:
        return await _by_address(line, Pii(new.email)) or Later("taken_and_not_found")
    if not answer.is_well:
        return Never(f"status_{answer.status}")
    return msgspec.structs.replace(new, id=asking.read(answer, words.Made).data.id)


async def _brought(line: Line, parcel: Parcel, found: Subscriber) -> Reply:
    """Change what differs: first what closes, then facts, then what opens."""
    if words.is_news(found, parcel):
        return Changed(words.heard_of(found, line.mapping))
    await _close(line, parcel, found)
    changes = words.wanted_of(parcel, found)
    is_open = any(parcel.choices.values())
    if found.status == words.BLOCKLISTED and is_open:
        changes["status"] = "enabled"
    if changes:
        answer = await _change(line, found, changes)
        if answer.status == 409:
            return Never("address_of_another")
        if not answer.is_well:
            return Never(f"status_{answer.status}")
        asking.read(answer, words.Done)
    wanted = words.lists_of(parcel.choices, yes=True)
    opened = [n for n in wanted if n not in found.on or not found.on[n].is_on]
    await _put_on(line, found, opened, "confirmed")
    return Acknowledged(Pii(str(found.id)))


async def _close(line: Line, parcel: Parcel, found: Subscriber) -> None:
    """Write down each no, also of a list that they were never on: an import cannot undo it."""
    closed = [
        number
        for number in words.lists_of(parcel.choices, yes=False)
        if number not in found.on or found.on[number].subscription_status != "unsubscribed"
    ]
    await _put_on(line, found, closed, "unsubscribed")
    if parcel.choices.get(words.STATUS) is False and found.status != words.BLOCKLISTED:
        await _do(line, "PUT", f"/api/subscribers/{found.id}/blocklist", {})


async def _put_on(line: Line, found: Subscriber, lists: Iterable[int], status: str) -> None:
    numbers = list(lists)
    if not numbers:
        return
    body = {
        "ids": [found.id],
        "action": "add",
        "target_list_ids": numbers,
        "status": status,
    }
    await _do(line, "PUT", "/api/subscribers/lists", body)


async def _change(line: Line, found: Subscriber, changes: dict[str, object]) -> Answer:
    """Change some fields; where PATCH is not known (before 6.0), write all with what it has."""
    path = f"/api/subscribers/{found.id}"
    answer = await _ask(line, "PATCH", path, changes)
    if answer.status not in {404, 405}:
        return answer
    whole: dict[str, object] = {
        words.EMAIL: found.email,
        words.NAME: found.name,
        "status": found.status,
        **changes,
        "attribs": {**(found.attribs or {}), **words.attribs_in(changes)},
        # All must be named, or it takes them off; it keeps `unsubscribed` as it is.
        "lists": sorted(found.on),
    }
    return await _ask(line, "PUT", path, whole)


# ------------------------------------------------------------------ in
def _since(since: datetime | None) -> str:
    """Return the condition of listmonk's own query language: who changed since an instant."""
    if since is None:
        return "TRUE"
    at = since.astimezone(UTC).isoformat(timespec="microseconds")
    # Who unsubscribes changes the subscription alone. Values: an instant that we spelt ourselves.
    return (
        f"(subscribers.updated_at >= '{at}' OR subscribers.id IN"
        f" (SELECT subscriber_id FROM subscriber_lists WHERE updated_at >= '{at}'))"
    )


def _ordered(answer: Answer) -> list[Subscriber]:
    found = asking.read(answer, words.Many).data.results
    numbers = [one.id for one in found]
    if numbers != sorted(numbers):
        problem = "bad_answer"  # going on after the last one would skip somebody
        raise Unreached(problem)
    return found


def _time_there(line: Line, answer: Answer) -> datetime:
    """Return what time it is there, by the answer itself."""
    return asking.date_of(answer.headers.get("date", "")) or line.clock.now()


async def _bounced(line: Line, since: datetime | None) -> list[Heard]:
    """Return whose address takes nothing any more, and who complained; the newest come first."""
    channel = line.settings.get("channel", "")
    heard: list[Heard] = []
    if not channel:
        return heard
    for page in range(1, _BOUNCE_PAGES + 1):
        asked = urlencode(
            {"page": page, "per_page": _PAGE, "order_by": "created_at", "order": "desc"}
        )
        answer = await _ask(line, "GET", f"/api/bounces?{asked}")
        found = asking.read(answer, words.Bounces).data.results
        new = [one for one in found if since is None or one.created_at >= since]
        heard += [
            Heard(
                remote_id=Pii(str(one.subscriber_id)),
                signals=(
                    (
                        SignalKind.COMPLAINT if one.is_complaint else SignalKind.BOUNCE,
                        channel,
                    ),
                ),
                signalled_at=one.created_at,
                message_id=f"bounce-{one.id}",
            )
            for one in new
            if one.is_final and one.subscriber_id
        ]
        if len(new) < _PAGE:
            break
    return heard


# ------------------------------------------------------------------ asking
async def _query(line: Line, condition: str, *, at_most: int = _PAGE) -> Answer:
    asked = urlencode(
        {"query": condition, "page": 1, "per_page": at_most, "order_by": "id", "order": "asc"}
    )
    answer = await _ask(line, "GET", f"/api/subscribers?{asked}")
    if not answer.is_well:
        raise NotLetIn  # its user may not query
    return answer


async def _do(line: Line, method: str, path: str, body: object | None = None) -> None:
    """Do something that is answered with no more than that it is done."""
    answer = await _ask(line, method, path, body)
    if answer.status in _GONE and method == "DELETE":
        return
    if not answer.is_well:
        problem = f"status_{answer.status}"
        raise Unreached(problem)
    asking.read(answer, words.Done)


async def _ask(line: Line, method: str, path: str, body: object | None = None) -> Answer:
    base = line.settings.get("base_url", "").rstrip("/")
    proof = f"{line.settings.get(USER, '')}:{line.secrets.get(TOKEN, '')}"
    return await asking.ask(
        line,
        method,
        f"{base}{path}",
        headers={"authorization": f"Basic {b64encode(proof.encode()).decode()}"},
        json=body,
        at_most_bytes=_PAGE_BYTES,
    )
