"""Mail that comes back: reports, complaints, wishes to be left alone; and what only looks so."""

from dataclasses import replace
from email.message import EmailMessage
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candor.domain.connections.adapters.smtp import reading
from candor.domain.connections.adapters.smtp.tokens import Tokens, Use, make_key
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.errors import BadMessage, BadSignature
from candor.domain.connections.model.talk import Heard, Received, Returned
from candor.domain.consent.model.signal import SignalKind
from tests.factories.mailing import ADA, DELIVERY, WORD, mail_line, secrets

TOKENS: Final = Tokens(secrets()["tokens"])
DOMAIN: Final = "bounces.nordmarkt.example"
BOUNCE: Final = f"b+{TOKENS.seal(Use.BOUNCE, ADA, str(DELIVERY))}@{DOMAIN}"
STOP: Final = f"u+{TOKENS.seal(Use.UNSUBSCRIBE, ADA, str(DELIVERY))}@{DOMAIN}"
NAMED: Final = f"m.{TOKENS.seal(Use.MESSAGE, ADA, str(DELIVERY))}@{DOMAIN}"
HARD: Final = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


def report(
    status: str = "5.1.1",
    action: str = "failed",
    to: str = BOUNCE,
    quoted: str = "",
    recipients: int = 1,
) -> bytes:
    """Return a delivery report as Postfix writes it (RFC 3464)."""
    block = (
        "Final-Recipient: rfc822; ada@example.org\r\n"
        "Original-Recipient: rfc822;ada@example.org\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n"
        "Remote-MTA: dns; mx.example.org\r\n"
        "Diagnostic-Code: smtp; 550 5.7.0 <ada@example.org>: words for people\r\n\r\n"
    )
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.example (Mail Delivery System)\r\n"
        f"To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <20260302.1@mail.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="A"\r\n\r\n'
        "--A\r\nContent-Type: text/plain; charset=utf-99\r\n\r\nI'm sorry \xff.\r\n"
        "--A\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\nArrival-Date: Mon, 2 Mar 2026 12:00:00 +0000\r\n\r\n"
        f"{block * recipients}"
        f"--A\r\nContent-Type: text/rfc822-headers\r\n\r\n{quoted}Subject: Apples\r\n\r\n--A--\r\n"
    ).encode("latin-1")


def complaint(kind: str = "abuse", quoted: str = f"Message-ID: <{NAMED}>\r\n") -> bytes:
    """Return a complaint as a mailbox provider sends it (RFC 5965, appendix B)."""
    return (
        "From: <abusedesk@example.com>\r\nTo: <abuse@nordmarkt.example>\r\n"
        "Subject: FW: Apples\r\nMIME-Version: 1.0\r\nMessage-ID: <c1@example.com>\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        "--B\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
        "Original-Rcpt-To: <redacted@example.com>\r\nSource-IP: 192.0.2.1\r\n\r\n"
        f"--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: <news@nordmarkt.example>\r\n{quoted}"
        "Subject: Apples\r\n\r\nApples!\r\n--B--\r\n"
    ).encode()


def wish(to: str = STOP, auto: str = "") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", to, "unsubscribe"
    if auto:
        mail["Auto-Submitted"] = auto
    mail.set_content("")
    return mail.as_bytes()


def signals(raw: bytes) -> list[tuple[SignalKind, str]]:
    """Return what a mail signals about Ada; nothing may be said about anybody else."""
    heard = reading.read(raw, TOKENS, "email")
    assert all(one.profile_id == ADA for one in heard)
    return [signal for one in heard for signal in one.signals]


def notes(raw: bytes) -> list[str]:
    return [one.note for one in reading.read(raw, TOKENS, "email")]


# ------------------------------------------------------------------ delivery reports
@pytest.mark.parametrize("status", HARD)
def test_a_mailbox_that_does_not_exist_is_a_bounce(status: str) -> None:
    assert signals(report(status)) == [(SignalKind.BOUNCE, "email")]


@pytest.mark.parametrize(
    ("status", "action", "note"),
    [
        ("4.4.1", "failed", "soft_bounce"),
        ("5.2.2", "failed", "soft_bounce"),
        ("4.2.0", "delayed", "soft_bounce"),
        ("5.1.1", "delayed", "soft_bounce"),
        ("5.7.1", "failed", "policy"),
        ("5.7.515", "failed", "policy"),
        ("5.3.4", "failed", "refused"),
    ],
)
def test_everything_else_is_counted_and_stops_nobody(
    status: str, action: str, note: str
) -> None:
    assert signals(report(status, action)) == []
    assert notes(report(status, action)) == [note]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "nonsense"])
def test_good_news_says_nothing(action: str) -> None:
    assert reading.read(report(action=action), TOKENS, "email") == []


@pytest.mark.parametrize("status", ["", "5", "550", "5.1", "five", "5.1.1.1.1.1", "9.1.1"])
def test_a_status_that_is_none_stops_nobody(status: str) -> None:
    assert signals(report(status)) == []


def test_a_report_is_found_by_what_it_quotes_where_nobody_says_whom_it_was_for() -> None:
    for quoted in (f"Message-ID: <{NAMED}>\r\n", f"Return-Path: <{BOUNCE}>\r\n"):
        assert signals(report(to="postmaster@nordmarkt.example", quoted=quoted)) == [
            (SignalKind.BOUNCE, "email")
        ]


def test_an_address_in_capitals_is_the_same() -> None:
    assert signals(report(to=BOUNCE.upper())) == [(SignalKind.BOUNCE, "email")]


def test_the_same_report_again_is_the_same_message() -> None:
    first, again = (reading.read(report(), TOKENS, "email")[0] for _ in range(2))
    other = reading.read(report().replace(b"20260302.1", b"20260302.2"), TOKENS, "email")[0]

    assert first.message_id == again.message_id != other.message_id
    assert first.message_id is not None
    assert "mail.example" not in first.message_id


# ------------------------------------------------------------------ complaints and wishes
@pytest.mark.parametrize("kind", ["abuse", "Abuse "])
def test_a_complaint_is_found_by_our_token_though_its_recipient_is_blacked_out(
    kind: str,
) -> None:
    assert signals(complaint(kind)) == [(SignalKind.COMPLAINT, "email")]
    by_link = f"List-Unsubscribe: <https://x.example/u/1>,\r\n <mailto:{STOP}>\r\n"
    assert signals(complaint(kind, by_link)) == [(SignalKind.COMPLAINT, "email")]


def test_not_spam_says_nothing_and_other_kinds_are_our_trouble() -> None:
    assert reading.read(complaint("not-spam"), TOKENS, "email") == []
    for kind in ("fraud", "virus", "other", "auth-failure"):
        assert notes(complaint(kind)) == ["policy"]
        assert signals(complaint(kind)) == []


def test_a_mail_to_the_address_for_it_unsubscribes() -> None:
    assert signals(wish()) == [(SignalKind.UNSUBSCRIBE, "email")]
    assert signals(b"Delivered-To: " + STOP.encode() + b"\r\n" + wish("x@y.example")) == [
        (SignalKind.UNSUBSCRIBE, "email")
    ]


def test_answering_machines_are_not_heard() -> None:
    assert reading.read(wish(auto="auto-replied"), TOKENS, "email") == []
    assert reading.read(wish(BOUNCE), TOKENS, "email") == []
    assert reading.read(wish(BOUNCE, "auto-replied"), TOKENS, "email") == []


# ------------------------------------------------------------------ forged, broken, endless
def test_a_token_of_somebody_elses_making_says_nothing() -> None:
    forged = Tokens(make_key())
    for raw in (
        report(to=f"b+{forged.seal(Use.BOUNCE, ADA, 'x')}@{DOMAIN}"),
        report(to=f"b+{'a' * 61}@{DOMAIN}"),
        report(to=STOP),  # an address to unsubscribe at is no return path
        complaint(quoted=f"Message-ID: <m.{forged.seal(Use.MESSAGE, ADA, 'x')}@{DOMAIN}>\r\n"),
        wish(f"u+{forged.seal(Use.UNSUBSCRIBE, ADA, 'x')}@{DOMAIN}"),
        wish("ada@example.org"),
    ):
        assert reading.read(raw, TOKENS, "email") == []


def test_many_forged_tokens_cost_little() -> None:
    many = " ".join(f"b+{'a' * 61}@{DOMAIN}" for _ in range(2000))

    assert reading.read(report(to="x@y.example", quoted=f"X-Y: {many}\r\n"), TOKENS, "e") == []


def test_a_mail_without_end_is_refused() -> None:
    nested = b"".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n'.encode()
        for n in range(3000)
    )
    rfc822 = b"Content-Type: message/rfc822\r\n\r\n" * 3000
    for raw in (b"x" * (reading.LARGEST + 1), nested, rfc822):
        with pytest.raises(BadMessage):
            reading.read(raw, TOKENS, "email")


def test_a_cut_mail_says_what_is_left_of_it_or_nothing() -> None:
    whole = report()
    for end in range(0, len(whole), 7):
        assert signals(whole[:end]) in ([], [(SignalKind.BOUNCE, "email")])


@settings(max_examples=150)
@given(st.binary(max_size=3000), st.integers(0, 1500))
def test_whatever_comes_nothing_breaks(noise: bytes, place: int) -> None:
    for whole in (report(), complaint(), wish()):
        raw = whole[:place] + noise + whole[place + len(noise) :]
        try:
            heard = reading.read(raw, TOKENS, "email")
        except BadMessage:
            continue
        assert all(isinstance(one, Heard) and one.profile_id == ADA for one in heard)


# ------------------------------------------------------------------ who hands it in
@pytest.mark.anyio
async def test_only_who_knows_the_word_hands_mail_in() -> None:
    line = mail_line()

    def handed(authorization: str) -> Received:
        headers = {"authorization": authorization} if authorization else {}
        return Received("POST", line.callback_url, headers, report())

    heard, answer = await Smtp().hear(line, handed(f"Bearer {WORD}"))
    assert [one.profile_id for one in heard] == [ADA]
    assert answer == Returned(204)
    for wrong in ("", "Bearer ", f"Basic {WORD}", f"Bearer {WORD}x", "Bearer ünïcode"):
        with pytest.raises(BadSignature):
            await Smtp().hear(line, handed(wrong))
    without = replace(line, secrets={**line.secrets, "inbound": ""})
    with pytest.raises(BadSignature):
        await Smtp().hear(without, handed("Bearer "))
