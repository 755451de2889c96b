"""The adapter: settings, sending, hearing answers and what became of messages."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import phonenumbers

from candor.domain.connections.adapters.asking import ask, retry_after, stay
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.sms import judging, keywords
from candor.domain.connections.adapters.sms.keywords import Asked
from candor.domain.connections.adapters.sms.segments import size_of
from candor.domain.connections.adapters.sms.settings import API, NUMBER, SPEC
from candor.domain.connections.adapters.sms.signing import BODY_HASH, is_signed
from candor.domain.connections.errors import (
    BadConnection,
    BadMessage,
    BadSignature,
    NotLetIn,
    Unreached,
)
from candor.domain.connections.model.talk import (
    Gone,
    Heard,
    Later,
    Message,
    Never,
    Outcome,
    Received,
    Returned,
    Spec,
    Taken,
)
from candor.domain.consent.model.signal import SignalKind
from candor.infra.http import Answer, OutboundFailed
from candor.kernel.pii import Pii

_SIGNALS: Final = {Asked.STOP: SignalKind.STOP, Asked.START: SignalKind.START}
_SENDERS: Final = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_SID: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_ACCOUNT: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
_MOST_SEGMENTS: Final = 10  # the provider takes 1,600 signs
_MOST_FIELDS: Final = 200
_STREAMS: Final = 8
_FAILED: Final = frozenset({"failed", "undelivered"})
_LIMITED: Final = 429
_THEIRS: Final = 500
_NOT_IN: Final = frozenset({401, 403})
_NO_KEY: Final = frozenset({20003, 20005, 20006})  # a wrong key, an account that is closed
_NUMBER: Final = re.compile(r"[+0-9 ()./-]{4,40}")
_FORM: Final = "application/x-www-form-urlencoded"
_TWIML: Final = "text/xml; charset=utf-8"
_SILENT: Final = Returned(
    200, _TWIML, b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
)


class _Told(msgspec.Struct, frozen=True):
    """What the provider answers: a message it took, or why it did not."""

    sid: str | None = None
    code: int | None = None  # of a refusal
    error_code: int | None = None  # of a message


class Sms:
    """Carries text messages. One per process; keeps nothing."""

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return SPEC

    async def check(self, line: Line) -> None:
        """Look whether the account is there and lets us in.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        _sender(line)
        answer = await ask(line, "GET", f"{_account(line)}.json", headers=_let_in(line))
        if not answer.is_well:
            raise NotLetIn

    async def carry(self, line: Line, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over, several at once; return what became of each, in their order.

        The provider knows no idempotency key: a message whose answer was lost may come twice.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection: none was decided about.
        """
        url, let_in, sender = f"{_account(line)}/Messages.json", _let_in(line), _sender(line)
        slots = asyncio.Semaphore(_STREAMS)
        problems: list[Unreached | NotLetIn] = []

        async def one(message: Message) -> Outcome:
            form = _form(message, sender, line)
            if not isinstance(form, dict):
                return form
            async with slots:
                if problems:
                    return Later(_code(problems[0]), _after(problems[0]))
                try:
                    body = urlencode(form).encode()
                    headers = {**let_in, "content-type": _FORM}
                    return _outcome(await _posted(line, url, headers, body))
                except (Unreached, NotLetIn) as away:
                    problems.append(away)
                    return Later(_code(away), _after(away))

        done = list(await asyncio.gather(*map(one, messages)))
        if problems and all(isinstance(each, Later) for each in done):
            raise problems[0]
        return done

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what somebody answered, or what became of a message.

        Raises:
            BadSignature: it is not the provider's.
            BadMessage: it is, and makes no sense.
        """
        fields = _signed_fields(line, request)
        sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
        if not _SID.fullmatch(sid):
            raise BadMessage
        if "Body" not in fields:
            return _became(line, fields, sid), Returned(204)
        return _answered(line, fields, sid)


# ------------------------------------------------------------------ out
async def _posted(line: Line, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Ask for a message to be sent; return the answer about it, also when that is a refusal.

    Raises:
        Unreached, NotLetIn: nothing was said about this message.
        OutboundRefused: the address is not one that may be called.
    """
    try:
        answer = await line.outbound.request("POST", url, headers=headers, content=body)
    except OutboundFailed as error:
        raise Unreached(error.problem) from None
    if answer.status == _LIMITED or answer.status >= _THEIRS:
        problem = "limited" if answer.status == _LIMITED else f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))
    stay(answer)
    if answer.status in _NOT_IN and _told(answer).code in {None, *_NO_KEY}:
        raise NotLetIn
    return answer


def _told(answer: Answer) -> _Told:
    """Return what the provider says in an answer.

    Raises:
        Unreached: it is not the provider's: a page of a proxy.
    """
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if answer.status in _NOT_IN:
            return _Told()
        problem = "bad_answer"
        raise Unreached(problem) from None


def _form(message: Message, sender: Mapping[str, str], line: Line) -> dict[str, str] | Outcome:
    """Return what is asked of the provider; else why it is not asked."""
    number = e164(message.to.reveal())
    if number is None:
        return Gone("bad_number")
    text = message.text.strip()
    if not text or size_of(text).segments > _MOST_SEGMENTS:
        return Never("too_long" if text else "empty")
    return {"To": number, "Body": text, "StatusCallback": line.callback_url, **sender}


def _outcome(answer: Answer) -> Outcome:
    """Return what an answer about one message means.

    Raises:
        Unreached: it is not one of the provider's: a page of a proxy.
    """
    told = _told(answer)
    code = told.code or told.error_code
    if not answer.is_well or code:
        return judging.outcome_of(answer.status, code, retry_after(answer))
    if told.sid is None or not _SID.fullmatch(told.sid):
        problem = "bad_answer"
        raise Unreached(problem)
    return Taken(told.sid)


def e164(text: str, region: str | None = None) -> str | None:
    """Return a number as it is called from everywhere; None: it is none."""
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _account(line: Line) -> str:
    account = line.settings.get("account", "")
    if not _ACCOUNT.fullmatch(account):
        message = "The account is AC and 32 digits of hexadecimal."
        raise BadConnection(message)
    base = (line.settings.get("base_url") or API).rstrip("/")
    return f"{base}/2010-04-01/Accounts/{account}"


def _sender(line: Line) -> dict[str, str]:
    service, sender = line.settings.get("service", ""), line.settings.get("from", "")
    if service and _SERVICE.fullmatch(service):
        return {"MessagingServiceSid": service}
    if not service and _SENDERS.fullmatch(sender):
        return {"From": sender}
    message = "Name a messaging service (MG…), or a number or a name to send from."
    raise BadConnection(message)


def _let_in(line: Line) -> dict[str, str]:
    """Return what lets us in: an API key, else the account's token."""
    user = line.settings.get("api_key") or line.settings.get("account", "")
    word = line.secrets.get("api_secret") or line.secrets.get("token", "")
    return {"authorization": f"Basic {b64encode(f'{user}:{word}'.encode()).decode()}"}


def _code(away: Unreached | NotLetIn) -> str:
    return away.problem if isinstance(away, Unreached) else "not_let_in"


def _after(away: Unreached | NotLetIn) -> float | None:
    return away.after if isinstance(away, Unreached) else None


# ------------------------------------------------------------------ in
def _signed_fields(line: Line, request: Received) -> dict[str, str]:
    """Return the fields of a call that is the provider's.

    Raises:
        BadSignature, BadMessage.
    """
    is_form = BODY_HASH not in request.url
    try:
        text = request.body.decode() if is_form else ""
        form = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadSignature from None
    token = line.secrets.get("token", "")
    signature = request.headers.get("x-twilio-signature", "")
    body = None if is_form else request.body
    # The address that we gave them, not the one that a proxy of ours made of it.
    query = urlsplit(request.url).query
    url = f"{line.callback_url}?{query}" if query else line.callback_url
    if not is_signed(token, signature, url, form, body):
        raise BadSignature
    if is_form:
        return dict(form)
    try:
        return msgspec.json.decode(request.body, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadMessage from None


def _became(line: Line, fields: Mapping[str, str], sid: str) -> list[Heard]:
    """Return what became of a message; nothing where it says nothing lasting about a number."""
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    code = fields.get("ErrorCode", "")
    known = int(code) if code.isascii() and code.isdigit() and len(code) < 7 else None
    signal = judging.signal_of(known) if status in _FAILED else None
    note = "delivered" if status == "delivered" else "failed" if status in _FAILED else ""
    if not note:
        return []
    signals = ((signal, _channel(line)),) if signal else ()
    return [_about(fields.get("To", ""), f"{sid}:{status}", signals, note)]


def _answered(line: Line, fields: Mapping[str, str], sid: str) -> tuple[list[Heard], Returned]:
    """Return what somebody answered, and the one text that they get for it."""
    wish = keywords.asked(fields.get("Body", ""))
    by_provider = fields.get("OptOutType", "").lower()  # its own opt-out has answered already
    if by_provider in set(Asked):
        wish = Asked(by_provider)
    if wish is None:
        return [], _SILENT
    text = "" if by_provider else line.settings.get(f"text_{wish}", "")
    signal = _SIGNALS.get(wish)
    heard = [_about(fields.get("From", ""), sid, ((signal, _channel(line)),))] if signal else []
    return heard, _texted(text)


def _about(
    number: str, message_id: str, signals: Sequence[tuple[SignalKind, str]], note: str = ""
) -> Heard:
    known = e164(number)
    if known is None:
        raise BadMessage
    return Heard(keys={NUMBER: Pii(known)}, signals=signals, message_id=message_id, note=note)


def _channel(line: Line) -> str:
    return line.settings.get("channel") or "sms"


def _texted(text: str) -> Returned:
    """Return the answer that has the provider send one text (TwiML)."""
    if not text:
        return _SILENT
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Response><Message>{escape(text, quote=False)}</Message></Response>"
    )
    return Returned(200, _TWIML, body.encode())
