"""Identity providers on this machine: a real one in a process of its own, and one that lies."""

import hmac
import json
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey
from typing_extensions import override

from tests.factories.live import free_port

CLIENT_ID: Final = "candor"
CLIENT_SECRET: Final = "a secret: with / signs"
_PATIENCE_SECONDS: Final = 30  # bounds a wait; nothing is measured by it
Claims = dict[str, Any]
KEY: Final = RSAKey.generate_key(2048, {"kid": "one"})


@contextmanager
def real_provider() -> Generator[str]:
    """Run `oidc-provider-mock`, built on Authlib's server; yield its issuer."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    command = [
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{issuer}/.well-known/openid-configuration")
        yield issuer
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _wait_for(url: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


@dataclass
class LyingProvider:
    """A provider that does all as it should, but for what a test changes."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: KEY)
    ahead_seconds: int = 0  # of the world
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])  # replaces what it says
    claims: Claims = field(default_factory=dict[str, Any])  # replaces what its token says
    header: dict[str, Any] = field(default_factory=dict[str, Any])
    nonce: str = ""  # of the last address that a browser was sent to
    sign: Callable[[Claims], str] | None = None
    token_status: int = 200
    token_requests: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    calls: list[str] = field(default_factory=list[str])

    def answer(self, method: str, path: str, body: str) -> tuple[int, object]:
        """Return what it answers."""
        self.calls.append(f"{method} {path}")
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            } | self.metadata
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            self.token_requests.append({k: v[0] for k, v in parse_qs(body).items()})
            return self.token_status, {"id_token": self.token(), "access_token": "x"}
        return 404, {}

    def token(self, **claims: object) -> str:
        """Return an ID token, changed as the test wants it."""
        now = int(time.time()) + self.ahead_seconds
        said: Claims = (
            {
                "iss": self.issuer,
                "sub": "one",
                "aud": CLIENT_ID,
                "exp": now + 300,
                "iat": now,
                "nonce": self.nonce,
            }
            | self.claims
            | claims
        )
        said = {name: value for name, value in said.items() if value is not None}
        if self.sign is not None:
            return self.sign(said)
        return signed(said, self.key, self.header)

    def logout_token(self, **claims: object) -> str:
        """Return a logout token, changed as the test wants it."""
        now = int(time.time()) + self.ahead_seconds
        said: Claims = {
            "iss": self.issuer,
            "sub": "one",
            "aud": CLIENT_ID,
            "exp": now + 120,
            "iat": now,
            "jti": "x",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        } | claims
        said = {name: value for name, value in said.items() if value is not None}
        return signed(said, self.key, {"typ": "logout+jwt"} | self.header)

    def visited(self, url: str, **instead: str) -> dict[str, str]:
        """Return with what a browser comes back that went to this address."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        self.nonce = asked["nonce"]
        return {"code": "code", "state": asked["state"]} | instead


def signed(claims: Claims, key: RSAKey, header: dict[str, Any] | None = None) -> str:
    """Return a token signed as it should be."""
    head = {"alg": "RS256", "kid": key.kid} | (header or {})
    return jwt.encode(head, claims, key, algorithms=["RS256", "PS256"])


def unsigned(claims: Claims) -> str:
    """Return a token that says it needs no signature."""
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def by_secret(claims: Claims, secret: bytes) -> str:
    """Return a token signed by a secret (HS256), which a public key may be taken for."""
    said = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
    made = hmac.digest(secret, said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"


def _part(said: object) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


@contextmanager
def lying_provider() -> Generator[LyingProvider]:
    """Run a provider that lies when it is told to."""
    liar = LyingProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say("GET", "")

        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            self._say("POST", self.rfile.read(size).decode())

        def _say(self, method: str, body: str) -> None:
            status, said = liar.answer(method, self.path, body)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        thread.join(_PATIENCE_SECONDS)
        server.server_close()
