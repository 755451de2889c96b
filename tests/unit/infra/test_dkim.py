"""DKIM: what we sign, an independent library verifies; what is changed or added, it refuses."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from candor.infra import dkim
from candor.infra.dkim import NotAKey, Signer
from tests.factories.house import VECTORS

VECTOR = VECTORS["dkim_ed25519_rfc8463"]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BODY = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
MAIL = (  # RFC 8463, appendix A
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
) + BODY
ED = Signer(
    "football.example.com",
    "brisbane",
    Ed25519PrivateKey.from_private_bytes(b64decode(VECTOR["private_seed_b64"])),
)
RSA = Signer("football.example.com", "test", dkim.read_key(dkim.make_rsa()))


def is_good(mail: bytes) -> list[bool]:
    """Tell of each of both signatures whether it holds, by dkimpy."""
    records = {f"{one.record_name}.".encode(): one.record.encode() for one in (RSA, ED)}

    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return records.get(name)

    def holds(number: int) -> bool:
        try:
            return bool(oracle.DKIM(mail).verify(idx=number, dnsfunc=txt))
        except oracle.DKIMException:
            return False

    return [holds(number) for number in range(2)]


def test_the_body_hash_and_the_record_are_those_of_the_rfc() -> None:
    assert b64encode(sha256(dkim.relaxed_body(BODY)).digest()).decode() == VECTOR["body_hash"]
    assert ED.record == VECTOR["dns_txt"]
    assert ED.record_name == VECTOR["dns_name"]


def test_an_independent_library_verifies_both_signatures() -> None:
    signed = dkim.sign(MAIL, [RSA, ED], NOON)

    assert is_good(signed) == [True, True]
    assert signed.endswith(MAIL)
    assert max(map(len, signed.split(b"\r\n"))) < 100


@pytest.mark.parametrize(
    "added",
    [
        b"Subject: You won\r\n",
        b"From: Eve <eve@example.com>\r\n",
        b"List-Unsubscribe: <https://eve.example/>\r\n",
        b"Reply-To: eve@example.com\r\n",
    ],
)
def test_what_is_added_to_a_signed_mail_breaks_it(added: bytes) -> None:
    signed = dkim.sign(MAIL, [RSA, ED], NOON)
    head, _, rest = signed.partition(b"From: ")

    assert is_good(head + added + b"From: " + rest) == [False, False]


def test_a_changed_body_breaks_it() -> None:
    signed = dkim.sign(MAIL, [RSA, ED], NOON)

    assert is_good(signed.replace(b"lost", b"won!")) == [False, False]


_LINES = st.lists(st.text(alphabet="ab \t.", max_size=9), max_size=6)


@settings(max_examples=60)
@given(_LINES, _LINES)
def test_whatever_blanks_a_mail_has_the_signatures_hold(
    head: list[str], body: list[str]
) -> None:
    subject = "\r\n ".join(line.replace("\t", " ") + "x" for line in ["a", *head])
    mail = f"From: a@b.example\r\nSubject: {subject}\r\n\r\n" + "".join(
        f"{line}\r\n" for line in body
    )

    assert is_good(dkim.sign(mail.encode(), [RSA, ED], NOON)) == [True, True]


def test_a_long_key_is_several_strings_of_a_zone() -> None:
    line = dkim.zone_line(RSA.record_name, RSA.record)

    assert all(len(part) <= 250 for part in line.split('"')[1::2])
    assert "".join(line.split('"')[1::2]) == RSA.record


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NotAKey):
        dkim.read_key(text)
