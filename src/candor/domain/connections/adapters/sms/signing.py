"""Whether a call is the provider's: X-Twilio-Signature (Validating requests, read 2026-11-22).

HMAC-SHA1 under the account's token over the address as it was called and, of a form, its fields in
the order of their names, each name followed by its value, equal ones once. Of a call that brings
JSON the address holds the SHA-256 of the body, and only the address is signed. SHA-1 is theirs; in
an HMAC it still holds.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

BODY_HASH: Final = "bodySHA256"
_PORTS: Final = {"https": 443, "http": 80}


def is_signed(
    token: str, signature: str, url: str, form: Iterable[tuple[str, str]], body: bytes | None
) -> bool:
    """Tell whether a call is signed with a token.

    Args:
        token: the account's.
        signature: the header.
        url: as it was called, with its query.
        form: its fields; none where it brings JSON.
        body: what a JSON call brings; None: it is a form.
    """
    if body is not None:
        said = parse_qs(urlsplit(url).query).get(BODY_HASH, [""])[0]
        if not hmac.compare_digest(said.lower().encode(), sha256(body).hexdigest().encode()):
            return False
    fields = "".join(name + value for name, value in sorted(set(form)))
    wanted = [signature_of(token, one + fields) for one in _spellings(url)]
    given = signature.encode("utf-8", "replace")
    return bool(token) and any(hmac.compare_digest(given, one.encode()) for one in wanted)


def signature_of(token: str, signed: str) -> str:
    """Return the signature of a text."""
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def _spellings(url: str) -> tuple[str, str]:
    """Return an address with its port and without: the provider signs either."""
    parts = urlsplit(url)
    host = parts.netloc
    bare, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        return url, urlunsplit(parts._replace(netloc=bare))
    return url, urlunsplit(parts._replace(netloc=f"{host}:{_PORTS.get(parts.scheme, 443)}"))
