"""Mautic, as its documentation and the source of its contacts' API have it (read 2026-11-22).

Held as Mautic does it: `new` with an address that is known gives that contact back (200, not 201);
an edit with somebody else's address merges the two; empty values are skipped unless
`overwriteWithBlank`; reason 0 takes an entry of "do not contact" away; lists of PHP are maps when
something is missing in them; times are whole seconds, and `dateModified` is null until the first
change.
"""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from typing_extensions import override

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.model.talk import Received, Value
from candor.kernel.clock import FixedClock
from tests.counterparts.contract import NOON, Held
from tests.counterparts.serving import Answered, Asked, HttpCounterpart

USER = "us"
PASSWORD = "a-secret-of-mautic"
HOOK = "a-secret-of-the-webhook"
FIELDS = ("email", "firstname", "city", "newsletter")
LONGEST = 191


@dataclass
class Person:
    """One contact."""

    number: int
    fields: dict[str, Any]
    added: datetime
    modified: datetime | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Mautic(HttpCounterpart):
    """The server."""

    def __init__(self) -> None:
        """Begin with nobody."""
        super().__init__()
        self.clock = FixedClock(NOON)
        self.persons: dict[int, Person] = {}
        self.segments: dict[int, set[int]] = {1: set()}
        self.tokens: set[str] = set()
        self._last = 0

    # -------------------------------------------------------------- HTTP
    @override
    async def answer(self, asked: Asked) -> Answered:
        date = {"date": format_datetime(self.clock.now(), usegmt=True)}
        if asked.path == "/oauth/v2/token":
            return self._token(asked)
        if not self._is_known(asked.headers.get("authorization", "")):
            return Answered(401, {"errors": [{"code": 401, "message": "API auth required"}]})
        status, content = self._route(asked)
        return Answered(status, content, date)

    def _token(self, asked: Asked) -> Answered:
        sent = dict(parse_qsl(asked.body.decode()))
        if (sent.get("client_id"), sent.get("client_secret")) != (USER, PASSWORD):
            return Answered(400, {"error": "invalid_client"})
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return Answered(200, {"access_token": token, "expires_in": 3600})

    def _is_known(self, header: str) -> bool:
        kind, _, proof = header.partition(" ")
        if kind == "Bearer":
            return proof in self.tokens
        return kind == "Basic" and b64decode(proof).decode() == f"{USER}:{PASSWORD}"

    def _route(self, asked: Asked) -> tuple[int, Any]:
        match (asked.method, *asked.path.strip("/").split("/")):
            case ("GET", "api", "contacts", "list", "fields"):
                return 200, {str(n): {"alias": name} for n, name in enumerate(FIELDS)}
            case ("GET", "api", "contacts"):
                return 200, self._list(parse_qs(urlsplit(asked.target).query))
            case ("POST", "api", "contacts", "batch", "new"):
                return 201, self._batch([self._new(one) for one in asked.json()])
            case ("PATCH", "api", "contacts", "batch", "edit"):
                return 200, self._batch([self._edit(one) for one in asked.json()])
            case ("DELETE", "api", "contacts", "batch", "delete"):
                numbers = asked.query.get("ids", "").split(",")
                return 200, self._batch([self._delete(int(one)) for one in numbers])
            case ("POST", "api", "segments", segment, "contacts", "add"):
                if int(segment) not in self.segments:
                    return 404, {"errors": []}
                self.segments[int(segment)] |= set(asked.json()["ids"])
                return 200, {"success": 1}
            case ("POST", "api", "segments", segment, "contact", number, "remove"):
                self.segments[int(segment)].discard(int(number))
                return 200, {"success": 1}
            case _:
                return 404, {"errors": [{"code": 404}]}

    def _batch(self, done: list[tuple[int, Person | None]]) -> object:
        contacts = {str(n): self._shown(one) for n, (_, one) in enumerate(done) if one}
        is_whole = len(contacts) == len(done)
        codes = [code for code, _ in done]
        return {
            "contacts": list(contacts.values()) if is_whole else contacts,
            "statusCodes": codes,
        }

    def _list(self, asked: dict[str, list[str]]) -> object:
        flat = {name: values[0] for name, values in asked.items()}
        found = [one for one in self.persons.values() if _fits(one, flat)]
        found = sorted(found, key=lambda one: one.number)[: int(flat.get("limit", "30"))]
        contacts = {str(one.number): self._shown(one) for one in found}
        return {"total": str(len(found)), "contacts": contacts or []}

    # -------------------------------------------------------------- contacts
    def _now(self) -> datetime:
        self.clock.advance(timedelta(milliseconds=100))
        return self.clock.now().replace(microsecond=0)

    def _new(self, sent: dict[str, Any]) -> tuple[int, Person | None]:
        known = self._by_address(sent.get("email"))
        if known is not None:
            return self._written(known, sent, 200)
        self._last += 1
        made = Person(self._last, dict.fromkeys(FIELDS), self._now())
        self.persons[made.number] = made
        return self._written(made, sent, 201, is_new=True)

    def _edit(self, sent: dict[str, Any]) -> tuple[int, Person | None]:
        person = self.persons.get(int(sent["id"]))
        if person is None:
            return 404, None
        other = self._by_address(sent.get("email"))
        if other is not None and other is not person:
            del self.persons[person.number]
            person = other
        return self._written(person, sent, 200)

    def _written(
        self, person: Person, sent: dict[str, Any], code: int, *, is_new: bool = False
    ) -> tuple[int, Person | None]:
        is_blank_too = bool(sent.get("overwriteWithBlank"))
        values = {name: sent[name] for name in FIELDS if name in sent}
        if any(isinstance(one, str) and len(one) > LONGEST for one in values.values()):
            return 400, None
        for name, value in values.items():
            if value not in {None, ""}:
                person.fields[name] = str(value)
            elif is_blank_too:
                person.fields[name] = None
        for one in sent.get("doNotContact", []):
            self.refuse(person.number, one.get("channel", "email"), int(one["reason"]))
        if not is_new:
            person.modified = self._now()
        return code, person

    def _delete(self, number: int) -> tuple[int, Person | None]:
        person = self.persons.pop(number, None)
        return (200, person) if person else (404, None)

    def _by_address(self, address: object) -> Person | None:
        text = str(address or "").lower()
        every = self.persons.values()
        return next((o for o in every if text and o.fields["email"] == text), None)

    def refuse(self, number: int, channel: str, reason: int) -> None:
        """Write down, or take away, that somebody is not contacted."""
        person = self.persons[number]
        person.refusals = [one for one in person.refusals if one["channel"] != channel]
        person.modified = self._now()
        if reason:
            person.refusals.append(
                {
                    "id": number * 10 + reason,
                    "reason": reason,
                    "channel": channel,
                    "comments": "",
                    "channelId": None,
                    "dateAdded": person.modified.isoformat(),
                }
            )

    def _shown(self, person: Person) -> dict[str, Any]:
        return {
            "id": person.number,
            "isPublished": True,
            "dateAdded": person.added.isoformat(),
            "dateModified": person.modified.isoformat() if person.modified else None,
            "fields": {
                "core": {n: {"alias": n, "value": v} for n, v in person.fields.items()},
                "social": [],
                "all": person.fields,
            },
            "doNotContact": person.refusals,
            "tags": [],
        }

    # -------------------------------------------------------------- by hand
    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        held: dict[str, Held] = {}
        for one in self.persons.values():
            closed = {refusal["channel"] for refusal in one.refusals}
            choices = {"dnc:email": "email" not in closed}
            if one.fields["newsletter"] is not None:
                choices["newsletter"] = one.fields["newsletter"] == "1"
            held[str(one.number)] = Held(one.fields, choices)
        return held

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody who works there change a person, or the person themselves."""
        if at is not None:
            self.clock.at = at
        number = int(remote_id)
        if facts:
            self._edit({"id": number, **facts, "overwriteWithBlank": True})
        for name, answer in (choices or {}).items():
            if name.startswith("dnc:"):
                self.refuse(number, name.removeprefix("dnc:"), 0 if answer else 1)
            else:
                self._edit({"id": number, name: int(answer)})

    def call(
        self,
        remote_id: str,
        line: Line,
        *,
        at: datetime,
        secret: str | None = None,
        kind: str = "mautic.lead_channel_subscription_changed",
        status: str = "unsubscribed",
    ) -> Received:
        """Return the webhook that says so."""
        contact = self._shown(self.persons[int(remote_id)])
        del contact["fields"]["all"]
        event = {
            "contact": contact,
            "channel": "email",
            "old_status": "contactable",
            "new_status": status,
            "timestamp": at.isoformat(),
        }
        body = json.dumps({kind: [event]}).encode()
        return self.call_with(body, line, at=at, secret=secret)

    def call_with(
        self, body: bytes, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return a request with any body, signed as it must be."""
        del at  # nothing but the body is signed
        signed = hmac.digest((secret or HOOK).encode(), body, "sha256")
        headers = {"webhook-signature": b64encode(signed).decode()}
        return Received("POST", line.callback_url, headers, body)


def _fits(person: Person, asked: Mapping[str, str], name: str = "where") -> bool:
    n = 0
    while f"{name}[{n}][expr]" in asked:
        if not _is(person, asked, f"{name}[{n}]"):
            return False
        n += 1
    return True


def _is(person: Person, asked: Mapping[str, str], name: str) -> bool:
    how = asked[f"{name}[expr]"]
    if how == "orX":
        count = sum(key.startswith(f"{name}[val]") and key.endswith("[expr]") for key in asked)
        return any(_is(person, asked, f"{name}[val][{n}]") for n in range(count))
    column, value = asked[f"{name}[col]"], asked[f"{name}[val]"]
    if column == "id":
        if how == "in":
            return str(person.number) in value.split(",")
        return how == "gt" and person.number > int(value)
    held = {"date_modified": person.modified, "date_added": person.added}[column]
    at = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return how == "gte" and held is not None and held >= at
