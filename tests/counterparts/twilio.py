"""A provider of text messages, as Twilio documents itself, and its faults.

Messages resource, Validating requests, Message status callbacks, Error dictionary; read 2026-11-22.
`codes`: with which error a number is refused. `call` is a call of the provider to us, signed.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from typing_extensions import override

from candor.domain.connections.adapters.sms.signing import signature_of
from candor.domain.connections.model.talk import Received
from tests.counterparts.serving import Answered, Asked, Fault, HttpCounterpart

ACCOUNT = "AC" + "0123456789abcdef" * 2
SERVICE = "MG" + "0123456789abcdef" * 2
TOKEN = "12345"
KEY, SECRET = "SK" + "0" * 32, "a secret of the key"


@dataclass
class Sent:
    """A message that was taken."""

    sid: str
    form: Mapping[str, str]


@dataclass
class Codes:
    """How a refusal is said: its status and its code."""

    status: int
    code: int


@dataclass
class State:
    """What the provider has."""

    sent: list[Sent] = field(default_factory=list[Sent])
    codes: dict[str, Codes] = field(default_factory=dict[str, Codes])


class Twilio(HttpCounterpart):
    """The part of the API that sends messages."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        super().__init__()
        self.state = State()

    @override
    async def answer(self, asked: Asked) -> Answered:
        if not self._is_in(asked):
            return _refused(401, 20003)
        base = f"/2010-04-01/Accounts/{ACCOUNT}"
        if asked.method == "GET" and asked.path == f"{base}.json":
            return Answered(200, {"sid": ACCOUNT, "status": "active"})
        if asked.method != "POST" or asked.path != f"{base}/Messages.json":
            return _refused(404, 20404)
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        refusal = self._refusal(form)
        if refusal is not None:
            return _refused(refusal.status, refusal.code)
        sid = f"SM{len(self.state.sent):032x}"
        self.state.sent.append(Sent(sid, form))
        content = {
            "sid": sid, "account_sid": ACCOUNT, "status": "queued", "error_code": None,
            "error_message": None, "to": form["To"], "body": form["Body"], "num_segments": "0",
        }  # fmt: skip
        return Answered(201, content)

    def _refusal(self, form: Mapping[str, str]) -> Codes | None:
        if not form.get("Body"):
            return Codes(400, 21602)
        if "From" not in form and "MessagingServiceSid" not in form:
            return Codes(400, 21603)
        return self.state.codes.get(form.get("To", ""))

    def _is_in(self, asked: Asked) -> bool:
        kind, _, text = asked.headers.get("authorization", "").partition(" ")
        pair = b64decode(text).decode() if kind == "Basic" else ""
        return pair in {f"{ACCOUNT}:{TOKEN}", f"{KEY}:{SECRET}"}

    @override
    def failing(self, fault: Fault) -> Answered:
        if fault in {Fault.LIMITED, Fault.LIMITED_SILENTLY}:
            told = _refused(429, 20429)
            return Answered(429, told.content, super().failing(fault).headers)
        if fault is Fault.LOCKED_OUT:
            return _refused(401, 20003)
        return super().failing(fault)


def _refused(status: int, code: int) -> Answered:
    content = {"code": code, "message": "Words that may name +4915112345678", "status": status}
    return Answered(status, content)


def call(url: str, form: Mapping[str, str], token: str = TOKEN) -> Received:
    """Return a call of the provider, signed as it signs."""
    signed = url + "".join(name + value for name, value in sorted(form.items()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature_of(token, signed),
    }
    return Received("POST", url, headers, urlencode(form).encode())
