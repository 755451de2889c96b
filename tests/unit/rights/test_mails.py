"""Whatever comes as a mail is read, or refused: nothing else happens."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candor.domain.rights.errors import NotAMail
from candor.domain.rights.model.mail import right_of
from candor.domain.rights.model.request import Right
from candor.domain.rights.service.capturing import LARGEST, read

HEADERS = st.sampled_from(
    [b"Date", b"Subject", b"Message-ID", b"Content-Type", b"Auto-Submitted", b"Reply-To",
     b"Content-Transfer-Encoding", b"Precedence", b"MIME-Version"]
)  # fmt: skip


def letter(*headers: tuple[bytes, bytes], body: bytes = b"x") -> bytes:
    """Return a mail from Ada."""
    lines = [b"From: Ada <ada@example.org>", *(b"%s: %s" % one for one in headers)]
    return b"\r\n".join([*lines, b"", body])


@given(raw=st.binary(max_size=500))
def test_any_bytes(raw: bytes) -> None:
    try:
        read(raw)
    except NotAMail:
        return


@given(
    headers=st.lists(st.tuples(HEADERS, st.binary(max_size=60)), max_size=5),
    body=st.binary(max_size=200),
)
@example(headers=[(b"Date", b"Mon, 1 Jan 0001 00:00:00 -2359")], body=b"")
@example(headers=[(b"Content-Type", b"text/plain; charset=nonsense")], body=b"\xff\xfe")
@example(headers=[(b"Content-Type", b"multipart/mixed; boundary=x")], body=b"--x\r\n\r\n\xff")
@example(headers=[(b"Subject", b"\xed\xa0\x80")], body=b"\xed\xa0\x80\0")
def test_any_headers_and_body(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    try:
        mail = read(letter(*headers, body=body))
    except NotAMail:
        return
    mail.words.map(str.encode)
    assert len(mail.name) == 64
    if mail.sent_at is not None:
        assert mail.sent_at < datetime.max.replace(tzinfo=UTC)


def test_a_mail_is_recognised_by_its_id() -> None:
    named = (b"Message-ID", b"<1@example.org>")
    assert read(letter(named, body=b"1")).name == read(letter(named, body=b"2")).name
    assert read(letter(body=b"1")).name != read(letter(body=b"2")).name


def test_one_that_is_too_large_is_not_read() -> None:
    with pytest.raises(NotAMail):
        read(letter(body=b"x" * LARGEST))


def test_the_html_is_read_when_there_is_nothing_else() -> None:
    html = (b"Content-Type", b"text/html; charset=utf-8")
    assert read(letter(html, body=b"<p>Please delete it</p>")).right is Right.ERASURE


@pytest.mark.parametrize(
    ("text", "right"),
    [("right: access", Right.ACCESS), ("#right=nothing", None), ("", None),
     ("delete or send me a copy of my data", None), ("Right: erasure", Right.ERASURE)],
)  # fmt: skip
def test_words_that_are_plain(text: str, right: Right | None) -> None:
    assert right_of(text) is right


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"a," * 200_000 + b"\r\n\r\nDelete my data",
        b"From: " + b"a " * 50_000 + b"<ada@example.org>\r\n\r\nDelete my data",
        b"From: ada@example.org\r\n" * 30_000 + b"\r\nDelete my data",
        b"From: ada@example.org\r\n"
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (part, part)
            for part in range(9_000)
        ),
    ],
    ids=["senders", "words", "fields", "nested"],
)
def test_a_mail_that_would_take_hours_to_read_is_none(raw: bytes) -> None:
    with pytest.raises(NotAMail):
        read(raw)


@pytest.mark.parametrize(
    "field",
    [
        b"Subject: delete " + b"a " * 200_000,
        b"Subject: delete\r\nContent-Type: text/plain; " + b"a*0=b; " * 30_000,
        b"Subject: delete\r\nMessage-ID: <" + b"a." * 100_000 + b"@example.org>",
        b"Subject: delete\r\nDate: " + b"1 " * 200_000,
    ],
)
def test_the_beginning_of_a_long_header_is_enough(field: bytes) -> None:
    mail = read(b"From: ada@example.org\r\n" + field + b"\r\n\r\nThank you")
    assert mail.right is Right.ERASURE
