"""Salesforce, as far as an adapter meets it: tokens, SOQL, Composite, collections, limits.

Follows developer.salesforce.com, REST API guide, read 2026-11-22: "Composite" (25 requests, 5 of
them questions, headers of their own), "sObject Collections" (200 records, an answer for each),
"Conditional request headers" (`If-Unmodified-Since` in whole seconds, 412), "Query" and "QueryAll",
"sObject Describe", "Status codes and error responses" (401 INVALID_SESSION_ID, 403
REQUEST_LIMIT_EXCEEDED), object reference of Contact, Individual and ContactHistory; help pages on
the client credentials and JWT bearer flows. Of SOQL it understands what stands in `_Question`; an
e-mail address is unique here as little as there, an external id is. Faults beside those of every
server: `expire` (sessions), `forbids`, `before_write`, `keeps_history` off.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from typing_extensions import override

from candor.domain.connections.model.talk import Value
from tests.counterparts.contract import Held
from tests.counterparts.serving import RETRY_AFTER, Answered, Asked, Fault, HttpCounterpart

CLIENT: Final = "3MVG9-consumer-key"
SECRET: Final = "consumer-secret-of-nobody"
_BEGIN: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
_SYSTEM: Final = (
    "Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted", "MasterRecordId",
)  # fmt: skip
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Contact": (
        "FirstName", "LastName", "Email", "MobilePhone", "MailingCity", "Description",
        "Candor_Id__c", "HasOptedOutOfEmail", "Newsletter__c", "No_Analytics__c", "IndividualId",
    ),
    "Individual": ("LastName", "HasOptedOutSolicit", "HasOptedOutProfiling"),
}  # fmt: skip
CHECKBOXES: Final = frozenset({
    "HasOptedOutOfEmail", "Newsletter__c", "No_Analytics__c", "HasOptedOutSolicit",
    "HasOptedOutProfiling",
})  # fmt: skip
_PREFIX: Final = {"Contact": "003", "Individual": "0PK"}
EXTERNAL: Final = "Candor_Id__c"
US: Final = "005000000000001AAA"
SOMEBODY: Final = "005000000000002AAA"


@dataclass(slots=True)
class Record:
    """A record, and what became of its checkboxes when."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    history: list[tuple[datetime, str, bool, str]] = field(
        default_factory=list[tuple[datetime, str, bool, str]]
    )


class Salesforce(HttpCounterpart):
    """A company of Salesforce."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Record] = {}
        self.tokens: set[str] = set()
        self.given = 0  # tokens
        self.key: RSAPublicKey | None = None
        self.keeps_history = True
        self.forbids = False  # the user may not use the API any more
        self.page = 10_000
        self.now = _BEGIN
        self.before_write: Callable[[], None] | None = None
        self._last = 0

    # -------------------------------------------------------------- by hand
    def tick(self, at: datetime | None = None) -> datetime:
        """Let time pass; return the instant of a change."""
        self.now = max(self.now, at or self.now) + timedelta(seconds=1)
        return at or self.now

    def of(self, kind: str) -> dict[str, Record]:
        """Return the records of a kind that are not deleted."""
        return {
            name: one
            for name, one in self.records.items()
            if one.kind == kind and not one.fields["IsDeleted"]
        }

    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        return {name: self._held(one) for name, one in self.of("Contact").items()}

    def _held(self, one: Record) -> Held:
        held = one.fields
        facts: dict[str, Value] = {name: held.get(name) for name in FIELDS["Contact"]}
        choices = {
            "HasOptedOutOfEmail": not held["HasOptedOutOfEmail"],
            "Newsletter__c": held["Newsletter__c"],
            "not:No_Analytics__c": not held["No_Analytics__c"],
        }
        if held.get("IndividualId"):
            individual = self.records[held["IndividualId"]].fields
            choices["Individual.HasOptedOutSolicit"] = not individual["HasOptedOutSolicit"]
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
        one = self.records[remote_id]
        given: dict[str, Any] = dict(facts or {})
        for name, answer in (choices or {}).items():
            bare = name.removeprefix("not:")
            if bare.startswith("Individual."):
                other = self.records[one.fields["IndividualId"]]
                held = {bare.removeprefix("Individual."): not answer}
                self._set(other, held, when, SOMEBODY)
            else:
                given[bare] = answer if bare == "Newsletter__c" else not answer
        if given:
            self._set(one, given, when, SOMEBODY)

    def delete(self, remote_id: str) -> None:
        """Let somebody there delete a contact."""
        self._set(self.records[remote_id], {"IsDeleted": True}, self.tick())

    def merge(self, winner: str, loser: str) -> None:
        """Let somebody there merge two contacts."""
        gone = {"IsDeleted": True, "MasterRecordId": winner}
        self._set(self.records[loser], gone, self.tick())

    def expire(self) -> None:
        """End every session."""
        self.tokens.clear()

    # -------------------------------------------------------------- answering
    @override
    def failing(self, fault: Fault) -> Answered:
        match fault:
            case Fault.LIMITED:
                headers = {"retry-after": str(RETRY_AFTER)}
                return Answered(403, _errors("REQUEST_LIMIT_EXCEEDED"), headers)
            case Fault.LIMITED_SILENTLY:
                return Answered(403, _errors("REQUEST_LIMIT_EXCEEDED"))
            case Fault.LOCKED_OUT:
                return Answered(401, _errors("INVALID_SESSION_ID"))
            case Fault.ERROR_IN_200:
                return Answered(200, _errors("UNKNOWN_EXCEPTION"))
            case _:
                return super().failing(fault)

    @override
    async def answer(self, asked: Asked) -> Answered:
        self.tick()
        if asked.path == "/services/oauth2/token":
            return self._token(asked)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return self.failing(Fault.LOCKED_OUT)
        if self.forbids:
            return Answered(403, _errors("API_DISABLED_FOR_ORG"))
        path = re.sub(r"^/services/data/v\d+\.0", "", asked.path)
        answer = self._routed(asked, path)
        date = format_datetime(self.now, usegmt=True)
        return Answered(answer.status, answer.content, {"date": date, **answer.headers})

    def _token(self, asked: Asked) -> Answered:
        form = {name: some[0] for name, some in parse_qs(asked.body.decode()).items()}
        is_secret = form.get("client_id") == CLIENT and form.get("client_secret") == SECRET
        if not (is_secret or self._is_signed(form.get("assertion", ""))):
            refusal = {"error": "invalid_client", "error_description": "invalid client"}
            return Answered(400, refusal)
        self.given += 1
        token = f"00D-token-{self.given}"
        self.tokens.add(token)
        identity = f"{self.url}/id/00D000000000001EAA/{US}"
        return Answered(200, {"access_token": token, "instance_url": self.url, "id": identity})

    def _is_signed(self, assertion: str) -> bool:
        if self.key is None or assertion.count(".") != 2:
            return False
        signed, _, signature = assertion.rpartition(".")
        self.key.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        claims = msgspec.json.decode(_decoded(signed.partition(".")[2]))
        return claims["iss"] == CLIENT and claims["sub"] == "candor@corp.example"

    def _routed(self, asked: Asked, path: str) -> Answered:
        match asked.method, path.strip("/").split("/"):
            case "POST", ["composite"]:
                return self._composite(asked.json())
            case "DELETE", ["composite", "sobjects"]:
                ids = asked.query["ids"].split(",")
                return Answered(200, [self._deleted(one) for one in ids])
            case "POST", ["composite", "sobjects"]:
                return self._collection(asked, self._created)
            case "PATCH", ["composite", "sobjects"]:
                return self._collection(asked, self._updated)
            case "PATCH", ["composite", "sobjects", kind, external]:
                return self._collection(asked, lambda one: self._upserted(one, kind, external))
            case "GET", ["sobjects", kind, "describe"] if kind in FIELDS:
                fields = [
                    {"name": name, "externalId": name == EXTERNAL}
                    for name in (*_SYSTEM, *FIELDS[kind])
                ]
                return Answered(200, {"name": kind, "fields": fields})
            case _:
                return Answered(404, _errors("NOT_FOUND"))

    # -------------------------------------------------------------- composite
    def _composite(self, body: Mapping[str, Any]) -> Answered:
        asked = body["compositeRequest"]
        questions = [one for one in asked if one["method"] == "GET"]
        if len(asked) > 25 or len(questions) > 5:
            return Answered(400, _errors("LIMIT_EXCEEDED"))
        return Answered(200, {"compositeResponse": [self._part(one) for one in asked]})

    def _part(self, one: Mapping[str, Any]) -> dict[str, Any]:
        url = urlsplit(one["url"])
        path = url.path.split("/")
        if one["method"] == "GET":
            is_all = path[-1] == "queryAll"
            answer = self._query(unquote(url.query.removeprefix("q=")), is_all=is_all)
        else:
            answer = self._patched(path[-1], one["body"], one.get("httpHeaders", {}))
        return {
            "body": answer.content, "httpHeaders": {}, "httpStatusCode": answer.status,
            "referenceId": one["referenceId"],
        }  # fmt: skip

    def _patched(
        self, record_id: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answered:
        if self.before_write is not None:
            self.before_write()
        found = self.records.get(record_id)
        if found is None or found.fields["IsDeleted"]:
            return Answered(404, _errors("NOT_FOUND"))
        since = parsedate_to_datetime(headers["If-Unmodified-Since"])
        if found.fields["LastModifiedDate"].replace(microsecond=0) > since:
            return Answered(412, _errors("PRECONDITION_FAILED"))
        flaw = self._flaw(found.kind, body, found)
        if flaw:
            return Answered(400, _errors(flaw))
        self._set(found, body, self.tick())
        return Answered(204)

    # -------------------------------------------------------------- collections
    def _collection(
        self, asked: Asked, act: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> Answered:
        records = asked.json()["records"]
        if self.before_write is not None:
            self.before_write()
        if len(records) > 200:
            return Answered(400, _errors("EXCEEDED_MAX_SIZE_REQUEST"))
        return Answered(200, [act(one) for one in records])

    def _created(self, given: dict[str, Any]) -> dict[str, Any]:
        kind = given.pop("attributes")["type"]
        flaw = self._flaw(kind, given, None)
        if flaw is None and not given.get("LastName"):
            flaw = "REQUIRED_FIELD_MISSING"
        if flaw:
            return _result(None, flaw)
        self._last += 1
        record_id = f"{_PREFIX[kind]}{self._last:012d}AAA"
        when = self.tick()
        system = {"Id": record_id, "CreatedDate": when, "IsDeleted": False}
        one = Record(kind, dict.fromkeys(FIELDS[kind]) | {"MasterRecordId": None} | system)
        one.fields |= {name: False for name in FIELDS[kind] if name in CHECKBOXES}
        self.records[record_id] = one
        self._set(one, given, when)
        return _result(record_id)

    def _updated(self, given: dict[str, Any]) -> dict[str, Any]:
        given.pop("attributes")
        found = self.records.get(given.pop("Id"))
        if found is None:
            return _result(None, "INVALID_CROSS_REFERENCE_KEY")
        if found.fields["IsDeleted"]:
            return _result(None, "ENTITY_IS_DELETED")
        flaw = self._flaw(found.kind, given, found)
        if flaw:
            return _result(None, flaw)
        self._set(found, given, self.tick())
        return _result(found.fields["Id"])

    def _upserted(self, given: dict[str, Any], kind: str, external: str) -> dict[str, Any]:
        held = [
            one for one in self.of(kind).values() if one.fields[external] == given[external]
        ]
        if not held:
            return self._created(given)
        return self._updated({**given, "Id": held[0].fields["Id"]})

    def _deleted(self, record_id: str) -> dict[str, Any]:
        found = self.records.get(record_id)
        if found is None:
            return _result(None, "INVALID_CROSS_REFERENCE_KEY")
        if found.fields["IsDeleted"]:
            return _result(None, "ENTITY_IS_DELETED")
        self._set(found, {"IsDeleted": True}, self.tick())
        return _result(record_id)

    def _flaw(self, kind: str, given: Mapping[str, Any], found: Record | None) -> str | None:
        if not set(given) <= set(FIELDS[kind]):
            return "INVALID_FIELD_FOR_INSERT_UPDATE"
        if "LastName" in given and not given["LastName"]:
            return "REQUIRED_FIELD_MISSING"
        if given.get("Description") == "refused":
            return "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        external = given.get(EXTERNAL)
        others = [one for one in self.of(kind).values() if one is not found]
        if external and any(one.fields[EXTERNAL] == external for one in others):
            return "DUPLICATE_VALUE"
        return None

    def _set(self, one: Record, given: Mapping[str, Any], when: datetime, by: str = US) -> None:
        for name, told in given.items():
            if name in CHECKBOXES and one.fields[name] is not told:
                one.history.append((when, name, told, by))
            one.fields[name] = told if told != "" else None
        one.fields["LastModifiedDate"] = when
        one.fields["SystemModstamp"] = when

    # -------------------------------------------------------------- SOQL
    def _query(self, text: str, *, is_all: bool) -> Answered:
        question = _Question(text)
        if question.kind == "ContactHistory":
            if not self.keeps_history:
                return Answered(400, _errors("INVALID_TYPE"))
            rows = self._histories()
        else:
            of_all = (one for one in self.records.values() if one.kind == question.kind)
            rows = [
                self._joined(one) for one in of_all if is_all or not one.fields["IsDeleted"]
            ]
        found = [row for row in rows if question.fits(row)]
        for name, is_descending in reversed(question.order):
            found.sort(key=lambda row, name=name: _at(row, name) or "", reverse=is_descending)
        found = found[: min(question.limit, self.page)]
        told = [question.told(row) for row in found]
        return Answered(200, {"totalSize": len(told), "done": True, "records": told})

    def _joined(self, one: Record) -> dict[str, Any]:
        other = self.records.get(one.fields.get("IndividualId") or "")
        return {**one.fields, "Individual": None if other is None else other.fields}

    def _histories(self) -> list[dict[str, Any]]:
        return [
            {
                "Id": f"017{place:012d}AAA", "ContactId": name, "Field": which,
                "CreatedDate": at, "OldValue": not told, "NewValue": told, "CreatedById": by,
            }
            for name, one in self.of("Contact").items()
            for place, (at, which, told, by) in enumerate(one.history)
        ]  # fmt: skip


# ------------------------------------------------------------------ SOQL
_TOKEN: Final = re.compile(
    r"\s*('(?:\\.|[^'\\])*'|\d{4}-\d\d-[0-9T:.]+Z|[A-Za-z_][\w.]*|!=|[(),=>]|\d+)"
)
_UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class _Question:
    """SELECT … FROM … [WHERE …] [ORDER BY …] [LIMIT …], with IN, =, !=, >, AND, OR."""

    def __init__(self, text: str) -> None:
        place, self._tokens = 0, list[str]()
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            assert found is not None, text[place:]
            self._tokens.append(found[1])
            place = found.end()
        self._place = 0
        self._take("SELECT")
        self.fields = self._names()
        self._take("FROM")
        self.kind = self._next()
        self.fits: Callable[[Mapping[str, Any]], bool] = lambda _: True
        if self._is("WHERE"):
            self.fits = self._either()
        self.order: list[tuple[str, bool]] = []
        if self._is("ORDER"):
            self._take("BY")
            self.order = [(name, self._is_descending()) for name in self._ordered()]
        self.limit = int(self._next()) if self._is("LIMIT") else 50_000
        assert self._place == len(self._tokens), self._tokens[self._place :]

    def _ordered(self) -> list[str]:
        self._directions: list[bool] = []
        names: list[str] = []
        while True:
            names.append(self._next())
            self._directions.append(self._is("DESC"))
            if not self._is(","):
                return names

    def _is_descending(self) -> bool:
        return self._directions.pop(0)

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1]

    def _is(self, word: str) -> bool:
        is_it = self._peek() == word
        self._place += is_it
        return is_it

    def _take(self, word: str) -> None:
        assert self._next() == word, self._tokens

    def _names(self) -> list[str]:
        names = [self._next()]
        while self._is(","):
            names.append(self._next())
        return names

    def _either(self) -> Callable[[Mapping[str, Any]], bool]:
        some = [self._both()]
        while self._is("OR"):
            some.append(self._both())
        return lambda row: any(one(row) for one in some)

    def _both(self) -> Callable[[Mapping[str, Any]], bool]:
        some = [self._one()]
        while self._is("AND"):
            some.append(self._one())
        return lambda row: all(one(row) for one in some)

    def _one(self) -> Callable[[Mapping[str, Any]], bool]:
        if self._is("("):
            inner = self._either()
            self._take(")")
            return inner
        name, operator = self._next(), self._next()
        if operator == "IN":
            self._take("(")
            wanted = [_plain(one) for one in self._names()]
            self._take(")")
            return lambda row: _folded(_at(row, name)) in wanted
        told = _plain(self._next())
        match operator:
            case "!=":
                return lambda row: _at(row, name) is not None
            case ">":
                return lambda row: _folded(_at(row, name)) > told
            case _:
                return lambda row: _folded(_at(row, name)) == told

    def told(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a row is answered with."""
        found: dict[str, Any] = {"attributes": {"type": self.kind}}
        for name in self.fields:
            first, _, rest = name.partition(".")
            if not rest:
                found[name] = _spelt(row[name])
            elif row[first] is None:
                found[first] = None
            else:
                found.setdefault(first, {})[rest] = _spelt(row[first][rest])
        return found


def _at(row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever the field holds
    first, _, rest = name.partition(".")
    held = row[first]
    return held if not rest or held is None else held[rest]


def _plain(token: str) -> Any:  # noqa: ANN401 - of the type of the literal
    if token.startswith("'"):
        inner = re.sub(r"\\(.)", lambda m: _UNESCAPED.get(m[1], m[1]), token[1:-1])
        return inner.lower()
    return None if token == "null" else datetime.fromisoformat(token)


def _folded(held: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    if held is None:
        return datetime.min.replace(tzinfo=UTC)
    return held.lower() if isinstance(held, str) else held


def _spelt(held: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    if not isinstance(held, datetime):
        return held
    return held.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _errors(code: str) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": "about ada.lovelace@example.org", "fields": []}]


def _result(record_id: str | None, flaw: str | None = None) -> dict[str, Any]:
    if flaw is None:
        return {"id": record_id, "success": True, "errors": []}
    message = "about ada.lovelace@example.org"
    return {"success": False, "errors": [{"statusCode": flaw, "message": message}]}


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
