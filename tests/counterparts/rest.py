"""A CRM that somebody made up, with an API as most have one: for the adapter without code.

It follows no vendor, and HTTP and OAuth as they are written (RFC 9110 sections 8.8.3, 13.1 and
13.2 for ETag and If-Match; RFC 6749 section 4.4 for tokens; RFC 8288 for links; read 2026-11-22):

- `POST /v1/people` makes somebody (409 when the address is taken), `GET`, `PATCH` and `DELETE`
  `/v1/people/ID`, `POST /v1/people/search` finds by address;
- a record stands in `data`, its fields in `attributes`; ids hold slashes, quotes and spaces;
- `GET /v1/people?changed_since=…` lists who changed, by pages of two: by `cursor`, by `page`
  (newest first), after `last_id`, or by the link of the next page in a header;
- the same idempotency key is the same answer; a write over another version is 412.

Its faults are those of every HTTP counterpart; an error in a 200 is `{"ok": false, …}`.
"""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, quote

from typing_extensions import override

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.model.talk import Received, Value
from candor.kernel.clock import FixedClock
from tests.counterparts.contract import NOON, Held
from tests.counterparts.serving import Answered, Asked, Fault, HttpCounterpart

TOKEN = "a-token-of-the-crm"
USER = "candor"
HOOK = "a-secret-of-the-webhook"
FIELDS = ("email", "first_name", "city")
CHOICE = "newsletter"
PAGE = 2
LONGEST = 100


@dataclass
class Person:
    """One record."""

    remote_id: str
    attributes: dict[str, Any]
    changed_at: datetime
    version: int = 1
    is_deleted: bool = False


@dataclass
class Rest(HttpCounterpart):
    """The server. `auth`: how it knows who asks."""

    auth: str = "bearer"
    persons: dict[str, Person] = field(default_factory=dict[str, Person])
    tokens: list[str] = field(default_factory=list[str])
    has_versions: bool = True

    def __post_init__(self) -> None:
        """Begin with nobody."""
        HttpCounterpart.__init__(self)
        self.clock = FixedClock(NOON)
        self._done: dict[str, Answered] = {}
        self._last = 0

    # -------------------------------------------------------------- HTTP
    @override
    async def answer(self, asked: Asked) -> Answered:
        date = {"date": format_datetime(self.clock.now(), usegmt=True)}
        said = self._answer(asked)
        return Answered(said.status, said.content, {**date, **said.headers})

    @override
    def failing(self, fault: Fault) -> Answered:
        if fault is Fault.ERROR_IN_200:
            return Answered(200, {"ok": False, "error": {"code": "internal"}})
        return super().failing(fault)

    def _answer(self, asked: Asked) -> Answered:
        if asked.path == "/oauth/token":
            return self._token(asked)
        if not self._is_let_in(asked):
            return Answered(401, {"ok": False})
        key = asked.headers.get("idempotency-key", "")
        name = f"{key} {asked.method} {asked.target}"
        if key and name in self._done:
            return self._done[name]
        said = self._routed(asked)
        if key and said.status < 300:
            self._done[name] = said
        return said

    def _routed(self, asked: Asked) -> Answered:
        path = asked.target.partition("?")[0]
        match (asked.method, path.removeprefix("/v1/people")):
            case ("GET", ""):
                return self._list(asked)
            case ("POST", ""):
                return self._make(asked.json()["person"]["attributes"])
            case ("POST", "/search"):
                return self._search(asked.json()["filter"]["email"])
            case (method, rest) if rest.count("/") == 1 and path != rest:
                return self._one(method, asked.path.removeprefix("/v1/people/"), asked)
            case _:
                return Answered(404, {"ok": False})

    def _is_let_in(self, asked: Asked) -> bool:
        given = asked.headers.get("authorization", "")
        match self.auth:
            case "bearer":
                return given == f"Bearer {TOKEN}"
            case "basic":
                return given == f"Basic {b64encode(f'{USER}:{TOKEN}'.encode()).decode()}"
            case "header":
                return asked.headers.get("x-crm-key") == TOKEN
            case _:
                return given.removeprefix("Bearer ") in self.tokens

    def _token(self, asked: Asked) -> Answered:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        given = asked.headers.get("authorization", "").removeprefix("Basic ")
        user, _, word = b64decode(given).decode().partition(":")
        user, word = form.get("client_id", user), form.get("client_secret", word)
        if (user, word, form.get("grant_type")) != (USER, TOKEN, "client_credentials"):
            return Answered(400, {"error": "invalid_client"})
        self.tokens.append(f"token-{len(self.tokens)}")
        return Answered(200, {"access_token": self.tokens[-1], "expires_in": 3600})

    # -------------------------------------------------------------- records
    def _make(self, given: dict[str, Any]) -> Answered:
        wrong = self._wrong(given, None)
        if wrong is not None:
            return wrong
        self._last += 1
        # No id that anybody would choose: each sign of it must be encoded on its way.
        remote_id = f'p/{self._last}?"#%2e ü'
        attributes = {name: given.get(name) for name in FIELDS}
        attributes["channels"] = given.get("channels") or {}
        self.persons[remote_id] = Person(remote_id, attributes, self._now())
        return self._said(self.persons[remote_id], 201)

    def _one(self, method: str, remote_id: str, asked: Asked) -> Answered:
        person = self.persons.get(remote_id)
        if person is None or person.is_deleted:
            return Answered(404, {"ok": False})
        if method == "DELETE":
            person.is_deleted, person.changed_at = True, self._now()
            return Answered(204)
        if method == "PATCH":
            over = asked.headers.get("if-match")
            if over is not None and over != f'"{person.version}"':
                return Answered(412, {"ok": False})
            given = asked.json()["person"]["attributes"]
            wrong = self._wrong(given, person)
            if wrong is not None:
                return wrong
            self._write(person, given)
        return self._said(person)

    def _write(self, person: Person, given: Mapping[str, Any]) -> None:
        channels = person.attributes["channels"] | given.get("channels", {})
        person.attributes |= {**given, "channels": channels}
        person.version += 1
        person.changed_at = self._now()

    def _wrong(self, given: Mapping[str, Any], person: Person | None) -> Answered | None:
        if any(len(str(given.get(name))) > LONGEST for name in FIELDS):
            return Answered(422, {"ok": False, "error": {"code": "too_long"}})
        email = given.get("email")
        taken = [one for one in self._there() if one.attributes["email"] == email]
        if email and any(one is not person for one in taken):
            return Answered(409, {"ok": False})
        return None

    def _search(self, email: str) -> Answered:
        found = [one for one in self._there() if one.attributes["email"] == email]
        return Answered(200, {"ok": True, "results": [_spelt(one) for one in found]})

    def _said(self, person: Person, status: int = 200) -> Answered:
        headers = {"etag": f'"{person.version}"'} if self.has_versions else {}
        return Answered(status, {"ok": True, "data": _spelt(person)}, headers)

    def _there(self) -> list[Person]:
        return [one for one in self.persons.values() if not one.is_deleted]

    # -------------------------------------------------------------- lists
    def _list(self, asked: Asked) -> Answered:
        query = asked.query
        since = datetime.fromisoformat(query["changed_since"])
        found = [one for one in self.persons.values() if one.changed_at >= since]
        is_paged = "page" in query
        if is_paged:
            found.sort(key=lambda one: (one.changed_at, one.remote_id), reverse=True)
        else:
            found.sort(key=lambda one: one.remote_id)
        after = query.get("last_id", query.get("cursor", ""))
        found = [one for one in found if is_paged or one.remote_id > after]
        start = PAGE * (int(query["page"]) - 1) if is_paged else 0
        some = found[start : start + PAGE]
        is_more = len(found) > start + PAGE
        go_on = some[-1].remote_id if is_more else None
        content = {"ok": True, "people": [_spelt(one) for one in some], "next": go_on}
        link = f"{self.url}/v1/people?changed_since={quote(query['changed_since'])}"
        headers = {"link": f'<{self.url}/v1>; rel="up"'}
        if go_on is not None:
            headers["link"] += f', <{link}&cursor={quote(go_on, safe="")}>; rel="next"'
        return Answered(200, content, headers)

    # -------------------------------------------------------------- by hand
    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        return {
            one.remote_id: Held(
                {f"attributes.{name}": one.attributes.get(name) for name in FIELDS},
                {
                    f"attributes.channels.{name}": value == "subscribed"
                    for name, value in one.attributes["channels"].items()
                    if not name.endswith("_at")
                },
            )
            for one in self._there()
        }

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody who works there change a person."""
        if at is not None:
            self.clock.at = at
        given: dict[str, Any] = {
            name.removeprefix("attributes."): value for name, value in (facts or {}).items()
        }
        for name, answer in (choices or {}).items():
            last = name.rpartition(".")[2]
            said = "subscribed" if answer else "unsubscribed"
            given["channels"] = {last: said, f"{last}_at": self.clock.now().isoformat()}
        self._write(self.persons[remote_id], given)
        if at is not None:
            self.persons[remote_id].changed_at = at

    def delete(self, remote_id: str) -> None:
        """Let somebody who works there delete a person."""
        person = self.persons[remote_id]
        person.is_deleted, person.changed_at = True, self._now()

    # -------------------------------------------------------------- webhooks
    def call(
        self, remote_id: str, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return the call that says that somebody unsubscribed."""
        channels = {CHOICE: "unsubscribed", f"{CHOICE}_at": at.isoformat()}
        record = {"id": remote_id, "attributes": {"channels": channels}}
        event = {"event_id": "e-1", "type": "person.updated", "data": record}
        return self.call_with(json.dumps([event]).encode(), line, at=at, secret=secret)

    def call_with(
        self, body: bytes, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return a call with any body, signed as it must be."""
        time = str(int(at.timestamp()))
        signed = f"v0:{time}:".encode() + body
        proof = hmac.digest((secret or HOOK).encode(), signed, "sha256").hex()
        headers = {"x-crm-signature": f"v0={proof}", "x-crm-time": time}
        return Received("POST", line.callback_url, headers, body)

    def _now(self) -> datetime:
        self.clock.advance(timedelta(milliseconds=1))
        return self.clock.now()


def _spelt(person: Person) -> dict[str, Any]:
    return {
        "id": person.remote_id,
        "attributes": person.attributes,
        "changed_at": person.changed_at.isoformat(),
        "deleted": person.is_deleted,
    }
