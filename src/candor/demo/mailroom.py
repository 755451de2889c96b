"""Brieftaube's mail platform, as the demo has it: a small listmonk, with subscribers and lists.

It answers those calls of listmonk's API (listmonk.app/docs/apis, read 2026-11-22) that a company's
systems make of it, and keeps what it holds in a file of SQLite, so that `query=` is what it is in
listmonk: an expression of SQL. Tests speak with the same code. It sends nothing to anybody.

Held as listmonk does it: an address is lower case and unique (409); a subscriber that is not there
is a 400; who unsubscribes changes the subscription's time and not the subscriber's; blocklisting
unsubscribes everywhere; PUT takes off every list that it does not name; PATCH does not.
"""

import hashlib
import json
import sqlite3
import threading
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from candor.kernel.clock import Clock

USER: Final = "candor"
LISTS: Final = (
    (1, "The Friday letter", "single"),
    (2, "Offers that fit what you buy", "single"),
    (3, "What is in season", "single"),
)
_PER_PAGE: Final = 20
_MOST: Final = 5_000
_LONGEST_BODY: Final = 1 << 20
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS subscribers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    attribs TEXT NOT NULL DEFAULT '{}', status TEXT NOT NULL DEFAULT 'enabled',
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS lists (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, optin TEXT NOT NULL DEFAULT 'single'
);
CREATE TABLE IF NOT EXISTS subscriber_lists (
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    list_id INTEGER NOT NULL REFERENCES lists (id), status TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (subscriber_id, list_id)
);
CREATE TABLE IF NOT EXISTS bounces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    type TEXT NOT NULL, created_at TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its status, and what is sent as JSON."""

    status: int
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One subscriber, as the page shows it."""

    number: int
    email: str
    name: str
    status: str
    lists: Sequence[tuple[int, str, str]]  # number, name, status of the subscription


class _Sent(msgspec.Struct, frozen=True):
    """What may stand in a body; what does not stand there is None."""

    email: str | None = None
    name: str | None = None
    status: str | None = None
    attribs: dict[str, Any] | None = None
    lists: list[int] | None = None
    preconfirm_subscriptions: bool = False
    ids: list[int] | None = None
    target_list_ids: list[int] | None = None
    action: str | None = None


class _Wrong(Exception):
    """The request is not one that can be answered; with its status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Mailroom:
    """The platform. Safe to be used by several threads; each call is one transaction."""

    clock: Clock
    token: str = field(repr=False)
    path: Path | str = ":memory:"
    lists: Sequence[tuple[int, str, str]] = LISTS
    has_patch: bool = True  # before 6.0 it had none

    def __post_init__(self) -> None:
        """Open the file, or begin a new one."""
        self._lock = threading.Lock()
        self._sql = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._sql.row_factory = sqlite3.Row
        self._sql.create_function("encode", 2, _hex, deterministic=True)
        self._sql.create_function("sha256", 1, _sha256, deterministic=True)
        self._sql.create_function("convert_to", 2, _encoded, deterministic=True)
        self._sql.executescript("PRAGMA foreign_keys = ON;" + _TABLES)
        self._sql.executemany(
            "INSERT INTO lists (id, name, optin) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            self.lists,
        )

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    # -------------------------------------------------------------- the API
    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Said:
        """Answer a request; names of headers are in lower case."""
        if not self._is_known(headers.get("authorization", "")):
            return Said(403, {"message": "invalid session"})
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                sent = _sent(body)
                data = self._route(method, path, parse_qs(parts.query), sent)
            except _Wrong as wrong:
                self._sql.execute("ROLLBACK")
                return Said(wrong.status, {"message": str(wrong)})
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")
        return Said(200, {"data": data})

    def _is_known(self, header: str) -> bool:
        kind, _, proof = header.partition(" ")
        if kind == "token":
            return proof == f"{USER}:{self.token}"
        try:
            return kind == "Basic" and b64decode(proof) == f"{USER}:{self.token}".encode()
        except (NotBase64, ValueError):
            return False

    def _route(
        self, method: str, path: Sequence[str], query: Mapping[str, Sequence[str]], sent: _Sent
    ) -> object:
        match (method, *path):
            case ("GET", "api", "lists"):
                found = [dict(one) for one in self._rows("SELECT id, name, optin FROM lists")]
                return {"results": found, "total": len(found)}
            case ("GET", "api", "bounces"):
                return self._bounces(query)
            case ("GET", "api", "subscribers"):
                return self._query(query)
            case ("POST", "api", "subscribers"):
                return self._insert(sent)
            case ("PUT", "api", "subscribers", "lists"):
                return self._manage(sent)
            case (_, "api", "subscribers", number, *rest) if number.isdigit():
                return self._one(method, int(number), rest, sent)
            case _:
                raise _Wrong(404, "Not Found")

    def _one(self, method: str, number: int, rest: Sequence[str], sent: _Sent) -> object:
        if method == "DELETE" and not rest:
            self._run("DELETE FROM subscribers WHERE id = ?", number)
            return True
        found = self._subscriber(number)
        match (method, *rest):
            case ("GET",):
                return found
            case ("PATCH",) if self.has_patch:
                attribs = {**found["attribs"], **(sent.attribs or {})}
                return self._update(number, msgspec.structs.replace(sent, attribs=attribs))
            case ("PUT",):
                kept = sent.lists or []
                marks = ",".join("?" * len(kept))
                self._run(
                    "DELETE FROM subscriber_lists WHERE subscriber_id = ?"
                    f" AND list_id NOT IN ({marks})",
                    number,
                    *kept,
                )
                return self._update(number, sent)
            case ("PUT", "blocklist"):
                self.blocklist(number, is_locked=True)
                return True
            case _:
                raise _Wrong(405, "Method Not Allowed")

    def _query(self, query: Mapping[str, Sequence[str]]) -> object:
        condition = query.get("query", [""])[0] or "TRUE"
        page, size = _number(query, "page", 1), _number(query, "per_page", _PER_PAGE)
        order = "ASC" if query.get("order", ["desc"])[0].lower() == "asc" else "DESC"
        by = query.get("order_by", ["id"])[0]
        column = by if by in {"email", "name", "created_at", "updated_at"} else "id"
        try:
            found = self._rows(
                "SELECT subscribers.id FROM subscribers"
                f" WHERE ({condition}) ORDER BY subscribers.{column} {order} LIMIT ? OFFSET ?",
                size,
                (page - 1) * size,
            )
        except sqlite3.Error:
            raise _Wrong(400, "Error preparing subscriber query") from None
        results = [self._subscriber(one["id"]) for one in found]
        return {"results": results, "total": len(results), "page": page, "per_page": size}

    def _bounces(self, query: Mapping[str, Sequence[str]]) -> object:
        page, size = _number(query, "page", 1), _number(query, "per_page", _PER_PAGE)
        found = self._rows(
            "SELECT id, subscriber_id, type, created_at FROM bounces"
            " ORDER BY created_at DESC LIMIT ? OFFSET ?",
            size,
            (page - 1) * size,
        )
        return {"results": [dict(one) for one in found], "total": len(found)}

    def _insert(self, sent: _Sent) -> object:
        email, name = _address(sent.email or ""), (sent.name or "").strip()
        now = self._now()
        try:
            made = self._run(
                "INSERT INTO subscribers (email, name, attribs, status, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                email,
                name or email.partition("@")[0],
                _attribs(sent.attribs or {}),
                sent.status or "enabled",
                now,
                now,
            )
        except sqlite3.IntegrityError:
            raise _Wrong(409, "The e-mail already exists.") from None
        status = "confirmed" if sent.preconfirm_subscriptions else "unconfirmed"
        for number in sent.lists or []:
            self._subscribe(made, number, status)
        return self._subscriber(made)

    def _manage(self, sent: _Sent) -> bool:
        if not sent.ids or not sent.target_list_ids:
            raise _Wrong(400, "No IDs given.")
        for number in sent.ids:
            for one in sent.target_list_ids:
                if sent.action == "add":
                    self._subscribe(number, one, sent.status or "unconfirmed")
                elif sent.action == "remove":
                    self._run(
                        "DELETE FROM subscriber_lists WHERE subscriber_id = ? AND list_id = ?",
                        number,
                        one,
                    )
                elif sent.action == "unsubscribe":
                    self._unsubscribe(number, one)
                else:
                    raise _Wrong(400, "Invalid action.")
        return True

    # -------------------------------------------------------------- by hand
    def lines(self, *, after: int = 0, at_most: int = 50, part: str = "") -> list[Line]:
        """Return some subscribers in the order of their numbers.

        `part`: of a name or an address; empty: of everybody.
        """
        with self._lock:
            found = self._rows(
                "SELECT id FROM subscribers WHERE id > ? AND instr(lower(email || ' ' || name),"
                " ?) > 0 ORDER BY id LIMIT ?",
                after,
                part.strip().lower(),
                at_most,
            )
            return [_line(self._subscriber(one["id"])) for one in found]

    def count(self) -> int:
        """Return how many subscribers there are."""
        with self._lock:
            return self._rows("SELECT count(*) AS n FROM subscribers")[0]["n"]

    def unsubscribe(self, number: int, list_id: int) -> None:
        """Take somebody off a list, as the link in a mail does."""
        with self._lock:
            self._unsubscribe(number, list_id)

    def blocklist(self, number: int, *, is_locked: bool = False) -> None:
        """Close everything for somebody."""
        if not is_locked:
            with self._lock:
                self.blocklist(number, is_locked=True)
            return
        now = self._now()
        self._run(
            "UPDATE subscribers SET status = 'blocklisted', updated_at = ? WHERE id = ?",
            now,
            number,
        )
        self._run(
            "UPDATE subscriber_lists SET status = 'unsubscribed', updated_at = ?"
            " WHERE subscriber_id = ?",
            now,
            number,
        )

    def bounce(self, number: int, kind: str) -> None:
        """Note that a message came back: `soft`, `hard` or `complaint`."""
        with self._lock:
            self._run(
                "INSERT INTO bounces (subscriber_id, type, created_at) VALUES (?, ?, ?)",
                number,
                kind,
                self._now(),
            )

    def write(
        self,
        number: int,
        *,
        email: str | None = None,
        name: str | None = None,
        attribs: Mapping[str, object] | None = None,
    ) -> None:
        """Change fields of somebody, as whoever works there does; None leaves one as it is.

        Raises:
            ValueError: the address is none, or somebody else's; or there is nobody of this number.
        """
        with self._lock:
            try:
                held = {**self._subscriber(number)["attribs"], **(attribs or {})}
                self._update(number, _Sent(email=email, name=name, attribs=held))
            except _Wrong as wrong:
                raise ValueError(str(wrong)) from None

    def subscribe(self, number: int, list_id: int) -> None:
        """Put somebody on a list again, as the form on a page does."""
        with self._lock:
            self._subscribe(number, list_id, "confirmed")

    # -------------------------------------------------------------- rows
    def _subscriber(self, number: int) -> dict[str, Any]:
        rows = self._rows(
            "SELECT id, email, name, attribs, status, created_at, updated_at FROM subscribers"
            " WHERE id = ?",
            number,
        )
        if not rows:
            raise _Wrong(400, f"Subscriber ({number}: ) not found")
        on = self._rows(
            "SELECT lists.id, lists.name, lists.optin, subscriber_lists.status AS"
            " subscription_status, subscriber_lists.created_at AS subscription_created_at,"
            " subscriber_lists.updated_at AS subscription_updated_at FROM subscriber_lists"
            " JOIN lists ON lists.id = subscriber_lists.list_id WHERE subscriber_id = ?"
            " ORDER BY lists.id",
            number,
        )
        held = dict(rows[0])
        return {**held, "attribs": json.loads(held["attribs"]), "lists": [dict(o) for o in on]}

    def _update(self, number: int, sent: _Sent) -> dict[str, Any]:
        email = _address(sent.email) if sent.email else None
        try:
            self._run(
                "UPDATE subscribers SET email = coalesce(?, email), name = coalesce(?, name),"
                " status = coalesce(?, status), attribs = coalesce(?, attribs), updated_at = ?"
                " WHERE id = ?",
                email,
                sent.name or None,
                sent.status or None,
                _attribs(sent.attribs) if sent.attribs is not None else None,
                self._now(),
                number,
            )
        except sqlite3.IntegrityError:
            raise _Wrong(409, "The e-mail already exists.") from None
        return self._subscriber(number)

    def _subscribe(self, number: int, list_id: int, status: str) -> None:
        now = self._now()
        self._run(
            "INSERT INTO subscriber_lists (subscriber_id, list_id, status, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (subscriber_id, list_id)"
            " DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at",
            number,
            list_id,
            status,
            now,
            now,
        )

    def _unsubscribe(self, number: int, list_id: int) -> None:
        self._run(
            "UPDATE subscriber_lists SET status = 'unsubscribed', updated_at = ?"
            " WHERE subscriber_id = ? AND list_id = ?",
            self._now(),
            number,
            list_id,
        )

    def _now(self) -> str:
        return self.clock.now().astimezone(UTC).isoformat(timespec="microseconds")

    def _rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with closing(self._sql.execute(statement, values)) as cursor:
            return cursor.fetchall()

    def _run(self, statement: str, *values: object) -> int:
        with closing(self._sql.execute(statement, values)) as cursor:
            return cursor.lastrowid or 0


def _hex(raw: bytes, _: str) -> str:
    return raw.hex()


def _sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _encoded(text: str, _: str) -> bytes:
    return text.encode()


def _line(held: Mapping[str, Any]) -> Line:
    on = tuple((one["id"], one["name"], one["subscription_status"]) for one in held["lists"])
    return Line(held["id"], held["email"], held["name"], held["status"], on)


def _sent(body: bytes) -> _Sent:
    if len(body) > _LONGEST_BODY:
        raise _Wrong(413, "Request Entity Too Large")
    try:
        return msgspec.json.decode(body or b"{}", type=_Sent)
    except msgspec.DecodeError:
        raise _Wrong(400, "Unmarshal type error") from None


def _address(text: str) -> str:
    address = text.strip().lower()
    name, at, host = address.partition("@")
    if not name or not at or "." not in host or len(address) > 1_000:
        raise _Wrong(400, "Invalid email.")
    return address


def _attribs(given: object) -> str:
    return json.dumps(given, ensure_ascii=False)


def _number(query: Mapping[str, Sequence[str]], name: str, default: int) -> int:
    text = query.get(name, [""])[0]
    if text == "all":
        return _MOST
    return min(int(text), _MOST) if text.isdigit() and int(text) else default
