"""Mail over SMTP: what stands in it, what a server's answers mean, and what goes wrong."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy

import dkim as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candor.domain.connections.adapters.line import Carrier, Line, Listener, Maker
from candor.domain.connections.adapters.smtp import configuring, writing
from candor.domain.connections.adapters.smtp.tokens import Tokens, Use, make_key
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.adapters.smtp.writing import NotMailable
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Gone, Later, Message, Never, Taken
from candor.infra import smtp
from candor.infra.http import Outbound, OutboundRefused
from tests.conftest import NOON
from tests.counterparts.mail_server import MailServer, Trouble
from tests.factories.mailing import ADA, UNSUBSCRIBE, mail_line, message

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer().running() as there:
        yield there


@pytest.fixture
async def mail() -> AsyncIterator[Smtp]:
    adapter = Smtp()
    yield adapter
    await adapter.close()


def head_of(line: Line) -> writing.Letterhead:
    return configuring.read(line).head


def written(wanted: Message, **changes: str) -> smtp.Post:
    return writing.write(wanted, head_of(mail_line(**changes)), NOON)


def test_it_is_what_it_says() -> None:
    mail = Smtp()

    assert isinstance(mail, Carrier)
    assert isinstance(mail, Listener)
    assert isinstance(mail, Maker)


# ------------------------------------------------------------------ what stands in a mail
def test_a_mail_of_a_list_says_how_to_leave_it_and_is_read_by_a_mail_program() -> None:
    post = written(message())
    read = message_from_bytes(post.content, policy=policy.default)

    assert read["Subject"] == "Grüße vom Markt"
    assert read["From"].addresses[0].display_name == "Nordmarkt"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = str(read["List-Unsubscribe"]).split(", ")
    assert https == f"<{UNSUBSCRIBE}>"
    assert mailto.startswith("<mailto:u+")
    assert read["List-Id"] == "<news.nordmarkt.example>"
    assert read["Feedback-ID"] == "apples:news.nordmarkt.example:bulk:nordmarkt-example"
    assert read["Auto-Submitted"] is None
    plain = read.get_body(("plain",))
    assert plain is not None
    assert (
        plain.get_content().replace("\r\n", "\n")
        == "Guten Tag,\nes gibt Äpfel.\n.\n... und mehr\n"
    )


def test_the_return_path_is_short_enough_and_names_nobody() -> None:
    post = written(message())
    local = post.sender.partition("@")[0]

    assert len(local) <= 64
    assert ADA.hex not in post.content.decode()
    assert str(ADA) not in post.content.decode()


def test_a_letter_about_what_somebody_did_is_no_list() -> None:
    read = message_from_bytes(written(message(headers={})).content, policy=policy.default)

    assert read["Auto-Submitted"] == "auto-generated"
    assert read["List-Unsubscribe"] is None
    assert read["List-Id"] is None


def test_both_signatures_hold_and_cover_the_headers_of_the_list() -> None:
    line = mail_line()
    post = writing.write(message(), head_of(line), NOON)
    records = {f"{one.name}.".encode(): one.text.encode() for one in Smtp().shown(line)}

    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return records.get(name)

    for number in range(2):
        assert oracle.DKIM(post.content).verify(idx=number, dnsfunc=txt)
    signed = post.content.partition(b"From: ")[0].replace(b"\r\n ", b"")
    for name in (b"list-unsubscribe:", b"list-unsubscribe-post:", b"from:from", b"list-id:"):
        assert name in signed.replace(b" ", b"")


_TEXT = st.text(max_size=300)


@settings(max_examples=150)
@given(_TEXT, _TEXT, _TEXT)
def test_no_text_adds_a_header_or_a_recipient(subject: str, text: str, name: str) -> None:
    line = mail_line()
    head = head_of(line)
    sender = writing.Address(head.sender.spec, name)
    wanted = message(subject=subject, text=text + "x", campaign=subject)
    usual = written(message())

    post = writing.write(wanted, replace(head, sender=sender), NOON)

    def names(content: bytes) -> list[str]:
        return message_from_bytes(content).keys()

    assert names(post.content) == names(usual.content)
    assert all(len(one) <= 998 for one in post.content.split(b"\r\n"))
    assert b"\n" not in post.content.replace(b"\r\n", b"")
    assert b"\r" not in post.content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.org\r\nBcc: eve@example.com",
        "ada@example.org> RCPT TO:<eve@example.com",
        "ada eve@example.org",
        "<ada@example.org>",
        "ada@example.org,eve@example.com",
        "ada@@example.org",
        "@example.org",
        "ada@",
        "ada",
        "ada@exa_mple.org",
        f"{'a' * 65}@example.org",
        "ada@[127.0.0.1]",
        "\u202eada@example.org\u2028",
    ],
)
def test_an_address_that_might_be_two_is_none(to: str) -> None:
    with pytest.raises(NotMailable):
        written(message(to))


@pytest.mark.parametrize(
    "headers",
    [
        {"Bcc": "eve@example.com"},
        {"List-Unsubscribe": "<https://a.example/>\r\nBcc: eve@example.com"},
        {"List-Unsubscribe": "<http://a.example/>"},
        {"References": "<a@b>\r\nBcc: eve@example.com"},
        {"From": "eve@example.com"},
    ],
)
def test_a_message_brings_no_header_of_its_own(headers: dict[str, str]) -> None:
    with pytest.raises(NotMailable):
        written(message(headers=headers))


def test_a_foreign_domain_is_written_in_ascii() -> None:
    assert written(message("ada@bücher.example")).recipient == "ada@xn--bcher-kva.example"


# ------------------------------------------------------------------ tokens
@given(st.uuids(), st.uuids())
def test_tokens_come_back_and_are_for_one_use_alone(profile: object, other: object) -> None:
    tokens = Tokens(make_key())
    token = tokens.seal(Use.BOUNCE, ADA, str(profile))

    opened = tokens.open(Use.BOUNCE, token)
    assert opened is not None
    assert opened.profile_id == ADA
    assert tokens.open(Use.UNSUBSCRIBE, token) is None
    assert Tokens(make_key()).open(Use.BOUNCE, token) is None
    assert token == tokens.seal(Use.BOUNCE, ADA, str(profile))
    assert profile == other or token != tokens.seal(Use.BOUNCE, ADA, str(other))


@given(st.integers(0, 59), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_none(place: int, sign: str) -> None:
    tokens = Tokens(make_key())
    token = tokens.seal(Use.BOUNCE, ADA, "a delivery")
    changed = token[:place] + sign + token[place + 1 :]

    assert changed == token or tokens.open(Use.BOUNCE, changed) is None


# ------------------------------------------------------------------ over the wire
async def test_many_messages_share_sessions_and_leave_in_one_breath(
    server: MailServer, mail: Smtp
) -> None:
    wanted = [message(f"person{number}@example.org") for number in range(20)]
    line = mail_line(server.host)

    assert await mail.carry(line, wanted) == [Taken()] * 20
    assert await mail.carry(line, wanted[:1]) == [Taken()]

    assert server.sessions <= 2
    assert {one.recipient for one in server.taken} == {one.to.reveal() for one in wanted}
    first = server.taken[0]
    assert first.sender.startswith("b+")
    assert "ENVID=b." in first.said
    assert b"\r\n... und mehr" in first.content  # the dot was doubled, and taken off again


async def test_a_server_without_pipelining_is_spoken_with_word_by_word(mail: Smtp) -> None:
    async with MailServer(offers=(), answers={"no": "550 5.1.1 nobody"}).running() as server:
        said = await mail.carry(
            mail_line(server.host), [message(), message("no@example.org"), message()]
        )

    assert said == [Taken(), Gone("status_5.1.1"), Taken()]


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("550 5.1.1 nobody here", Gone("status_5.1.1")),
        ("550 5.1.10 null mx", Gone("status_5.1.10")),
        ("550 5.2.1 disabled", Gone("status_5.2.1")),
        ("552 5.2.2 full", Later("status_5.2.2")),
        ("450 4.2.1 later", Later("status_4.2.1")),
        ("451 greylisted", Later("status_451")),
        ("550 5.7.1 we do not trust you", Later("status_5.7.1", after=900.0)),
        ("550 5.7.515 not aligned", Later("status_5.7.515", after=900.0)),
        ("550 no", Never("status_550")),
        ("554 5.6.0 content", Never("status_5.6.0")),
    ],
)
async def test_what_an_answer_means(
    server: MailServer, mail: Smtp, answer: str, means: object
) -> None:
    server.answers["ada"] = answer

    assert await mail.carry(mail_line(server.host), [message()]) == [means]
    server.answers.clear()
    server.after_data = answer
    assert await mail.carry(mail_line(server.host), [message()]) == [means]
    assert server.taken == []


async def test_one_bad_recipient_spoils_nobody_elses_mail(
    server: MailServer, mail: Smtp
) -> None:
    server.answers["no"] = "550 5.1.1 nobody"
    server.troubles = [Trouble.GO_ON_ANYWAY]
    wanted = [message(), message("no@example.org"), message("x@y z"), message("b@example.org")]

    said = await mail.carry(mail_line(server.host, sessions="1"), wanted)

    assert said == [Taken(), Gone("status_5.1.1"), Gone("bad_address"), Taken()]
    assert [one.recipient for one in server.taken] == ["ada@example.org", "b@example.org"]


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        (Trouble.HANG_AT_RCPT, "timeout"),
        (Trouble.CLOSE_AFTER_DATA, "closed"),
        (Trouble.CLOSE_AT_GREETING, "closed"),
        (Trouble.ENDLESS, "endless_answer"),
        (Trouble.NONSENSE, "bad_answer"),
        (Trouble.BUSY, "status_421"),
    ],
)
async def test_a_server_that_fails_is_tried_again(
    server: MailServer,
    mail: Smtp,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Trouble,
    problem: str,
) -> None:
    monkeypatch.setattr(smtp, "REPLY_SECONDS", 0.3)
    line = mail_line(server.host, sessions="1")
    server.troubles = [trouble]
    with suppress(Unreached):
        assert await mail.carry(line, [message()]) == [Later(problem)]

    assert await mail.carry(line, [message()]) == [Taken()]


async def test_a_session_that_breaks_is_the_trouble_of_one_message(
    server: MailServer, mail: Smtp
) -> None:
    line = mail_line(server.host, sessions="1")
    await mail.carry(line, [message()])
    server.troubles = [Trouble.CLOSE_AFTER_DATA]

    assert await mail.carry(line, [message()] * 3) == [Later("closed"), Taken(), Taken()]


async def test_nobody_is_called_who_may_not_be(mail: Smtp) -> None:
    line = replace(mail_line("127.0.0.1:2525"), outbound=Outbound())

    with pytest.raises(OutboundRefused):
        await mail.carry(line, [message()])
    with pytest.raises(OutboundRefused):
        await mail.check(line)


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it(mail: Smtp) -> None:
    async with MailServer().running() as server:
        assert await mail.carry(mail_line(server.host), [message("Ада@example.org")]) == [
            Taken()
        ]
        assert "SMTPUTF8" in server.taken[0].said
    async with MailServer(offers=("PIPELINING",)).running() as server:
        assert await mail.carry(mail_line(server.host), [message("Ада@example.org")]) == [
            Never("needs_smtputf8")
        ]
