"""Keys kept by OpenBao or HashiCorp Vault, in its transit engine; nothing of them on our disks.

One transit key per epoch (`candor-epoch-7`) and one for the root (`candor-root`). What Candor
works with is HMAC-SHA-256 by version 1 of that transit key over the epoch's name: a pseudorandom
function, so the same for every process and machine, and there is no blob that could be lost,
half written or restored. Deleting the transit key destroys the epoch. A key that was deleted and
made again under the same name gives other bytes: what they should open is then `vault.wrong_key`.

Keys stay in memory for an hour before the server is asked again; while it is away those go on
working. Documentation: openbao.org/api-docs/secret/transit (read 2026-11).
"""

import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from candor.infra.http import Answer, Outbound, OutboundFailed
from candor.infra.keyring import files
from candor.infra.keyring.provider import (
    KEY_BYTES,
    BrokenKeyring,
    KeyringUnavailable,
    MissingEpoch,
    derived,
    fingerprint_of,
)
from candor.infra.settings import Secret
from candor.kernel.errors import CandorError

_FRESH_SECONDS: Final = 3600.0
_TIMEOUT_SECONDS: Final = 3.0
_PAUSES: Final = (0.1, 0.4, 0.0)  # seconds after each try; none after the last
_AWAY_SECONDS: Final = 5.0  # so long nobody else waits for a server that was away just now
_ROOT: Final = "candor-root"
_MARK: Final = "vault:v1:"
_WELL: Final = range(200, 300)


class TransitRefused(CandorError):
    """The key server does not let Candor do this."""

    code: ClassVar[str] = "keyring.transit_refused"
    default_hint: ClassVar[str] = (
        "Look at the token and its policy: docs/howto/keys.md lists the paths that it needs."
    )


class _NoSuchKey(Exception):
    """The transit key is not there."""


@dataclass(frozen=True, slots=True)
class TransitPlace:
    """Where the transit engine is, and what opens it."""

    url: str
    mount: str
    namespace: str
    token: Secret
    token_file: Path | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A key in memory, and until when nobody needs to be asked about it."""

    key: bytes = field(repr=False)
    fresh_until: float


class TransitKeyring:
    """The keys of this installation, kept by a key server."""

    def __init__(self, outbound: Outbound, place: TransitPlace) -> None:
        """Ask for the root, making it the first time.

        Raises:
            KeyringUnavailable: the server is away or sealed.
            TransitRefused: the token or its policy does not suffice.
            OutboundRefused: the address is not one that may be called.
        """
        self._outbound = outbound
        self._place = place
        self._held: dict[int, _Held] = {}
        self._fixed: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._away_until = 0.0
        try:
            self._root = self._asked(_ROOT)
        except _NoSuchKey:
            self._make(_ROOT)
            self._root = self._asked(_ROOT)

    @property
    def about(self) -> str:
        """Return where the keys live."""
        return f"the transit engine {self._place.mount} at {self._place.url}"

    @property
    def fingerprint(self) -> str:
        """Return the public name of the root."""
        return fingerprint_of(self._root)

    @property
    def needs_copies(self) -> bool:
        """Tell that the key server's own backups and unseal keys are the copies."""
        return False

    def copy_holds(self, epoch_id: int | None) -> bool | None:
        """Tell that we keep no copy."""
        del epoch_id

    def epoch_key(self, epoch_id: int) -> bytes:
        """Return the 256-bit key of an epoch; asks the server unless it did within the hour.

        Raises:
            MissingEpoch: there is no such transit key.
            KeyringUnavailable: the server is away, and the key is not in memory.
        """
        held = self._held.get(epoch_id)
        now = time.monotonic()
        if held is not None and now < max(held.fresh_until, self._away_until):
            return held.key
        with self._lock:
            try:
                key = self._asked(_name(epoch_id))
            except _NoSuchKey:
                self._held.pop(epoch_id, None)
                raise MissingEpoch from None
            except KeyringUnavailable:
                if held is None:
                    raise
                return held.key  # what is in memory goes on working
            self._held[epoch_id] = _Held(key, time.monotonic() + _FRESH_SECONDS)
            return key

    def is_at_hand(self, epoch_id: int) -> bool:
        """Tell whether the key is in memory and fresh."""
        held = self._held.get(epoch_id)
        return held is not None and time.monotonic() < max(held.fresh_until, self._away_until)

    def create_epoch(self, epoch_id: int) -> None:
        """Make the transit key of a new epoch; do nothing when it is there."""
        with self._lock:
            self._make(_name(epoch_id))

    def destroy_epoch(self, epoch_id: int) -> None:
        """Delete the transit key of an epoch, and look that it is gone.

        Raises:
            TransitRefused: the policy does not let us: it is not destroyed.
        """
        name = _name(epoch_id)
        with self._lock:
            try:
                self._put(f"keys/{name}/config", {"deletion_allowed": True})
                self._ask("DELETE", f"keys/{name}", None)
                self._asked(name)
            except _NoSuchKey:
                self._held.pop(epoch_id, None)
                return
        message = f"The transit key {name} is still there after it was deleted."
        raise TransitRefused(message)

    def fixed_key(self, name: str) -> bytes:
        """Return the 256-bit key of a named use, derived from the root."""
        if name not in self._fixed:
            self._fixed[name] = derived(self._root, name)
        return self._fixed[name]

    def check(self) -> None:
        """Look whether the server answers and still has the root that we know.

        Raises:
            BrokenKeyring: it is another one.
            KeyringUnavailable, TransitRefused: it does not answer, or not to us.
        """
        with self._lock:
            try:
                root = self._asked(_ROOT)
            except _NoSuchKey:
                root = b""
        if root != self._root:
            message = "The key server has another root than the one that Candor started with."
            raise BrokenKeyring(message)

    def _make(self, name: str) -> None:
        self._put(f"keys/{name}", {"type": "aes256-gcm96", "exportable": False})

    def _asked(self, name: str) -> bytes:
        """Return what a transit key makes of its own name."""
        given = b64encode(f"candor/1/{name}".encode()).decode()
        answer = self._put(f"hmac/{name}/sha2-256", {"input": given, "key_version": 1})
        try:
            made = cast("dict[str, Any]", answer.json())["data"]["hmac"]
            key = b64decode(str(made).removeprefix(_MARK), validate=True)
        except (OutboundFailed, KeyError, TypeError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            message = "The key server gave an answer that is no key."
            raise KeyringUnavailable(message)
        return key

    def _put(self, path: str, body: Mapping[str, object]) -> Answer:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        """Ask the server, a few times when it does not answer.

        Raises:
            _NoSuchKey: the transit key is not there.
        """
        if time.monotonic() < self._away_until:
            raise self._away("did not answer a moment ago")
        why = ""
        for pause in _PAUSES:
            try:
                answer = self._outbound.request_sync(
                    method,
                    f"{self._place.url.rstrip('/')}/v1/{self._place.mount}/{path}",
                    headers=self._headers(),
                    json=body,
                    timeout_seconds=_TIMEOUT_SECONDS,
                )
            except OutboundFailed:
                why = "cannot be reached"
            else:
                if answer.status in _WELL:
                    return answer
                why = _why(answer)
            time.sleep(pause)
        self._away_until = time.monotonic() + _AWAY_SECONDS
        raise self._away(why)

    def _away(self, why: str) -> KeyringUnavailable:
        message = f"The key server {self._place.url} {why}."
        hint = "Start it and unseal it; if it is well, check CANDOR_TRANSIT_URL: candor doctor"
        return KeyringUnavailable(message, hint=hint)

    def _headers(self) -> dict[str, str]:
        token: str = self._place.token
        if self._place.token_file is not None:
            with files.reported(self._place.token_file):
                token = self._place.token_file.read_text(encoding="utf-8").strip()
        headers = {"x-vault-token": token, "x-vault-request": "true"}
        if self._place.namespace:
            headers["x-vault-namespace"] = self._place.namespace
        return headers


def _why(answer: Answer) -> str:
    """Say why the server did not do it, where asking again may help; else raise.

    Raises:
        _NoSuchKey: the transit key is not there.
        TransitRefused: asking again would not help.
    """
    try:
        said = " ".join(cast("dict[str, list[str]]", answer.json())["errors"]).lower()
    except (OutboundFailed, KeyError, TypeError):
        said = ""
    match answer.status:
        case 503:
            return "is sealed or in maintenance"
        case 429 | 472 | 473 | 500 | 502 | 504:
            return f"answers with {answer.status}"
        case 400 | 404 if "not found" in said or (answer.status == 404 and not said):
            raise _NoSuchKey
        case 403:
            message = "The key server does not know the token, or its policy forbids this."
            raise TransitRefused(message)
        case _ if "deletion is not allowed" in said:
            message = "The key server does not allow this key to be deleted."
            raise TransitRefused(message)
        case status:
            message = f"The key server refuses with {status}."
            raise TransitRefused(message)


def _name(epoch_id: int) -> str:
    return f"candor-epoch-{epoch_id}"
