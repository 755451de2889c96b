"""Signatures of requests to S3 and what is shaped like it: AWS Signature Version 4, in headers.

"Signature Version 4 signing process" and "Authenticating Requests: Using the Authorization Header"
(AWS documentation, read 2026-11-22). The hash of the body is signed as well. Held against the
examples of the documentation in the tests.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit

_METHOD: Final = "AWS4-HMAC-SHA256"
_SAFE: Final = "-_.~"


@dataclass(frozen=True, slots=True)
class Key:
    """Who signs, where."""

    access_key: str
    secret: str = field(repr=False)
    region: str
    service: str = "s3"


def address(base: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """Return an address with its path and query written as they are signed.

    `path`: parts behind the base, with `/` between them.
    """
    whole = f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=_SAFE + '/')}"
    return f"{whole}?{_query(query)}" if query else whole


def _query(query: Mapping[str, str]) -> str:
    pairs = sorted((quote(k, safe=_SAFE), quote(v, safe=_SAFE)) for k, v in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed(
    key: Key,
    method: str,
    url: str,
    *,
    now: datetime,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a request with its signature; `url` is one of `address`.

    Host, time and hash of the body are signed, and every header that is given.
    """
    at = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    content = hashlib.sha256(body).hexdigest()
    told = {
        **{name.lower(): " ".join(value.split()) for name, value in (headers or {}).items()},
        "x-amz-content-sha256": content,
        "x-amz-date": at,
    }
    named = {**told, "host": parts.netloc}
    names = ";".join(sorted(named))
    asked = "\n".join(
        (
            method,
            parts.path or "/",
            parts.query,
            *(f"{name}:{named[name]}" for name in sorted(named)),
            "",
            names,
            content,
        )
    )
    scope = f"{at[:8]}/{key.region}/{key.service}/aws4_request"
    to_sign = "\n".join((_METHOD, at, scope, hashlib.sha256(asked.encode()).hexdigest()))
    signature = hmac.new(_derived(key, at[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
    told["authorization"] = (
        f"{_METHOD} Credential={key.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return told


def _derived(key: Key, day: str) -> bytes:
    derived = f"AWS4{key.secret}".encode()
    for part in (day, key.region, key.service, "aws4_request"):
        derived = hmac.new(derived, part.encode(), hashlib.sha256).digest()
    return derived
