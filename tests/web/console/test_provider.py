"""Staff who come through their company's provider: a real one, and one that lies."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import psycopg
import pytest
from joserfc.jwk import RSAKey

from candor.app import Candor, web
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Session
from candor.domain.access.service import sessions
from candor.infra.http import Outbound
from candor.infra.settings import Secret
from candor.kernel.clock import FixedClock
from tests.conftest import NOON
from tests.factories.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    LyingProvider,
    by_secret,
    lying_provider,
    real_provider,
    signed,
    unsigned,
)
from tests.web.console.conftest import HOST, Clerk, csrf

START: Final = "/console/sign-in/oidc"
CALLBACK: Final = f"{START}/callback"
PAGE: Final = "/console/provider"
COOKIE: Final = "candor_staff"
OTHER: Final = RSAKey.generate_key(2048, {"kid": "one"})
SECOND: Final = RSAKey.generate_key(2048, {"kid": "two"})
LATER: Final = timedelta(minutes=16)  # a proof is over, a session is not


@dataclass
class Office:
    """A company with a provider, and browsers."""

    candor: Candor
    stack: AsyncExitStack

    def __post_init__(self) -> None:
        self.app: Any = web(self.candor)

    def browser(self) -> Clerk:
        """Return a browser in which nobody is signed in."""
        transport = httpx.ASGITransport(app=self.app)
        client = httpx.AsyncClient(transport=transport, base_url=HOST)
        self.stack.push_async_callback(client.aclose)
        return Clerk(self.candor, client)

    async def session(self, clerk: Clerk) -> Session:
        """Return the session of a browser."""
        async with self.candor.database.tx() as tx:
            return await sessions.of_cookie(
                tx,
                clerk.client.cookies[COOKIE],
                audience=Audience.STAFF,
                clock=self.candor.clock,
            )


def now() -> datetime:
    """Return the present of the world: providers are in it."""
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
async def open_office(
    candor: Candor, clock: FixedClock
) -> AsyncIterator[Callable[..., Office]]:
    """Return a maker of companies with a provider."""
    clock.advance(now() - NOON)
    async with AsyncExitStack() as stack:

        def make(issuer: str, **settings: object) -> Office:
            changed = replace(
                candor.settings,
                oidc_issuer=issuer,
                oidc_client_id=CLIENT_ID,
                oidc_client_secret=Secret(CLIENT_SECRET),
                oidc_name="Ex account",
                **settings,
            )
            out = Outbound(allowed_private={urlsplit(issuer).netloc})
            stack.push_async_callback(out.close)
            return Office(replace(candor, settings=changed, outbound=out), stack)

        yield make


@pytest.fixture
def liar() -> Iterator[LyingProvider]:
    with lying_provider() as provider:
        yield provider


@pytest.fixture
def office(open_office: Callable[..., Office], liar: LyingProvider) -> Office:
    return open_office(liar.issuer)


def way_out(html: str) -> str:
    """Return the address of the provider to which a page leads."""
    found = re.search(r'href="(http[^"]+)"', html)
    assert found, html
    return unescape(found.group(1))


async def leave(clerk: Clerk, path: str = START, **fields: str) -> str:
    """Set out for the provider; return the address there."""
    page = await clerk.page(
        "/console" if COOKIE in clerk.client.cookies else "/console/sign-in"
    )
    answer = await clerk.post(path, {"csrf_token": csrf(page), **fields})
    assert answer.status_code == 200, answer.text
    return way_out(answer.text)


async def back(clerk: Clerk, returned: dict[str, str]) -> httpx.Response:
    """Come back from the provider."""
    return await clerk.get(f"{CALLBACK}?{urlencode(returned)}")


async def connected(office: Office, liar: LyingProvider) -> Clerk:
    """Return an administrator whom the provider vouches for, signed in by a link."""
    clerk = await office.browser().sign_in(Role.ADMIN)
    url = await leave(clerk, f"{PAGE}/connect")
    answer = await back(clerk, liar.visited(url))
    assert answer.headers["location"] == f"{PAGE}?done=connected"
    return clerk


def later(liar: LyingProvider, clock: FixedClock) -> None:
    """Let time go by, here and at the provider, until a proof is over."""
    clock.advance(LATER)
    liar.ahead_seconds += int(LATER.total_seconds())


# ----------------------------------------------------------------------- a real provider
@pytest.mark.asvs("10.5.1", "10.5.2", "10.5.3", "10.2.1", "10.2.2")
async def test_a_real_provider_vouches_for_somebody(
    open_office: Callable[..., Office], owner: psycopg.Connection[Any]
) -> None:
    with real_provider() as issuer:
        office = open_office(issuer)
        async with httpx.AsyncClient() as there:
            claims = {"amr": ["pwd", "mfa"], "auth_time": int(time.time())}
            await there.put(f"{issuer}/users/ada", json=claims)

            async def visit(url: str, subject: str) -> dict[str, str]:
                """Sign in at the provider; return with what it sends the browser back."""
                answer = await there.post(url, data={"sub": subject})
                assert answer.status_code == 302, answer.text
                return {
                    name: values[0]
                    for name, values in parse_qs(
                        urlsplit(answer.headers["location"]).query
                    ).items()
                }

            # Nobody is let in whom nobody connected.
            stranger = office.browser()
            refused = await back(stranger, await visit(await leave(stranger), "ada"))
            assert refused.status_code == 403
            assert "nobody has let you in here yet" in refused.text
            # Invited, and therefore signed in, they connect the two.
            ada = await office.browser().sign_in(Role.ADMIN)
            url = await leave(ada, f"{PAGE}/connect")
            answer = await back(ada, await visit(url, "ada"))
            assert answer.headers["location"] == f"{PAGE}?done=connected"
            assert "ada" in await ada.words(PAGE)
            # From now on the provider is enough, and strong, as it said so.
            home = office.browser()
            answer = await back(
                home, await visit(await leave(home, next="/console/audit"), "ada")
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/audit")
            session = await office.session(home)
            assert session.methods == ["oidc"]
            assert session.is_proved(office.candor.clock.now())
            # A code counts once, at the provider too.
            other = office.browser()
            returned = await visit(await leave(other), "ada")
            assert (await back(other, returned)).status_code == 303
            assert (await back(other, returned)).status_code == 403
    actions = owner.execute(
        "SELECT action, reason FROM audit.entry ORDER BY entry_id"
    ).fetchall()
    assert ("access.provider_connected", None) in actions
    assert ("access.provider_refused", "not_bound") in actions


# ----------------------------------------------------------------------- setting out
@pytest.mark.asvs("10.1.2", "10.2.1")
async def test_what_is_asked_of_the_provider(office: Office, liar: LyingProvider) -> None:
    asked: list[dict[str, str]] = []
    for clerk in (office.browser(), office.browser()):
        query = parse_qs(urlsplit(await leave(clerk)).query)
        asked.append({name: values[0] for name, values in query.items()})
    first, second = asked
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"http://localhost:8700{CALLBACK}"
    assert first["response_type"] == "code"
    for fresh in ("state", "nonce", "code_challenge"):
        assert len(first[fresh]) >= 43
        assert first[fresh] != second[fresh]
    clerk = await connected(office, liar)
    form = liar.token_requests[-1]
    assert len(form["code_verifier"]) >= 43
    assert "client_secret" not in form  # it stands in the header
    proof = parse_qs(urlsplit(await leave(clerk, "/console/prove/oidc")).query)
    assert (proof["prompt"], proof["max_age"]) == (["login"], ["0"])


async def test_nothing_leads_to_a_provider_where_none_is_set_up(
    open_office: Callable[..., Office], liar: LyingProvider
) -> None:
    office = open_office(liar.issuer)
    nowhere = Office(
        replace(office.candor, settings=replace(office.candor.settings, oidc_issuer="")),
        office.stack,
    )
    clerk = nowhere.browser()
    page = await clerk.page("/console/sign-in")
    assert "sign-in/oidc" not in page
    answer = await clerk.post(START, {"csrf_token": csrf(page)})
    assert answer.status_code == 404
    assert (await back(clerk, {"code": "x", "state": "x"})).status_code == 404
    assert not liar.calls


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://other.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "ftp://x/"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
async def test_a_provider_that_speaks_for_another_is_not_followed(
    office: Office, liar: LyingProvider, metadata: dict[str, Any]
) -> None:
    liar.metadata = metadata
    clerk = office.browser()
    fields = {"csrf_token": csrf(await clerk.page("/console/sign-in"))}
    answer = await clerk.post(START, fields)
    assert answer.status_code == 403
    assert "alert(1)" not in answer.text


async def test_a_provider_does_not_make_us_call_our_own_network(
    office: Office, liar: LyingProvider
) -> None:
    liar.metadata = {"token_endpoint": "http://127.0.0.1:1/token"}
    clerk = office.browser()
    answer = await back(clerk, liar.visited(await leave(clerk)))
    assert answer.status_code == 400
    assert COOKIE not in clerk.client.cookies


# ----------------------------------------------------------------------- lies on the way back
def _unsigned(liar: LyingProvider) -> None:
    liar.sign = unsigned


def _by_secret(liar: LyingProvider) -> None:
    """Sign by the client's secret, which the provider and we share."""
    liar.sign = lambda claims: by_secret(claims, CLIENT_SECRET.encode())


def _by_public_key(liar: LyingProvider) -> None:
    """Sign by the provider's public key, as if it were a secret."""
    secret = liar.key.as_pem(private=False)
    liar.sign = lambda claims: by_secret(claims, secret)


def _by_another_key(liar: LyingProvider) -> None:
    key = OTHER
    liar.sign = lambda claims: signed(claims, key)


def _by_a_key_that_it_does_not_publish(liar: LyingProvider) -> None:
    key = SECOND
    liar.sign = lambda claims: signed(claims, key)


def _by_a_key_that_the_token_brings(liar: LyingProvider) -> None:
    key = OTHER
    liar.sign = lambda claims: signed(claims, key, {"jwk": key.as_dict(private=False)})


def _as_logout_token(liar: LyingProvider) -> None:
    liar.header = {"typ": "logout+jwt"}


def _garbage(liar: LyingProvider) -> None:
    liar.sign = lambda _: "a.b.c"


def _huge(liar: LyingProvider) -> None:
    liar.claims = {"name": "x" * 20_000}


def _says(**claims: object) -> Callable[[LyingProvider], None]:
    def lie(liar: LyingProvider) -> None:
        liar.claims = claims

    return lie


SOON: Final = timedelta(minutes=30)
LIES: Final[dict[str, Callable[[LyingProvider], None]]] = {
    "alg none": _unsigned,
    "a shared secret": _by_secret,
    "its public key as a secret": _by_public_key,
    "another key of the same name": _by_another_key,
    "a key not published": _by_a_key_that_it_does_not_publish,
    "a key in the token": _by_a_key_that_the_token_brings,
    "a logout token": _as_logout_token,
    "garbage": _garbage,
    "huge": _huge,
    "wrong nonce": _says(nonce="another"),
    "no nonce": _says(nonce=None),
    "another issuer": _says(iss="http://other.example"),
    "another audience": _says(aud="other"),
    "two audiences": _says(aud=[CLIENT_ID, "other"]),
    "for another party": _says(azp="other"),
    "no audience": _says(aud=[]),
    "run out": _says(exp=int((now() - SOON).timestamp())),
    "never runs out": _says(exp=None),
    "of the past": _says(iat=int((now() - SOON).timestamp())),
    "of the future": _says(iat=int((now() + SOON).timestamp())),
    "of no time": _says(iat=1e300),
    "nobody": _says(sub=""),
    "no subject": _says(sub=None),
    "a subject that is a number": _says(sub=1),
    "a subject too long": _says(sub="x" * 256),
}


@pytest.mark.asvs(
    "10.5.1", "10.5.2", "10.5.4", "9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.3", "9.2.2"
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    office: Office, liar: LyingProvider, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    await connected(office, liar)
    for name, lie in LIES.items():
        clerk = office.browser()
        url = await leave(clerk)
        liar.sign, liar.claims, liar.header = None, {}, {}
        lie(liar)
        answer = await back(clerk, liar.visited(url))
        assert answer.status_code == 403, name
        assert "Nobody was signed in" in answer.text, name
        assert COOKIE not in clerk.client.cookies, name
        clock.advance(timedelta(seconds=20))  # so that there are not too many calls
        liar.ahead_seconds += 20
    noted = owner.execute(
        "SELECT reason FROM audit.entry WHERE action = 'access.provider_refused'"
    ).fetchall()
    assert noted == [("token_not_valid",)] * len(LIES)


@pytest.mark.asvs("10.2.2")
async def test_an_answer_of_another_provider_is_not_taken(
    office: Office, liar: LyingProvider
) -> None:
    await connected(office, liar)
    clerk = office.browser()
    asked = len(liar.token_requests)
    mixed_up = liar.visited(await leave(clerk), iss="http://other.example")
    assert (await back(clerk, mixed_up)).status_code == 403
    assert len(liar.token_requests) == asked  # the code went nowhere
    right = liar.visited(await leave(clerk), iss=liar.issuer)
    assert (await back(clerk, right)).status_code == 303


async def test_a_provider_that_promises_to_name_itself_must(
    office: Office, liar: LyingProvider
) -> None:
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    clerk = office.browser()
    assert (await back(clerk, liar.visited(await leave(clerk)))).status_code == 403
    assert not liar.token_requests


@pytest.mark.asvs("10.2.1")
async def test_a_state_counts_in_the_browser_that_set_out_and_once(
    office: Office, liar: LyingProvider, clock: FixedClock
) -> None:
    await connected(office, liar)
    attacker, victim = office.browser(), office.browser()
    returned = liar.visited(await leave(attacker))
    assert (await back(victim, returned)).status_code == 403  # never set out
    liar.visited(await leave(victim))
    assert (await back(victim, returned)).status_code == 403  # set out, for something else
    assert COOKIE not in victim.client.cookies
    url = await leave(attacker)
    returned = liar.visited(url)
    assert (await back(attacker, {**returned, "state": ""})).status_code == 403
    assert (await back(attacker, returned)).status_code == 403  # used up by the wrong answer
    late = liar.visited(await leave(attacker))
    clock.advance(timedelta(minutes=11))
    assert (await back(attacker, late)).status_code == 403


async def test_a_provider_that_says_no_signs_nobody_in(
    office: Office, liar: LyingProvider
) -> None:
    clerk = office.browser()
    returned = liar.visited(await leave(clerk), error="access_denied<script>")
    answer = await back(clerk, returned)
    assert answer.status_code == 403
    assert "script>" not in answer.text.replace("</script>", "")
    liar.token_status = 400
    assert (await back(clerk, liar.visited(await leave(clerk)))).status_code == 403


# ----------------------------------------------------------------------- strength and binding
@pytest.mark.asvs("6.8.4")
@pytest.mark.parametrize(
    ("claims", "is_strong"),
    [
        ({}, False),
        ({"amr": ["pwd"], "auth_time": 0}, False),
        ({"amr": ["mfa"]}, False),  # when is not said
        ({"amr": ["mfa"], "auth_time": 3600}, False),  # this morning
        ({"amr": ["pwd", "mfa"], "auth_time": 60}, True),
        ({"acr": "phr", "auth_time": 60}, True),
        ({"acr": "urn:whatever", "auth_time": 60}, False),
    ],
)
async def test_a_session_is_strong_only_by_two_factors_lately(
    office: Office, liar: LyingProvider, claims: dict[str, Any], *, is_strong: bool
) -> None:
    await connected(office, liar)
    ago = claims.get("auth_time")
    liar.claims = claims if ago is None else {**claims, "auth_time": int(time.time()) - ago}
    clerk = office.browser()
    assert (await back(clerk, liar.visited(await leave(clerk)))).status_code == 303
    session = await office.session(clerk)
    assert session.is_proved(office.candor.clock.now()) is is_strong


@pytest.mark.asvs("7.5.3")
async def test_a_proof_is_of_the_same_person_and_of_now(
    office: Office, liar: LyingProvider, clock: FixedClock
) -> None:
    clerk = await connected(office, liar)
    later(liar, clock)
    present = int(clock.now().timestamp())
    strong = {"amr": ["mfa"], "auth_time": present}
    for lie in (
        {"amr": ["pwd"], "auth_time": present},
        {"amr": ["mfa"], "auth_time": present - 3600},
        strong | {"sub": "somebody else"},
    ):
        liar.claims = lie
        url = await leave(clerk, "/console/prove/oidc", next=PAGE)
        assert (await back(clerk, liar.visited(url))).status_code == 403
        assert not (await office.session(clerk)).is_proved(clock.now())
    liar.claims = strong
    url = await leave(clerk, "/console/prove/oidc", next=PAGE)
    before = clerk.client.cookies[COOKIE]
    answer = await back(clerk, liar.visited(url))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert clerk.client.cookies[COOKIE] != before
    assert (await office.session(clerk)).is_proved(clock.now())


@pytest.mark.asvs("6.8.1", "6.8.2")
async def test_an_address_binds_nobody_unless_the_settings_say_so(
    open_office: Callable[..., Office], liar: LyingProvider, owner: psycopg.Connection[Any]
) -> None:
    plain = open_office(liar.issuer)
    clerk = await plain.browser().sign_in(Role.SUPPORT)
    assert clerk.staff
    owner.execute("UPDATE access.staff SET email = 'ada@example.org'")
    mail = {"email": "ADA@example.org", "email_verified": True}
    allowed = open_office(liar.issuer, oidc_bind_by_email=True)

    async def enter(office: Office, **claims: object) -> int:
        liar.claims = {"sub": "two", **claims}
        browser = office.browser()
        return (await back(browser, liar.visited(await leave(browser)))).status_code

    assert await enter(plain, **mail) == 403
    assert await enter(allowed, email="ada@example.org") == 403
    assert await enter(allowed, email="ada@example.org", email_verified=False) == 403
    assert await enter(allowed, email="ada@example.com", email_verified=True) == 403
    assert await enter(allowed, **mail) == 303
    # Bound once, the address counts no more: the provider may give it to another.
    assert await enter(allowed, **mail, sub="three") == 403
    assert await enter(allowed) == 303
    assert await enter(plain) == 303


@pytest.mark.asvs("8.2.1", "6.8.1")
async def test_the_provider_brings_nobody_into_a_grave_role_before_two_did(
    open_office: Callable[..., Office], liar: LyingProvider, owner: psycopg.Connection[Any]
) -> None:
    office = open_office(liar.issuer, oidc_bind_by_email=True)
    boss = await office.browser().sign_in(Role.ADMIN)
    form = {"handle": "eve", "name": "Eve", "address": "eve@example.org", "role": "admin"}
    proposed = await boss.send(
        "/console/security/staff/invite", why="She begins on Monday", **form
    )
    assert "/security/proposals/" in proposed.headers["location"]
    liar.claims = {"sub": "eve", "email": "eve@example.org", "email_verified": True}
    eve = office.browser()
    assert (await back(eve, liar.visited(await leave(eve)))).status_code == 403
    # Once she was let in and has set up a sign-in, the address is hers.
    owner.execute(
        "INSERT INTO access.password SELECT staff_id, 'x', now() FROM access.staff "
        "WHERE handle = 'eve'"
    )
    assert (await back(eve, liar.visited(await leave(eve)))).status_code == 303


async def test_a_subject_is_one_person_here(office: Office, liar: LyingProvider) -> None:
    await connected(office, liar)
    ben = await office.browser().sign_in(Role.PRIVACY)
    answer = await back(ben, liar.visited(await leave(ben, f"{PAGE}/connect")))
    assert answer.status_code == 403


async def test_who_left_does_not_come_in(
    office: Office, liar: LyingProvider, owner: psycopg.Connection[Any]
) -> None:
    await connected(office, liar)
    owner.execute("UPDATE access.staff SET left_at = now()")
    clerk = office.browser()
    assert (await back(clerk, liar.visited(await leave(clerk)))).status_code == 403


async def test_what_is_connected_is_disconnected_when_another_way_stays(
    office: Office,
    liar: LyingProvider,
    clock: FixedClock,
    owner: psycopg.Connection[Any],
) -> None:
    clerk = await connected(office, liar)
    later(liar, clock)
    refused = await clerk.send(f"{PAGE}/disconnect", subject="one")
    assert "/console/prove" in refused.headers["location"]
    liar.claims = {"amr": ["mfa"], "auth_time": int(clock.now().timestamp())}
    await back(clerk, liar.visited(await leave(clerk, "/console/prove/oidc")))
    last = await clerk.send(f"{PAGE}/disconnect", subject="one")
    assert last.status_code == 409
    assert clerk.staff
    staff_id = clerk.staff.staff_id
    owner.execute("INSERT INTO access.password VALUES (%s, 'x', now())", [staff_id])
    owner.execute("INSERT INTO access.totp VALUES (%s, 'x', now(), now())", [staff_id])
    done = await clerk.send(f"{PAGE}/disconnect", subject="one")
    assert done.headers["location"] == f"{PAGE}?done=disconnected"
    home = office.browser()
    assert (await back(home, liar.visited(await leave(home)))).status_code == 403


# ----------------------------------------------------------------------- keys and logout
async def test_a_new_key_of_the_provider_is_found(
    office: Office, liar: LyingProvider, clock: FixedClock
) -> None:
    await connected(office, liar)
    liar.key = SECOND
    clock.advance(timedelta(minutes=2))
    clerk = office.browser()
    assert (await back(clerk, liar.visited(await leave(clerk)))).status_code == 303
    assert liar.calls.count("GET /jwks") == 2


@pytest.mark.asvs("10.5.5", "7.4.1")
async def test_the_provider_signs_somebody_out(
    office: Office, liar: LyingProvider, owner: psycopg.Connection[Any]
) -> None:
    clerk = await connected(office, liar)
    lies = (
        liar.logout_token(nonce="x"),
        liar.logout_token(events={}),
        liar.logout_token(aud="other"),
        liar.logout_token(iss="http://other.example"),
        liar.logout_token(sub=None),
        liar.logout_token(iat=int(time.time()) - 3600, exp=None),
        liar.token(),
        "x",
        "",
    )
    stranger = office.browser()
    for lie in lies:
        answer = await stranger.post(f"{START}/logout", {"logout_token": lie})
        assert answer.status_code == 400
        assert answer.headers["cache-control"] == "no-store"
    assert (await clerk.get("/console")).status_code == 200
    token = liar.logout_token()
    answer = await stranger.post(f"{START}/logout", {"logout_token": token})
    assert answer.status_code == 200
    assert (await clerk.get("/console")).status_code == 303
    nobody = liar.logout_token(sub="nobody")
    answer = await stranger.post(f"{START}/logout", {"logout_token": nobody})
    assert answer.status_code == 200  # and it is not told that there is none
    ended = owner.execute(
        "SELECT detail ->> 'sign_ins' FROM audit.entry"
        " WHERE action = 'access.signed_out_by_provider'"
    ).fetchall()
    assert ended == [("1",)]
