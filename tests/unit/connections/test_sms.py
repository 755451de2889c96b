"""Text messages: what leaves, what refusals mean, what people answer, and who may say so."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.line import Carrier, Line, Listener
from candor.domain.connections.adapters.sms import keywords, signing
from candor.domain.connections.adapters.sms.keywords import Asked
from candor.domain.connections.adapters.sms.segments import size_of
from candor.domain.connections.adapters.sms.transport import Sms, e164
from candor.domain.connections.errors import (
    BadConnection,
    BadMessage,
    BadSignature,
    NotLetIn,
    Unreached,
)
from candor.domain.connections.model.talk import Gone, Heard, Later, Message, Never, Taken
from candor.domain.consent.model.signal import SignalKind
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii
from tests.conftest import NOON
from tests.counterparts.serving import RETRY_AFTER, Fault
from tests.counterparts.twilio import ACCOUNT, KEY, SECRET, SERVICE, TOKEN, Codes, Twilio, call
from tests.factories import mailing

HOOK = "https://candor.nordmarkt.example/hooks/sms"
ADA = "+4915112345678"
SID = "SM" + "a" * 32
# Of Twilio's documentation, "Validating requests", and the tests of its own libraries.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
JSON = b'{"property": "value", "boolean": true}'
JSON_URL = f"{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.fixture
async def there() -> AsyncIterator[Twilio]:
    async with Twilio().running() as server:
        yield server


def line(server: Twilio | None = None, **settings: str) -> Line:
    base = {"base_url": server.url} if server else {}
    return Line(
        connection_id=uuid4(),
        code="sms",
        settings={"account": ACCOUNT, "service": SERVICE, "channel": "sms"} | base | settings,
        secrets={"token": TOKEN},
        mapping=(),
        outbound=Outbound(allowed_private=(server.host,) if server else ()),
        clock=FixedClock(NOON),
        callback_url=HOOK,
    )


def message(to: str = ADA, text: str = "Ihr Paket ist da.") -> Message:
    return replace(mailing.message(to), text=text, html="", headers={})


def answered(text: str, **more: str) -> dict[str, str]:
    return {"MessageSid": SID, "From": ADA, "To": "+4930123456", "Body": text} | more


def became(status: str, code: str = "") -> dict[str, str]:
    fields = {"MessageSid": SID, "To": ADA, "MessageStatus": status, "SmsStatus": status}
    return fields | ({"ErrorCode": code} if code else {})


def test_it_is_what_it_says() -> None:
    assert isinstance(Sms(), Carrier)
    assert isinstance(Sms(), Listener)


# ------------------------------------------------------------------ out
@pytest.mark.anyio
async def test_a_message_leaves_as_one_form(there: Twilio) -> None:
    said = await Sms().carry(line(there), [message("+49 151 12345678")])

    assert said == [Taken(there.state.sent[0].sid)]
    assert there.state.sent[0].form == {
        "To": ADA,
        "Body": "Ihr Paket ist da.",
        "StatusCallback": HOOK,
        "MessagingServiceSid": SERVICE,
    }
    assert not any(ADA[1:] in one for one in there.traces())


@pytest.mark.anyio
async def test_a_key_of_the_api_goes_before_the_token(there: Twilio) -> None:
    ours = line(there, api_key=KEY)

    await Sms().check(replace(ours, secrets={"token": "x", "api_secret": SECRET}))
    with pytest.raises(NotLetIn):
        await Sms().check(replace(ours, secrets={"token": TOKEN, "api_secret": "x"}))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (400, 21610, Gone("code_21610", SignalKind.STOP)),
        (400, 21211, Gone("code_21211")),
        (400, 21614, Gone("code_21614")),
        (403, 21408, Later("code_21408", 900.0)),
        (400, 21617, Never("code_21617")),
        (400, 99999, Never("code_99999")),
    ],
)
async def test_what_a_refusal_means(
    there: Twilio, status: int, code: int, means: object
) -> None:
    there.state.codes[ADA] = Codes(status, code)

    said = await Sms().carry(line(there), [message(), message("+4915112345679")])

    assert said[0] == means
    assert isinstance(said[1], Taken)
    assert "15112345678" not in repr(said)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "problem", "after"),
    [
        (Fault.LIMITED, "limited", RETRY_AFTER),
        (Fault.LIMITED_SILENTLY, "limited", None),
        (Fault.ERROR_IN_200, "bad_answer", None),
        (Fault.GARBLED, "bad_answer", None),
        (Fault.HALF_CLOSED, "no_answer", None),
        (Fault.LOST_ANSWER, "no_answer", None),
        (Fault.ENDLESS, "no_answer", None),
        (Fault.REDIRECTED, "redirect", None),
    ],
)
async def test_a_provider_that_fails_is_tried_again(
    there: Twilio, fault: Fault, problem: str, after: float | None
) -> None:
    there.fail(fault)

    with pytest.raises(Unreached) as failed:
        await Sms().carry(line(there), [message()])

    assert (failed.value.problem, failed.value.after) == (problem, after)
    assert isinstance((await Sms().carry(line(there), [message()]))[0], Taken)


@pytest.mark.anyio
async def test_a_wrong_key_is_no_trouble_of_a_person(there: Twilio) -> None:
    there.fail(Fault.LOCKED_OUT)

    with pytest.raises(NotLetIn):
        await Sms().carry(line(there), [message()])


@pytest.mark.anyio
async def test_what_cannot_be_sent_is_not_asked(there: Twilio) -> None:
    said = await Sms().carry(
        line(there), [message("0151"), message(text=" "), message(text="ж" * 700)]
    )

    assert said == [Gone("bad_number"), Never("empty"), Never("too_long")]
    assert there.seen == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "settings",
    [
        {"account": "x"},
        {"service": "MG1"},
        {"service": "", "from": ""},
        {"service": "", "from": "Nordmarkt Hamburg"},
        {"account": "../../Accounts"},
    ],
)
async def test_a_setting_that_makes_no_sense_is_said(settings: dict[str, str]) -> None:
    with pytest.raises(BadConnection):
        await Sms().carry(line(None, **settings), [message()])


# ------------------------------------------------------------------ segments
@pytest.mark.parametrize(
    ("text", "segments", "units", "is_gsm"),
    [
        ("", 1, 0, True),
        ("a" * 160, 1, 160, True),
        ("a" * 161, 2, 161, True),
        ("a" * 306, 2, 306, True),
        ("a" * 307, 3, 307, True),
        ("€" * 80, 1, 160, True),
        ("€" * 81, 2, 162, True),
        ("a" * 152 + "€" + "a" * 10, 2, 164, True),
        ("ł", 1, 1, False),
        ("ж" * 70, 1, 70, False),
        ("ж" * 71, 2, 71, False),
        ("😀" * 35, 1, 70, False),
        ("😀" * 67, 3, 134, False),
    ],
)
def test_segments_are_counted_as_they_are_charged(
    text: str, segments: int, units: int, *, is_gsm: bool
) -> None:
    size = size_of(text)

    assert (size.segments, size.units, size.is_gsm) == (segments, units, is_gsm)


# ------------------------------------------------------------------ who says it
def test_signatures_are_those_of_the_documentation() -> None:
    fields = list(FORM.items())
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    assert signing.is_signed(TOKEN, signature, URL, fields, None)
    assert signing.is_signed(TOKEN, signature, URL.replace(".com", ".com:1234"), fields, None)
    assert signing.is_signed(TOKEN, "kvajT1Ptam85bY51eRf/AJRuM3w=", URL, fields, None)
    assert signing.is_signed(TOKEN, "a9nBmqA0ju/hNViExpshrM61xv4=", JSON_URL, (), JSON)
    many = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        *(("Digits", d) for d in ("5678", "1234", "1234")),
    ]
    assert signing.is_signed(TOKEN, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", URL, many, None)
    for wrong in ("", "FAIL", "ünï", signature.lower()):
        assert not signing.is_signed(TOKEN, wrong, URL, fields, None)
    assert not signing.is_signed("", signing.signature_of("", URL), URL, (), None)
    assert not signing.is_signed(TOKEN, signature, URL, fields[1:], None)
    assert not signing.is_signed(
        TOKEN, "a9nBmqA0ju/hNViExpshrM61xv4=", JSON_URL, (), JSON + b" "
    )


@pytest.mark.anyio
async def test_only_the_provider_is_heard() -> None:
    good = call(HOOK, answered("STOP"))
    assert (await Sms().hear(line(), good))[0]
    through_a_proxy = replace(good, url="http://10.0.0.7:8080/hooks/sms")
    assert (await Sms().hear(line(), through_a_proxy))[0]
    for forged in (
        call(HOOK, answered("STOP"), token="another"),
        replace(good, body=good.body.replace(b"STOP", b"HELP")),
        replace(good, headers={}),
        replace(good, body=b"\xff\xfe"),
        replace(good, body=b"a=1&" * 500),
        replace(good, url=f"{HOOK}?bodySHA256=00", body=b"{}"),
    ):
        with pytest.raises(BadSignature):
            await Sms().hear(line(), forged)
    with pytest.raises(BadSignature):
        await Sms().hear(replace(line(), secrets={}), call(HOOK, answered("STOP"), token=""))


# ------------------------------------------------------------------ what people answer
@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop! ", "QUIT", "END", "REVOKE", "OPT OUT", "OptOut", "opt-out",
        "CANCEL", "UNSUBSCRIBE", "STOPALL", "Stopp", "abmelden", "kündigen", "Rezygnuję", "СТОП",
        "отписаться", "SAIR", "Parar", "BAJA", "ARRÊT", "arrêter", "Désabonner",
        "stop sending me this", "s t o p",
    ],
)  # fmt: skip
def test_whoever_says_stop_in_their_words_is_heard(text: str) -> None:
    assert keywords.asked(text) is Asked.STOP


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("START", Asked.START),
        ("unstop", Asked.START),
        ("Старт", Asked.START),
        ("help", Asked.HELP),
        ("INFO", Asked.HELP),
        ("Помощь?", Asked.HELP),
        ("Hilfe", Asked.HELP),
        ("start sending again", None),
        ("Where is my parcel?", None),
        ("don't stop", None),
        ("", None),
        ("…", None),
    ],
)
def test_a_yes_is_the_whole_message_or_none(text: str, means: Asked | None) -> None:
    assert keywords.asked(text) is means


@given(st.text(max_size=200))
def test_whatever_is_written_is_read(text: str) -> None:
    assert keywords.asked(text) in {None, *Asked}


@pytest.mark.anyio
async def test_a_stop_is_heard_and_answered_once() -> None:
    ours = line(text_stop="You get no more from <us> & ours.")

    heard, answer = await Sms().hear(ours, call(HOOK, answered("Stop.")))

    assert heard == [
        Heard(
            keys={"phone": Pii(ADA)},
            signals=((SignalKind.STOP, "sms"),),
            message_id=SID,
        )
    ]
    assert answer.content_type.startswith("text/xml")
    assert answer.body.count(b"<Message>") == 1
    assert b"from &lt;us&gt; &amp; ours." in answer.body


@pytest.mark.anyio
async def test_help_and_chatter_signal_nothing() -> None:
    ours = line(text_help="Nordmarkt, help@nordmarkt.example. STOP ends this.")

    heard, answer = await Sms().hear(ours, call(HOOK, answered("help")))
    assert heard == []
    assert b"Nordmarkt" in answer.body
    heard, answer = await Sms().hear(ours, call(HOOK, answered("Thank you")))
    assert heard == []
    assert b"<Message>" not in answer.body


@pytest.mark.anyio
async def test_where_the_provider_has_answered_we_do_not() -> None:
    ours = line(text_stop="Bye.")

    heard, answer = await Sms().hear(ours, call(HOOK, answered("ciao", OptOutType="STOP")))

    assert heard[0].signals == ((SignalKind.STOP, "sms"),)
    assert b"<Message>" not in answer.body


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fields", "signals", "note"),
    [
        (became("delivered"), (), "delivered"),
        (became("undelivered", "30005"), ((SignalKind.BOUNCE, "sms"),), "failed"),
        (became("failed", "21610"), ((SignalKind.STOP, "sms"),), "failed"),
        (became("undelivered", "30003"), (), "failed"),
        (became("undelivered", "30007"), (), "failed"),
        (became("failed", "x"), (), "failed"),
    ],
)
async def test_what_became_of_a_message_is_heard(
    fields: dict[str, str], signals: object, note: str
) -> None:
    heard, answer = await Sms().hear(line(), call(HOOK, fields))

    assert [(one.signals, one.note) for one in heard] == [(signals, note)]
    assert answer.status == 204


@pytest.mark.anyio
async def test_what_is_signed_and_makes_no_sense_is_refused() -> None:
    assert (await Sms().hear(line(), call(HOOK, became("sent"))))[0] == []
    for fields in ({}, {"MessageSid": "x"}, answered("STOP", From="nobody")):
        with pytest.raises(BadMessage):
            await Sms().hear(line(), call(HOOK, fields))


def test_numbers_are_written_in_one_way() -> None:
    assert e164("+49 (151) 123-45678") == ADA
    assert e164("0151 12345678") is None
    assert e164("0151 12345678", "DE") == ADA
    assert e164("whatsapp:+4915112345678x") is None
