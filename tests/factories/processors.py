"""A processor that follows OpenDSR 2.0, written from its specification, with faults for tests.

It signs with RSA and a certificate of an authority of its own, as the specification has it; nothing
here is shared with our own reading of the protocol.
"""

import base64
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typing_extensions import override

DOMAIN: Final = "processor.example"
_KEY: Final = rsa.generate_private_key(65537, 2048)
_CA: Final = rsa.generate_private_key(65537, 2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(now: datetime, domain: str = DOMAIN, days: int = 400) -> str:
    """Return a certificate of the processor, signed by its authority."""
    built = (
        x509.CertificateBuilder(_name("An authority"), _name(domain), _KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(_CA, SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def signature(body: bytes) -> str:
    """Return what the processor signs a body with."""
    return base64.b64encode(_KEY.sign(body, padding.PKCS1v15(), SHA256())).decode()


@dataclass
class Processor:
    """What a processor received, and how it stands."""

    url: str = ""
    host: str = ""
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: int = 0
    looks: int = 0
    token: str | None = None
    status: str = "pending"
    results: int | None = None
    expected: str = "2099-01-01T00:00:00Z"
    fault: str = ""  # what it does wrong

    def answer(self, method: str, path: str, raw: bytes) -> tuple[int, bytes]:
        """Return status and body, as the specification says."""
        if self.fault.isdigit():
            return int(self.fault), b'{"error":{"code":500}}'
        told: dict[str, Any]
        if method == "POST":
            self.posts += 1
            sent = json.loads(raw)
            ref = sent["subject_request_id"]
            self.taken[ref] = sent
            told = {
                "controller_id": "us",
                "expected_completion_time": self.expected,
                "received_time": "2026-03-02T12:00:00Z",
                "encoded_request": base64.b64encode(raw).decode(),
                "subject_request_id": ref,
            }
            status = 201
        else:
            self.looks += 1
            ref = path.rpartition("/")[2]
            if ref not in self.taken:
                return 404, b"{}"
            told = {
                "controller_id": "us",
                "expected_completion_time": self.expected,
                "subject_request_id": ref,
                "request_status": self.status,
                "api_version": "2.0",
            }
            if self.results is not None:
                told["results_count"] = self.results
            status = 200
        if self.fault == "other id":
            told["subject_request_id"] = "a7551968-d5d6-44b2-9831-815ac9017798"
        if self.fault == "not json":
            return status, b"<html>"
        return status, json.dumps(told).encode()


@contextmanager
def processor() -> Generator[Processor]:
    """Run a processor on this machine."""
    state = Processor()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(size)
            state.token = self.headers.get("authorization")
            if state.fault == "hangs up":
                self.close_connection = True
                return
            status, body = state.answer(self.command, self.path, raw)
            signed = signature(b"another" if state.fault == "wrong signature" else body)
            domain = "other.example" if state.fault == "other domain" else DOMAIN
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if state.fault == "old headers":
                self.send_header("X-OpenGDPR-Processor-Domain", domain)
                self.send_header("X-OpenGDPR-Signature", signed)
            elif state.fault != "unsigned":
                self.send_header("X-OpenDSR-Processor-Domain", domain)
                self.send_header("X-OpenDSR-Signature", signed)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _do  # noqa: N815 - the names of the standard library

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{server.server_port}"
    state.url = f"http://{state.host}/v2"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
