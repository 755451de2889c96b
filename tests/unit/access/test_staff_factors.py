"""Codes of an app by the vectors of RFC 6238, and which passwords are refused."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.access.errors import BadStaff, SignInBusy
from candor.domain.access.model.factors import make_recovery_codes, recovery_text
from candor.domain.access.model.password import LONGEST, Weakness, weakness
from candor.domain.access.model.roles import Role
from candor.domain.access.model.staff import is_grave, raises, read_handle
from candor.domain.access.model.totp import code_at, key_text, matching_step, step_of, uri_of
from candor.domain.access.service.passwords import STRONG, Passwords
from tests.factories.house import CHEAP, VECTORS

TOTP = VECTORS["totp_rfc6238"]
CONTEXT = ("Nordmarkt", "piet", "Piet Adeyemi", "piet@nordmarkt.example")
GOOD = "four unrelated harbour spoons"


@pytest.mark.parametrize("row", TOTP["rows"], ids=lambda row: str(row[0]))
def test_codes_are_those_of_the_standard(row: list[str]) -> None:
    at = datetime.fromtimestamp(int(row[0]), UTC)
    for digest, code in zip(("sha1", "sha256", "sha512"), row[1:], strict=True):
        seed = TOTP["seed_ascii"][digest].encode()
        assert code_at(seed, step_of(at), digits=8, digest=digest) == code


@pytest.mark.asvs("6.5.5")
@given(
    seed=st.binary(min_size=20, max_size=20),
    seconds=st.integers(100, 2**33),
    off=st.integers(-3, 3),
)
def test_a_code_is_good_a_step_before_and_after(seed: bytes, seconds: int, off: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    code = code_at(seed, max(0, step_of(now) + off))
    near = {code_at(seed, max(0, step_of(now) + step)) for step in (-1, 0, 1)}
    assert (matching_step(seed, code, now) is not None) == (code in near)


@pytest.mark.asvs("6.5.1")
def test_a_step_that_was_used_is_not_taken_again() -> None:
    now, seed = datetime.fromtimestamp(1_111_111_109, UTC), b"1" * 20
    step = step_of(now)
    assert matching_step(seed, code_at(seed, step), now, used=step - 1) == step
    assert matching_step(seed, code_at(seed, step), now, used=step) is None
    assert matching_step(seed, code_at(seed, step - 1), now, used=step) is None


@pytest.mark.parametrize("wrong", ["", "00000", "0000000", "٠١٢٣٤٥", "\ud800", "abcdef"])
def test_nonsense_is_no_code(wrong: str) -> None:
    assert matching_step(b"1" * 20, wrong, datetime.fromtimestamp(59, UTC)) is None


def test_what_an_app_takes_in_names_company_and_account() -> None:
    uri = uri_of(b"1" * 20, company="Äpfel & Co", handle="piet")
    assert uri.startswith("otpauth://totp/%C3%84pfel%20%26%20Co%3Apiet?secret=")
    assert key_text(b"1" * 20).replace(" ", "") in uri


@pytest.mark.asvs("6.1.2", "6.2.1", "6.2.4", "6.2.11", "6.2.12")
@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("eleven chrs", Weakness.SHORT),
        ("x" * (LONGEST + 1), Weakness.LONG),
        ("1QAZ2wsx3edc", Weakness.COMMON),
        ("leavemealone", Weakness.COMMON),
        ("long but NordMarkt inside", Weakness.CONTEXT),
        ("long but with Adeyemi 77", Weakness.CONTEXT),
        ("long but with c\uff41ndor 77", Weakness.CONTEXT),  # a wide letter
        ("passwordpassword", Weakness.CONTEXT),
        ("aaaaaaaaaaaaaaaa", Weakness.GUESSABLE),
        ("qwertyuiop[]12", Weakness.GUESSABLE),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, found: Weakness) -> None:
    assert weakness(password, CONTEXT) is found


@pytest.mark.asvs("6.2.5", "6.2.9")
@pytest.mark.parametrize(
    "password",
    [GOOD, "тихая гавань семь ложек", "🐙🦑🪼🐠🦀🪸🐚🐳🦭🐡🦈🐬", "k7" * 32 + "!vQz93"],
)
def test_any_sign_and_any_length_will_do(password: str) -> None:
    assert weakness(password, CONTEXT) is None


@pytest.mark.asvs("6.2.8", "11.4.2")
async def test_a_password_counts_whole_and_under_our_key() -> None:
    one, other = Passwords(b"a" * 32, CHEAP), Passwords(b"b" * 32, CHEAP)
    verifier = await one.verifier(GOOD)
    assert verifier.startswith("1:$argon2id$")
    assert await one.matches(GOOD, verifier)
    assert not await other.matches(GOOD, verifier)  # whoever has the database alone has nothing
    for unlike in (GOOD.upper(), GOOD[:-1], GOOD + " ", "", "x" * 10**6):
        assert not await one.matches(unlike, verifier)
    assert await one.matches("Caf\u00e9 am Hafen", await one.verifier("Cafe\u0301 am Hafen"))
    assert not await one.matches(GOOD, None)
    assert not await one.matches(GOOD, "1:nonsense")


@pytest.mark.asvs("11.4.2", "11.4.4")
async def test_a_weaker_verifier_is_made_anew() -> None:
    cheap, strong = Passwords(b"a" * 32, CHEAP), Passwords(b"a" * 32, STRONG)
    verifier = await cheap.verifier(GOOD)
    assert await cheap.renewed(GOOD, verifier) is None
    fresh = await strong.renewed(GOOD, verifier)
    assert fresh is not None
    assert "m=65536,t=3,p=1" in fresh
    assert await strong.matches(GOOD, fresh)


async def test_a_flood_of_sign_ins_does_not_take_the_memory() -> None:
    passwords = Passwords(b"a" * 32, CHEAP)
    found = await asyncio.gather(
        *(passwords.matches("x", None) for _ in range(200)), return_exceptions=True
    )
    assert sum(isinstance(one, SignInBusy) for one in found) == 160


@pytest.mark.asvs("6.5.2", "6.5.3", "6.5.4")
def test_recovery_codes_are_long_and_forgiving() -> None:
    codes = make_recovery_codes()
    assert len(set(codes)) == 10
    assert all(len(recovery_text(code)) == 24 for code in codes)  # 120 bits
    assert recovery_text(f" {codes[0].upper().replace('-', ' ')}\n") == recovery_text(codes[0])


def test_whoever_could_approve_or_invite_is_made_by_two() -> None:
    assert {role for role in Role if is_grave(role)} >= {
        Role.ADMIN,
        Role.PRIVACY,
        Role.SECURITY,
    }
    assert not is_grave(Role.SUPPORT)
    assert raises("support", Role.ADMIN)
    assert raises("nobody", Role.SUPPORT)
    assert not any(raises("admin", role) for role in Role)


@pytest.mark.parametrize("bad", ["", "a", "A b", "1st", "x" * 33, "ä", "a/b", "a\x00b"])
def test_a_handle_is_plain(bad: str) -> None:
    with pytest.raises(BadStaff):
        read_handle(bad)
