"""A key server that speaks the transit API of OpenBao and HashiCorp Vault, as documented.

Neither is in Debian, on PyPI or npm, so this is the part of it that Candor uses: keys, their
configuration and deletion, HMAC by version, tokens, namespaces, and the ways in which it fails
(403 for a token or policy, 503 while sealed, 400 for a key that is not there or may not be
deleted). Documentation: openbao.org/api-docs/secret/transit, read 2026-11.
"""

import hmac
import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from typing_extensions import override

TOKEN: Final = "s.candor"


@dataclass
class KeyServer:
    """What the server knows, and how it is doing."""

    port: int = 0
    keys: dict[str, bytes] = field(default_factory=dict[str, bytes])
    deletable: set[str] = field(default_factory=set[str])
    token: str = TOKEN
    namespace: str = ""
    is_sealed: bool = False
    may_delete: bool = True
    asked: list[str] = field(default_factory=list[str])
    busy: int = 0  # so many requests are answered with 429 first

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://localhost:{self.port}"

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Answer a request as the documentation says."""
        self.asked.append(f"{method} {path}")
        if self.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if self.busy > 0:
            self.busy -= 1
            return 429, {"errors": ["request path rate limit quota exceeded"]}
        if headers.get("x-vault-token") != self.token:
            return 403, {"errors": ["2 errors occurred: permission denied, invalid token"]}
        if headers.get("x-vault-namespace", "") != self.namespace:
            return 403, {"errors": ["permission denied"]}
        parts = path.removeprefix("/v1/").split("/")
        if parts[0] != "transit":
            return 404, {"errors": [f"no handler for route '{parts[0]}'"]}
        return self._transit(method, parts[1:], body)

    def _transit(
        self, method: str, parts: list[str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        match method, parts:
            case "POST", ["keys", name]:
                self.keys.setdefault(name, os.urandom(32))
                return 200, {"data": {"name": name, "type": body["type"]}}
            case "POST", ["keys", name, "config"]:
                if name not in self.keys:
                    return 400, {
                        "errors": [f"no existing key named {name} could be found: not found"]
                    }
                if body.get("deletion_allowed") and self.may_delete:
                    self.deletable.add(name)
                return 200, {"data": {}}
            case "DELETE", ["keys", name]:
                if name not in self.keys:
                    return 400, {"errors": ["could not delete key; not found"]}
                if name not in self.deletable:
                    return 400, {
                        "errors": [
                            "error deleting policy: deletion is not allowed for this key"
                        ]
                    }
                del self.keys[name]
                return 204, {}
            case "POST", ["hmac", name, "sha2-256"]:
                if name not in self.keys:
                    return 400, {"errors": ["encryption key not found"]}
                made = hmac.digest(self.keys[name], b64decode(body["input"]), "sha256")
                version = body.get("key_version", 1)
                return 200, {"data": {"hmac": f"vault:v{version}:{b64encode(made).decode()}"}}
            case _:
                return 404, {"errors": []}


@contextmanager
def key_server() -> Generator[KeyServer]:
    """Run a key server for the time of the block."""
    state = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            size = int(self.headers.get("content-length", 0))
            raw = self.rfile.read(size)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(raw) if raw else {}
            status, said = state.answer(self.command, self.path, headers, body)
            sent = b"" if status == 204 else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_DELETE = do_GET = _handle  # noqa: N815 - names of the library

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        state.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
