"""Audiences at Meta and at Google, as far as an adapter meets them.

Follow developers.facebook.com ("Customer File Custom Audiences", reference "custom-audience/users"
v25.0, "Handling errors", "Error codes") and developers.google.com/data-manager
(`audienceMembers.ingest`, `.remove`, "Understand errors", "Limits and quotas"; "Using OAuth 2.0 for
Server to Server Applications"), all read 2026-11-22. Like the platforms they know people by hashes
of their own: `words` are the ones whose meaning they have. What is no SHA-256 they refuse whole.
Faults beside those of every server: `invalid` hashes, `error` of a vendor's own, `is_too_small`,
`is_daily`.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from typing_extensions import override

from candor.domain.connections.model.talk import Value
from tests.counterparts.contract import Held
from tests.counterparts.serving import RETRY_AFTER, Answered, Asked, Fault, HttpCounterpart

TOKEN: Final = "token-of-a-system-user"
AUDIENCE: Final = "23843211234567890"
ACCOUNT: Final = "1234567890"
MEMBER: Final = "member"
WORDS: Final = ("Augusta", "Ockham", "Ada", "Nemo")
_KEYS: Final = ("EMAIL", "PHONE", "EXTERN_ID")
_SCHEMA: Final = frozenset({
    *_KEYS, "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "MADID", "COUNTRY",
})  # fmt: skip
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MOST: Final = 10_000


def sha256(text: str) -> str:
    """Return what a platform knows a word by."""
    return hashlib.sha256(text.encode()).hexdigest()


class _Platform(HttpCounterpart):
    """An audience: rows of hashes, each somebody."""

    where: str

    def __init__(self) -> None:
        """Begin with nobody in it."""
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.words = {sha256(word.lower()): word for word in WORDS}
        self.invalid: set[str] = set()
        self.error: Mapping[str, Any] | None = None  # that every call is answered with

    def people(self) -> Mapping[str, Held]:
        """Return who is in it, with the words that it knows."""
        return {self.name_of(row): self._held(row) for row in self.rows}

    def name_of(self, row: Mapping[str, str]) -> str:
        """Return how somebody is called at our end."""
        return f"{self.where}:{json.dumps(row, sort_keys=True, separators=(',', ':'))}"

    def _held(self, row: Mapping[str, str]) -> Held:
        facts: dict[str, Value] = {
            name: self.words.get(value) for name, value in row.items() if name not in _KEYS
        }
        return Held(facts, {MEMBER: True})

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,  # noqa: ARG002 - none can be changed there
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,  # noqa: ARG002
    ) -> None:
        """Let somebody leave by the platform's own settings: we are not told."""
        if choices and not choices[MEMBER]:
            self.rows = [row for row in self.rows if self.name_of(row) != remote_id]

    def add(self, rows: Iterable[dict[str, str]]) -> None:
        """Put rows in; who is found by one of their keys is there once."""
        for row in rows:
            self.remove([row])
            self.rows.append(row)

    def remove(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Take out whoever is found by one of the keys."""
        gone = {(name, row[name]) for row in rows for name in _KEYS if name in row}
        self.rows = [row for row in self.rows if not gone & set(row.items())]


class Meta(_Platform):
    """A custom audience."""

    where = f"meta/{AUDIENCE}"

    def __init__(self) -> None:
        """Begin with an audience that may be changed."""
        super().__init__()
        self.is_too_small = False
        self.headers: Mapping[str, str] = {}
        self.sessions: list[int] = []

    @override
    def failing(self, fault: Fault) -> Answered:
        match fault:
            case Fault.LOCKED_OUT:
                return _meta_error(190, 463, status=401)
            case Fault.LIMITED_SILENTLY:
                return _meta_error(80_003, 2446079)
            case Fault.BROKEN:
                return _meta_error(2, status=500)
            case Fault.ERROR_IN_200:
                return _meta_error(1, status=200)
            case _:
                return super().failing(fault)

    @override
    async def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _meta_error(190)
        if self.error is not None:
            return Answered(400, {"error": self.error}, self.headers)
        if asked.path == f"/v25.0/{AUDIENCE}" and asked.method == "GET":
            return Answered(200, {"id": AUDIENCE, "operation_status": {"code": 200}})
        if asked.path != f"/v25.0/{AUDIENCE}/users":
            return _meta_error(100, 33)
        body = asked.json()
        rows = _meta_rows(body["payload"]["schema"], body["payload"]["data"])
        if rows is None:
            return _meta_error(100)
        return self._told(asked.method, rows, body)

    def _told(self, method: str, rows: list[dict[str, str]], body: Any) -> Answered:  # noqa: ANN401 - JSON
        wrong = [row for row in rows if self.invalid & set(row.values())]
        well = [row for row in rows if row not in wrong]
        if method == "DELETE":
            if self.is_too_small:
                return _meta_error(200, 1870047)
            self.remove(well)
        else:
            session = body["session"]
            assert session["batch_seq"] == 1
            assert session["last_batch_flag"] is True
            assert session["estimated_num_total"] == len(rows)
            self.sessions.append(session["session_id"])
            self.add(well)
        return Answered(
            200,
            {
                "audience_id": AUDIENCE, "session_id": "1", "num_received": len(rows),
                "num_invalid_entries": len(wrong),
                "invalid_entry_samples": {str(n): row for n, row in enumerate(wrong)},
            },
        )  # fmt: skip


def _meta_rows(schema: list[str], data: Sequence[list[str]]) -> list[dict[str, str]] | None:
    """Return the rows of a payload; None: it is not as it must be."""
    if not data or len(data) > _MOST or not set(schema) <= _SCHEMA:
        return None
    rows: list[dict[str, str]] = []
    for values in data:
        if len(values) != len(schema):
            return None
        row = {n: value for n, value in zip(schema, values, strict=True) if value}
        if not all(_HASH.fullmatch(value) for value in row.values()):
            return None
        rows.append(row)
    return rows


def _meta_error(code: int, subcode: int = 0, *, status: int = 400) -> Answered:
    told = {"message": "about ada.lovelace@example.org", "type": "OAuthException", "code": code}
    return Answered(status, {"error": {**told, "error_subcode": subcode, "fbtrace_id": "A"}})


class Google(_Platform):
    """A Customer Match list, and the server that gives tokens."""

    where = f"google/{AUDIENCE}"

    def __init__(self) -> None:
        """Begin with a service account that may change the list."""
        super().__init__()
        self.bodies: list[Any] = []
        self.tokens = 0
        self.needs_terms = True
        self.is_daily = False  # the limit that is reached, when it is

    def key_file(self) -> str:
        """Return the file of the service account's key."""
        return json.dumps(
            {
                "type": "service_account", "client_email": "candor@example.iam",
                "private_key_id": "1", "private_key": _pem(), "token_uri": f"{self.url}/token",
            }
        )  # fmt: skip

    def forget_tokens(self) -> None:
        """Take no token any more that was given so far."""
        self.tokens += 1

    @override
    def failing(self, fault: Fault) -> Answered:
        match fault:
            case Fault.LOCKED_OUT:
                return _google_error(403, "PERMISSION_DENIED")
            case Fault.LIMITED:
                headers = {"retry-after": str(RETRY_AFTER)}
                return _google_error(429, "RESOURCE_EXHAUSTED", headers=headers)
            case Fault.LIMITED_SILENTLY:
                per = "Day" if self.is_daily else "Minute"
                return _google_error(429, "RESOURCE_EXHAUSTED", per=per)
            case Fault.BROKEN:
                return _google_error(503, "UNAVAILABLE")
            case Fault.ERROR_IN_200:
                return _google_error(200, "INTERNAL")
            case _:
                return super().failing(fault)

    @override
    async def answer(self, asked: Asked) -> Answered:
        if asked.path == "/token":
            return self._given(asked)
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return _google_error(401, "UNAUTHENTICATED")
        if self.error is not None:
            return Answered(400, {"error": self.error})
        body = asked.json()
        self.bodies.append(body)
        (to,) = body["destinations"]
        if to["operatingAccount"] != {"accountType": "GOOGLE_ADS", "accountId": ACCOUNT}:
            return _google_error(400, "INVALID_ARGUMENT", "INVALID_DESTINATION")
        if to["productDestinationId"] != AUDIENCE:
            return _google_error(400, "INVALID_ARGUMENT", "INVALID_USER_LIST_ID")
        return self._told(asked.path, body)

    def _told(self, path: str, body: Any) -> Answered:  # noqa: ANN401 - JSON
        rows = [_google_row(one) for one in body["audienceMembers"]]
        if body["encoding"] != "HEX" or any(self.invalid & set(row.values()) for row in rows):
            return _google_error(400, "INVALID_ARGUMENT", "INVALID_AUDIENCE_MEMBER")
        if not all(_HASH.fullmatch(value) for row in rows for value in row.values()):
            return _google_error(400, "INVALID_ARGUMENT", "INVALID_SHA256_FORMAT")
        if path == "/v1/audienceMembers:remove":
            assert body.keys() == {"destinations", "audienceMembers", "encoding"}
            self.remove(rows)
            return Answered(200, {"requestId": "2"})
        accepted = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        if self.needs_terms and body.get("termsOfService") != accepted:
            return _google_error(400, "INVALID_ARGUMENT", "TERMS_AND_CONDITIONS_NOT_SIGNED")
        if not body.get("validateOnly"):
            self.add(rows)
        return Answered(200, {"requestId": "1"})

    def _given(self, asked: Asked) -> Answered:
        form = parse_qs(asked.body.decode())
        head, claims, signature = form["assertion"][0].split(".")
        try:
            _key().public_key().verify(
                _decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return Answered(400, {"error": "invalid_grant"})
        said = json.loads(_decoded(claims))
        assert said["aud"] == f"{self.url}/token"
        assert said["scope"] == "https://www.googleapis.com/auth/datamanager"
        assert 0 < said["exp"] - said["iat"] <= 3_600
        return Answered(
            200, {"access_token": f"token-{self.tokens}", "expires_in": 3_599, "scope": "x"}
        )


def _google_row(member: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    names = {"emailAddress": "EMAIL", "phoneNumber": "PHONE"}
    found: dict[str, str] = {}
    for one in member["compositeData"]["userData"]["userIdentifiers"]:
        ((name, value),) = one.items()
        found[names[name]] = value
    return found


def _google_error(
    status: int,
    code: str,
    reason: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    per: str = "Minute",
) -> Answered:
    details: list[Any] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code,
            "domain": "datamanager.googleapis.com",
            "metadata": {"quota_limit": f"IngestionMutateRequestsPer{per}PerProject"},
        }
    ]  # fmt: skip
    if reason:
        violation = {"field": "audience_members[0]", "description": "bad", "reason": reason}
        kind = "type.googleapis.com/google.rpc.BadRequest"
        details.append({"@type": kind, "fieldViolations": [violation]})
    error = {"code": status, "message": "about ada.lovelace@example.org", "status": code}
    return Answered(status, {"error": {**error, "details": details}}, headers or {})


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2048)


def _pem() -> str:
    kind = PrivateFormat.PKCS8
    return _key().private_bytes(Encoding.PEM, kind, NoEncryption()).decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
