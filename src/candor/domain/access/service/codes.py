"""One-time codes by mail: how a customer comes in, and proves again that it is them.

A code has eight signs of an alphabet of 24 that nobody mistakes for one another, read or heard:
24^8 = 1.1 * 10^11 codes (36.7 bits). A ceremony takes five answers, then it is over: whoever
guesses meets a code in one of 2.2 * 10^10 ceremonies, and each sends a mail that the owner sees.
The doors slow that down long before (`surface/plain/doors.py`); the code does not need them to.

Code and link are HMACs of the ceremony's hash under a key that the database never sees
(`keyring.fixed_key`), as with the links of consent. So nothing of them is stored, a mail that is
sent again holds the same code, and neither a copy of the database nor a job's arguments let
anybody in. Both count only in the browser that asked: it alone has the ceremony's secret.

Asking does the same for an address that nobody has: it looks nothing up. Whose an address is, the
job finds out that sends the mail, and notes it in the ceremony (OWASP ASVS 5.0 V6.3.8). A
ceremony that is nobody's takes answers like every other; all of them are wrong.
"""

import hmac
import unicodedata
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import Final
from uuid import UUID

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import WRONG_ANSWERS, Ceremony
from candor.domain.access.model.keys import hash_of
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.queries import ceremonies as stored
from candor.domain.access.service import ceremonies
from candor.infra import jobs
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock

JOB: Final = "access.send_code"
SIGN_IN: Final = "code"  # kinds of ceremonies: what one opens, the other does not
PROOF: Final = "code.proof"
BACK: Final = "code.back"  # after an erasure: opens no page, takes a tombstone away
ALPHABET: Final = (
    "23456789CDFHJKMNPQRTVWXY"  # no 0 O 1 I L, no A E U, no B G S Z beside 8 6 5 2
)
LENGTH: Final = 8

_KEY: Final = "codes"
_CODE: Final = b"code\x00"
_LINK: Final = b"link\x00"
_LONGEST: Final = 64  # signs of an answer that are looked at at all
_ADDRESS: Final = "address"  # in the ceremony's detail
_LOCALE: Final = "locale"
_SUBJECT: Final = "subject"
_HALF: Final = LENGTH // 2


def code_of(keyring: KeyProvider, ceremony_hash: bytes) -> str:
    """Return the code of a ceremony, without the blank in its middle."""
    number = int.from_bytes(_mac(keyring, _CODE + ceremony_hash), "big")
    signs: list[str] = []
    for _ in range(LENGTH):  # of 256 bits: what the division favours is 2^-219 of a code
        number, sign = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def link_of(keyring: KeyProvider, ceremony_hash: bytes) -> str:
    """Return the token of the link that stands beside the code: 43 signs, 256 bits."""
    return urlsafe_b64encode(_mac(keyring, _LINK + ceremony_hash)).rstrip(b"=").decode()


def written(code: str) -> str:
    """Return a code as it is read: in two halves."""
    return f"{code[:_HALF]} {code[_HALF:]}"


def read(typed: str) -> str:
    """Return a code as somebody typed it: small letters, blanks and hyphens do not matter."""
    plain = unicodedata.normalize("NFKC", typed[:_LONGEST]).upper()
    return "".join(sign for sign in plain if sign.isalnum())


async def ask(
    tx: Tx,
    *,
    kind: str,
    address: str,
    locale: str,
    earlier: str,
    clock: Clock,
    bearer_id: UUID | None = None,
    sealed: bytes = b"",
) -> str:
    """Begin a ceremony and have its mail sent; return what the browser's cookie holds.

    Args:
        tx: the transaction of the request.
        kind: `SIGN_IN`, `PROOF` or `BACK`.
        address: what the address is found by, as blind indexes; never the address.
        locale: of the page, for a person whose language is not known.
        earlier: what the cookie held before: that ceremony ends, so one code counts at a time.
        clock: the present.
        bearer_id: for a proof, whose it is; a sign-in learns that later.
        sealed: for coming back, the address itself (`coming_back.sealed`).
    """
    for other in (SIGN_IN, PROOF, BACK):
        with suppress(CeremonyOver):
            await ceremonies.use(
                tx, earlier, kind=other, audience=Audience.CUSTOMER, clock=clock
            )
    browser = await ceremonies.begin(
        tx,
        kind=kind,
        audience=Audience.CUSTOMER,
        bearer_id=bearer_id,
        secret=sealed,
        detail={_ADDRESS: address, _LOCALE: locale},
        clock=clock,
    )
    name = hash_of(browser).hex()
    await jobs.defer_named(tx, JOB, key=f"{JOB} {name}", ceremony=name)
    return browser


async def look(tx: ReadTx, browser: str, *, kind: str, clock: Clock) -> Ceremony:
    """Return what this browser asked a code for, without answering.

    Raises:
        CeremonyOver: nothing, or it has ended.
    """
    return await ceremonies.look(
        tx, browser, kind=kind, audience=Audience.CUSTOMER, clock=clock
    )


def is_link_of(keyring: KeyProvider, ceremony: Ceremony, token: str) -> bool:
    """Tell whether a link belongs to what this browser has under way."""
    return _same(token, link_of(keyring, ceremony.ceremony_hash))


async def answer(
    tx: Tx, browser: str, given: str, *, kind: str, keyring: KeyProvider, clock: Clock
) -> UUID | None:
    """Judge a code or a link; return whose ceremony it ended, or None when the answer is wrong.

    The answer is counted before it is judged, and the row is locked: commit in either case. A
    right answer ends the ceremony, for code and link alike.

    Args:
        tx: the transaction of the request.
        browser: what the cookie holds.
        given: a code as typed, or the token of a link.
        kind: what the answer is to open.
        keyring: what codes are made with.
        clock: the present.

    Raises:
        CeremonyOver: nothing under way in this browser; ended, run out, or answered wrongly five
            times.
    """
    ceremony = await ceremonies.attempt(
        tx, browser, kind=kind, audience=Audience.CUSTOMER, clock=clock
    )
    is_code = _same(read(given), code_of(keyring, ceremony.ceremony_hash))
    is_link = is_link_of(keyring, ceremony, given)
    if ceremony.bearer_id is None or not (is_code or is_link):
        return None
    await ceremonies.use(tx, browser, kind=kind, audience=Audience.CUSTOMER, clock=clock)
    return ceremony.bearer_id


async def due(tx: ReadTx, ceremony_hash: bytes, clock: Clock) -> Ceremony | None:
    """Return the ceremony whose mail is to be sent; None when it is over."""
    for kind in (SIGN_IN, PROOF, BACK):
        found = await stored.find_ceremony(
            tx,
            ceremony_hash=ceremony_hash,
            kind=kind,
            audience=Audience.CUSTOMER,
            at=clock.now(),
            at_most=WRONG_ANSWERS,
        )
        if found is not None:
            return found
    return None


async def note_bearer(
    tx: Tx, ceremony: Ceremony, bearer_id: UUID, subject: bytes | None
) -> None:
    """Note whose the address of a ceremony is, and under which pseudonym the log knows them.

    The pseudonym is for entries about wrong answers: to look it up then would take longer for
    whom we know.
    """
    await stored.set_bearer(
        tx,
        ceremony_hash=ceremony.ceremony_hash,
        bearer_id=bearer_id,
        subject=subject.hex() if subject else "",
    )


def address_of(ceremony: Ceremony) -> str:
    """Return what the address of a ceremony is found by."""
    return str(ceremony.detail.get(_ADDRESS, ""))


def subject_of(ceremony: Ceremony) -> bytes | None:
    """Return the pseudonym of whose ceremony it is; None while that is not known."""
    return bytes.fromhex(str(ceremony.detail.get(_SUBJECT, ""))) or None


def locale_of(ceremony: Ceremony) -> str:
    """Return the language of the page on which the code was asked for."""
    return str(ceremony.detail.get(_LOCALE, ""))


def _mac(keyring: KeyProvider, text: bytes) -> bytes:
    return hmac.digest(keyring.fixed_key(_KEY), text, "sha256")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
