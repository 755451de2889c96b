"""The mark in the link "yes, that was me": it stands only in the mail to an address on file.

The ticket of a request shows how it goes, and whoever asked has it: an agent, a system, somebody
at a telephone. It proves nothing. The mark proves that whoever opens the link reads what is sent
to the person: an HMAC under a key outside the database, so no copy of the database holds it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Final
from uuid import UUID

from candor.domain.rights.model.request import Proof, Request
from candor.domain.rights.service.office import Office

_KEY: Final = "rights/confirm"
_SIGNS: Final = 43


def mark_of(office: Office, request_id: UUID) -> str:
    """Return the mark of a request: 43 signs, 256 bits."""
    key = office.keyring.fixed_key(_KEY)
    mac = hmac.new(key, request_id.bytes, hashlib.sha256).digest()
    return urlsafe_b64encode(mac).decode().rstrip("=")


def is_mark_of(office: Office, request: Request, given: str) -> bool:
    """Tell whether a link holds the mark of a request; compared in constant time."""
    right = mark_of(office, request.request_id)
    return len(given) == _SIGNS and hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), right.encode()
    )


def is_enough(office: Office, request: Request, proof: Proof) -> bool:
    """Tell whether a proof would let a request begin."""
    return request.profile_id is not None and office.laws.is_enough(request.kind, proof)
