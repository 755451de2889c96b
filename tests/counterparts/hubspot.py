"""HubSpot, as far as an adapter meets it: contacts, search, subscriptions, webhooks, limits.

Follows developers.hubspot.com, read 2026-11-22: "Contacts" (batch read/update/upsert/archive, with
`objectWriteTraceId` and 207), "gdpr-delete", "Search the CRM" (10,000 at most, one order, an index
that lags), "Subscription preferences v4" (batch read, unsubscribe-all/read, batch write, partial
errors), "Webhooks", "Validating requests" (v3), "API usage guidelines" (429 with `policyName`),
"Error handling". Faults beside those of every server: `is_multi_status` off (one bad contact
refuses the whole batch), `lets_resubscribe` off, `hidden` (not indexed yet), `policy` of a limit.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from typing_extensions import override

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.model.talk import Received, Value
from tests.counterparts.contract import Held
from tests.counterparts.serving import RETRY_AFTER, Answered, Asked, Fault, HttpCounterpart

TOKEN: Final = "pat-eu1-of-nobody"
SECRET: Final = "client-secret-of-nobody"
STAGES: Final = frozenset({"", "subscriber", "lead", "customer"})
DEFINED: Final = (
    "email", "firstname", "lastname", "city", "phone", "customer_number", "lifecyclestage",
    "newsletter", "newsletter_opt_out", "hs_additional_emails", "hs_merged_object_ids",
    "hs_object_id", "lastmodifieddate", "createdate",
)  # fmt: skip
UNIQUE: Final = frozenset({"email", "customer_number"})
_BEGIN: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
_CONTACTS: Final = "/crm/v3/objects/contacts"
_STATUSES: Final = "/communication-preferences/v4/statuses/batch"


@dataclass(slots=True)
class Contact:
    """A contact with the history of its properties, the newest first."""

    id: str
    properties: dict[str, str] = field(default_factory=dict[str, str])
    history: dict[str, list[tuple[datetime, str, str]]] = field(
        default_factory=dict[str, list[tuple[datetime, str, str]]]
    )
    changed_at: datetime = _BEGIN


@dataclass(slots=True)
class Subscription:
    """What an address says about one type, or (0) about all."""

    status: str
    at: datetime
    source: str = "Email Preferences Page"
    explanation: str | None = None


class Hubspot(HttpCounterpart):
    """An account of HubSpot."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, Contact] = {}
        self.archived: set[str] = set()
        self.deleted: set[str] = set()  # for good
        self.merged: dict[str, str] = {}
        self.statuses: dict[tuple[str, int], Subscription] = {}
        self.types = {42, 43}
        self.hidden: set[str] = set()
        self.is_multi_status = True
        self.lets_resubscribe = True
        self.policy = ""  # of a limit: DAILY, TEN_SECONDLY_ROLLING, SECONDLY
        self.now = _BEGIN
        self.before_write: Callable[[], None] | None = None
        self._last_id = 100

    # -------------------------------------------------------------- by hand
    def tick(self, at: datetime | None = None) -> datetime:
        """Let time pass; return the instant of a change."""
        self.now = max(self.now, at or self.now) + timedelta(seconds=1)
        return at or self.now

    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        return {one.id: self._held(one) for one in self.contacts.values()}

    def _held(self, one: Contact) -> Held:
        facts: dict[str, Value] = {name: one.properties.get(name) or None for name in DEFINED}
        address = one.properties.get("email", "").lower()
        choices: dict[str, bool] = {}
        for number in self.types:
            found = self.statuses.get((address, number))
            if found is not None:
                choices[f"subscription:{number}"] = found.status == "SUBSCRIBED"
        if one.properties.get("newsletter"):
            choices["newsletter"] = one.properties["newsletter"] == "true"
        if one.properties.get("newsletter_opt_out"):
            choices["not:newsletter_opt_out"] = one.properties["newsletter_opt_out"] != "true"
        return Held(facts, choices)

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody there change a contact."""
        when = self.tick(at)
        one = self.contacts[remote_id]
        self._set(one, {k: "" if v is None else str(v) for k, v in (facts or {}).items()}, when)
        for name, answer in (choices or {}).items():
            if name.startswith("subscription:"):
                number = int(name.removeprefix("subscription:"))
                status = "SUBSCRIBED" if answer else "UNSUBSCRIBED"
                address = one.properties["email"].lower()
                self.statuses[address, number] = Subscription(status, when)
            else:
                is_set = answer is not name.startswith("not:")
                text = "true" if is_set else "false"
                self._set(one, {name.removeprefix("not:"): text}, when)
        one.changed_at = when

    def delete(self, remote_id: str) -> None:
        """Let somebody there archive a contact."""
        del self.contacts[remote_id]
        self.archived.add(remote_id)

    def merge(self, winner: str, loser: str) -> None:
        """Let somebody there merge two contacts."""
        del self.contacts[loser]
        self.merged[loser] = winner
        one = self.contacts[winner]
        known = one.properties.get("hs_merged_object_ids", "")
        ids = ";".join(filter(None, [known, loser]))
        self._set(one, {"hs_merged_object_ids": ids}, self.tick())

    def opt_out_of_all(self, address: str) -> None:
        """Let somebody opt out of everything."""
        self.statuses[address.lower(), 0] = Subscription("UNSUBSCRIBED", self.tick())

    # -------------------------------------------------------------- calling us
    def call(
        self, remote_id: str, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return the webhook by which a contact opted out."""
        changed = {"propertyName": "hs_email_optout_42", "propertyValue": "true"}
        body = json.dumps([event(remote_id, at=at, **changed)]).encode()
        return signed(body, line, at=at, secret=secret or SECRET)

    def call_with(self, body: bytes, line: Line, *, at: datetime) -> Received:
        """Return a webhook with any body."""
        return signed(body, line, at=at)

    # -------------------------------------------------------------- answering
    @override
    def failing(self, fault: Fault) -> Answered:
        said = {"status": "error", "message": "about ada.lovelace@example.org", "category": ""}
        match fault:
            case Fault.LIMITED:
                headers = {"retry-after": str(RETRY_AFTER)}
                return Answered(429, {**said, "policyName": "SECONDLY"}, headers)
            case Fault.LIMITED_SILENTLY:
                headers = {"x-hubspot-ratelimit-secondly-remaining": "0"}
                return Answered(429, {**said, "policyName": self.policy}, headers)
            case Fault.LOCKED_OUT:
                return Answered(401, {**said, "category": "INVALID_AUTHENTICATION"})
            case Fault.ERROR_IN_200:
                return Answered(200, {**said, "category": "INTERNAL_ERROR"})
            case _:
                return super().failing(fault)

    @override
    async def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.failing(Fault.LOCKED_OUT)
        routes: dict[tuple[str, str], Callable[[Asked], Answered]] = {
            ("POST", f"{_CONTACTS}/batch/read"): self._read,
            ("POST", f"{_CONTACTS}/batch/update"): self._update,
            ("POST", f"{_CONTACTS}/batch/upsert"): self._upsert,
            ("POST", f"{_CONTACTS}/batch/archive"): self._archive,
            ("POST", f"{_CONTACTS}/gdpr-delete"): self._gdpr_delete,
            ("POST", f"{_CONTACTS}/search"): self._search,
            ("GET", _CONTACTS): self._list,
            ("GET", "/crm/v3/properties/contacts"): self._properties,
            ("POST", f"{_STATUSES}/read"): self._statuses,
            ("POST", f"{_STATUSES}/unsubscribe-all/read"): self._wide_statuses,
            ("POST", f"{_STATUSES}/write"): self._write_statuses,
            ("GET", "/communication-preferences/v4/definitions"): self._definitions,
        }
        found = routes.get((asked.method, asked.path))
        if found is None:
            return Answered(404, {"status": "error", "category": "OBJECT_NOT_FOUND"})
        answer = found(asked)
        headers = {"date": format_datetime(self.now, usegmt=True), **answer.headers}
        return Answered(answer.status, answer.content, headers)

    def _properties(self, asked: Asked) -> Answered:
        del asked
        return Answered(200, {"results": [{"name": one, "type": "string"} for one in DEFINED]})

    def _definitions(self, asked: Asked) -> Answered:
        del asked
        return Answered(200, {"results": [{"id": str(one), "name": "x"} for one in self.types]})

    # -------------------------------------------------------------- contacts
    def _read(self, asked: Asked) -> Answered:
        body = asked.json()
        ids = [one["id"] for one in body["inputs"]]
        at_most = 50 if body.get("propertiesWithHistory") else 100
        if len(ids) > at_most or len(set(ids)) < len(ids):
            return _refused("VALIDATION_ERROR")
        by = body.get("idProperty")
        if by is not None and by not in UNIQUE:
            return _refused("VALIDATION_ERROR")
        found = [self._find(one, by) for one in ids]
        missing = [name for name, one in zip(ids, found, strict=True) if one is None]
        told = [self._told(one, body) for one in found if one is not None]
        return _many(told, [_problem("OBJECT_NOT_FOUND", ids=missing)] if missing else [])

    def _find(self, name: str, by: str | None) -> Contact | None:
        if by is None or by == "hs_object_id":
            return self.contacts.get(self.merged.get(name, name))
        return next(
            (one for one in self.contacts.values() if name.strip().lower() in _unique(one, by)),
            None,
        )

    def _told(self, one: Contact, body: Mapping[str, Any]) -> dict[str, Any]:
        own = {"hs_object_id": one.id, "lastmodifieddate": _spelt(one.changed_at)}
        held: dict[str, str | None] = {
            name: {**one.properties, **own}.get(name) for name in body.get("properties", [])
        }
        told: dict[str, Any] = {
            "id": one.id, "properties": held | own, "archived": False,
            "createdAt": _spelt(_BEGIN), "updatedAt": _spelt(one.changed_at),
        }  # fmt: skip
        if "propertiesWithHistory" in body:
            told["propertiesWithHistory"] = {
                name: [
                    {"value": text, "timestamp": _spelt(at), "sourceType": source}
                    for at, text, source in one.history.get(name, [])
                ]
                for name in body["propertiesWithHistory"]
            }
        return told

    def _update(self, asked: Asked) -> Answered:
        return self._write(asked, is_upsert=False)

    def _upsert(self, asked: Asked) -> Answered:
        return self._write(asked, is_upsert=True)

    def _write(self, asked: Asked, *, is_upsert: bool) -> Answered:
        inputs = asked.json()["inputs"]
        if self.before_write is not None:
            self.before_write()
        names = [one["id"] for one in inputs]
        if len(inputs) > 100 or len(set(names)) < len(names):
            return _refused("VALIDATION_ERROR")
        problems = [self._flaw(one, is_upsert=is_upsert) for one in inputs]
        if any(problems) and not self.is_multi_status:
            return _refused(next(one["category"] for one in problems if one))
        told = [
            self._written(one, is_upsert=is_upsert)
            for one, problem in zip(inputs, problems, strict=True)
            if problem is None
        ]
        return _many(told, [one for one in problems if one is not None])

    def _flaw(self, one: Mapping[str, Any], *, is_upsert: bool) -> dict[str, Any] | None:
        given = one["properties"]
        trace = one.get("objectWriteTraceId", "")
        found = self._find(one["id"], one.get("idProperty") if is_upsert else None)
        if not is_upsert and found is None:
            return _problem("OBJECT_NOT_FOUND", ids=[one["id"]], objectWriteTraceId=[trace])
        if given.get("lifecyclestage", "") not in STAGES or not set(given) <= set(DEFINED):
            return _problem("VALIDATION_ERROR", objectWriteTraceId=[trace])
        for key in UNIQUE:
            other = self._find(given[key], key) if given.get(key) else None
            if other is not None and other is not found:
                return _problem("CONFLICT", objectWriteTraceId=[trace])
        return None

    def _written(self, given: Mapping[str, Any], *, is_upsert: bool) -> dict[str, Any]:
        one = self._find(given["id"], given.get("idProperty") if is_upsert else None)
        is_new = one is None
        if one is None:
            self._last_id += 1
            one = Contact(str(self._last_id), {given["idProperty"]: given["id"]})
            self.contacts[one.id] = one
        when = self.tick()
        self._set(one, given["properties"], when, "INTEGRATION")
        one.changed_at = when
        trace = {"objectWriteTraceId": given["objectWriteTraceId"], "new": is_new}
        return self._told(one, {"properties": list(given["properties"])}) | trace

    def _set(
        self, one: Contact, given: Mapping[str, str], when: datetime, source: str = "CRM_UI"
    ) -> None:
        for name, text in given.items():
            if one.properties.get(name, "") != text:
                one.properties[name] = text
                one.history.setdefault(name, []).insert(0, (when, text, source))
        one.changed_at = max(when, one.changed_at)

    def _archive(self, asked: Asked) -> Answered:
        for one in asked.json()["inputs"]:
            if self.contacts.pop(one["id"], None) is not None:
                self.archived.add(one["id"])
        return Answered(204)

    def _gdpr_delete(self, asked: Asked) -> Answered:
        name = asked.json()["objectId"]
        if self.contacts.pop(name, None) is None and name not in self.archived:
            return Answered(404, {"status": "error", "category": "OBJECT_NOT_FOUND"})
        self.deleted.add(name)
        return Answered(204)

    def _search(self, asked: Asked) -> Answered:
        body = asked.json()
        (group,) = body["filterGroups"]
        (order,) = body["sorts"]
        found = [
            one
            for one in self.contacts.values()
            if one.id not in self.hidden and all(_fits(one, f) for f in group["filters"])
        ]
        found.sort(key=lambda one: _sortable(one, order["propertyName"]))
        start = int(body.get("after", 0))
        if start + body["limit"] > 10_000 or body["limit"] > 200:
            return _refused("VALIDATION_ERROR")
        some = found[start : start + body["limit"]]
        told: dict[str, Any] = {
            "total": len(found),
            "results": [self._told(one, body) for one in some],
        }
        if start + len(some) < len(found):
            told["paging"] = {"next": {"after": str(start + len(some))}}
        return Answered(200, told)

    def _list(self, asked: Asked) -> Answered:
        body = {"properties": asked.query.get("properties", "").split(",")}
        after = int(asked.query.get("after", "0"))
        limit = min(int(asked.query.get("limit", "10")), 3)  # always some pages
        left = sorted((o for o in self.contacts.values() if int(o.id) > after), key=_number)
        told: dict[str, Any] = {"results": [self._told(one, body) for one in left[:limit]]}
        if len(left) > limit:
            told["paging"] = {"next": {"after": left[limit - 1].id}}
        return Answered(200, told)

    # -------------------------------------------------------------- subscriptions
    def _statuses(self, asked: Asked) -> Answered:
        return _many(
            [
                {
                    "subscriberIdString": address,
                    "statuses": [self._status(address, one) for one in sorted(self.types)],
                }
                for address in asked.json()["inputs"]
            ]
        )

    def _status(self, address: str, number: int) -> dict[str, Any]:
        found = self.statuses.get((address.lower(), number))
        return {
            "channel": "EMAIL", "subscriberIdString": address, "subscriptionId": number,
            "status": found.status if found else "NOT_SPECIFIED",
            "source": found.source if found else "",
            "legalBasisExplanation": found.explanation if found else None,
            "timestamp": _spelt(found.at if found else _BEGIN),
        }  # fmt: skip

    def _wide_statuses(self, asked: Asked) -> Answered:
        return _many(
            [
                {
                    "subscriberIdString": address,
                    "wideStatuses": [
                        self._status(address, 0) | {"wideStatusType": "PORTAL_WIDE"}
                    ],
                }
                for address in asked.json()["inputs"]
            ]
        )

    def _write_statuses(self, asked: Asked) -> Answered:
        told: list[dict[str, Any]] = []
        problems: list[dict[str, Any]] = []
        for one in asked.json()["inputs"]:
            address, number = one["subscriberIdString"], one["subscriptionId"]
            if number not in self.types or "@" not in address:
                problems.append(_problem("VALIDATION_ERROR"))
                continue
            before = self.statuses.get((address.lower(), number))
            is_refused = (
                one["statusState"] == "SUBSCRIBED"
                and before is not None
                and before.status == "UNSUBSCRIBED"
                and not self.lets_resubscribe
            )
            if not is_refused:
                said = one.get("legalBasisExplanation")
                now = Subscription(one["statusState"], self.tick(), "Public Status API", said)
                self.statuses[address.lower(), number] = now
                if one["statusState"] == "SUBSCRIBED":
                    self.statuses.pop((address.lower(), 0), None)
            told.append(self._status(address, number))
        return _many(told, problems)


# ------------------------------------------------------------------ words of theirs
def event(
    remote_id: str, *, at: datetime, kind: str = "contact.propertyChange", **more: object
) -> dict[str, Any]:
    """Return one event of a webhook."""
    return {
        "eventId": 1, "subscriptionId": 7, "portalId": 62515, "appId": 54321,
        "occurredAt": int(at.timestamp() * 1000), "subscriptionType": kind, "attemptNumber": 0,
        "objectId": int(remote_id), "changeSource": "CRM", **more,
    }  # fmt: skip


def signed(body: bytes, line: Line, *, at: datetime, secret: str = SECRET) -> Received:
    """Return a request signed by version 3."""
    timestamp = str(int(at.timestamp() * 1000))
    text = b"POST" + line.callback_url.encode() + body + timestamp.encode()
    given = b64encode(hmac.digest(secret.encode(), text, "sha256")).decode()
    headers = {
        "x-hubspot-signature-v3": given,
        "x-hubspot-request-timestamp": timestamp,
        "content-type": "application/json",
    }
    return Received("POST", line.callback_url, headers, body)


def _spelt(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(one: Contact) -> int:
    return int(one.id)


def _unique(one: Contact, by: str) -> list[str]:
    others = one.properties.get("hs_additional_emails", "").split(";") if by == "email" else []
    return [text.lower() for text in [one.properties.get(by, ""), *others] if text]


def _sortable(one: Contact, name: str) -> int:
    return int(one.id) if name == "hs_object_id" else int(one.changed_at.timestamp() * 1000)


def _fits(one: Contact, filter_: Mapping[str, str]) -> bool:
    held, wanted = _sortable(one, filter_["propertyName"]), int(filter_["value"])
    match filter_["operator"]:
        case "GT":
            return held > wanted
        case "GTE":
            return held >= wanted
        case _:
            return held == wanted


def _problem(category: str, **context: list[str]) -> dict[str, Any]:
    message = "something about ada.lovelace@example.org"
    return {"status": "error", "category": category, "message": message, "context": context}


def _refused(category: str) -> Answered:
    return Answered(409 if category == "CONFLICT" else 400, _problem(category))


def _many(
    results: list[dict[str, Any]], errors: list[dict[str, Any]] | None = None
) -> Answered:
    told: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        told |= {"numErrors": len(errors), "errors": errors}
    return Answered(207 if errors else 200, told)
