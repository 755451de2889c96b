"""Machines outside are told each change of status, once, and again when they did not answer."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typing_extensions import override

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.rights.model.request import Channel, Proof, Right
from candor.domain.rights.service import deciding
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.calling_back import Caller, call_back
from candor.domain.rights.service.exchanging import Sent, take
from candor.infra import x509
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from tests.factories.house import TEST, make_person


class Listener:
    """An address that wants to hear."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.status = 200
        self.host = ""

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://{self.host}/callback"


@contextmanager
def listening() -> Generator[Listener]:
    """Listen on this machine."""
    state = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.heard.append((body, {k.lower(): v for k, v in self.headers.items()}))
            self.send_response(state.status)
            self.send_header("content-length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize("party", ["opendsr:crm", "drp:AGENT_ONE"])
async def test_each_change_is_told_once_and_again_when_nobody_answered(
    candor: Candor, clock: FixedClock, party: str
) -> None:
    office = office_of(candor)
    ada = await make_person(candor, number="A-1", email="ada@example.org")
    with listening() as listener:
        outbound = Outbound(allowed_private=[listener.host])
        signer = x509.DomainSigner(b"x" * 32, "us.example", now=clock.now())
        caller = Caller(outbound, signer, "https://us.example")
        asked = Asked(Right.COMPLAINT, Channel.API, ada, proof=Proof.ACCOUNT)
        sent = Sent(party, "r-1", "complaint", b"x", callbacks=[listener.url])
        async with candor.database.tx() as tx:
            taken = await take(tx, asked, sent, actor=TEST, office=office)
        listener.status = 500
        assert await call_back(office, caller) == 0
        assert await call_back(office, caller) == 0, "not at once again"
        assert len(listener.heard) == 1
        listener.status = 204
        clock.advance(timedelta(minutes=5))
        assert await call_back(office, caller) == 1
        assert await call_back(office, caller) == 0, "nothing new"
        async with candor.database.tx() as tx:
            await deciding.withdraw(tx, taken.request.request_id, actor=TEST, office=office)
        assert await call_back(office, caller) == 1
    said: list[dict[str, Any]] = [json.loads(body) for body, _ in listener.heard]
    body, headers = listener.heard[-1]
    if party.startswith("drp"):
        assert [one["status"] for one in said][1:] == ["in_progress", "revoked"]
        return
    assert [one["request_status"] for one in said][1:] == ["in_progress", "cancelled"]
    assert {one["status_callback_url"] for one in said} == {listener.url}
    x509.verify(
        signer.certificate,
        domain=headers["x-opendsr-processor-domain"],
        body=body,
        signature=headers["x-opendsr-signature"],
        now=clock.now(),
    )
