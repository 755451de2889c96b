"""Speaking SMTP: TLS or nothing, who we are, and who stands in the middle."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from candor.infra.http import Outbound
from candor.infra.smtp import Pool, Post, Server, SmtpFailed, SmtpNotLetIn, Tls
from candor.kernel.errors import Bug
from tests.counterparts.mail_server import MailServer, Trouble
from tests.factories.certificates import certificate_for

pytestmark = pytest.mark.anyio
POST = Post("news@a.example", "ada@b.example", b"Subject: x\r\n\r\n.dots\r\n..\r\n.\r\nend")
CERTIFICATE, KEY = certificate_for("127.0.0.1")


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """Return what a server proves itself with."""
    (tmp_path / "both.pem").write_bytes(KEY + CERTIFICATE)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(tmp_path / "both.pem")
    return made


TRUSTED = ssl.create_default_context(cadata=CERTIFICATE.decode())


@asynccontextmanager
async def pool_of(
    there: MailServer, tls: Tls = Tls.STARTTLS, **more: str
) -> AsyncGenerator[Pool]:
    server = Server("127.0.0.1", there.port, tls, context=TRUSTED, me="a.example")
    pool = Pool(replace(server, **more), Outbound(allowed_private=(there.host,)), 2)
    try:
        yield pool
    finally:
        await pool.close()


async def test_a_message_goes_inside_tls_and_keeps_its_dots(context: ssl.SSLContext) -> None:
    async with (
        MailServer(tls=context, users={"u": "p"}).running() as there,
        pool_of(there, user="u", password="p") as pool,
    ):
        for _ in range(3):
            async with pool.session() as session:
                assert (await session.send(POST)).code == 250

    assert there.sessions == 1
    assert {one.content for one in there.taken} == {POST.content + b"\r\n"}


async def test_a_wrong_password_is_told_from_a_server_that_is_away(
    context: ssl.SSLContext,
) -> None:
    async with (
        MailServer(tls=context, users={"u": "p"}).running() as there,
        pool_of(there, user="u", password="x") as pool,
    ):
        with pytest.raises(SmtpNotLetIn):
            async with pool.session():
                pass


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        (Trouble.NO_TLS, "no_tls"),
        (Trouble.SAID_BEFORE_TLS, "said_before_tls"),
    ],
)
async def test_without_tls_nothing_is_said(
    context: ssl.SSLContext, trouble: Trouble, problem: str
) -> None:
    async with (
        MailServer(tls=context, troubles=[trouble]).running() as there,
        pool_of(there) as pool,
    ):
        with pytest.raises(SmtpFailed) as failed:
            async with pool.session():
                pass

    assert failed.value.problem == problem
    assert there.taken == []


async def test_a_name_that_the_certificate_does_not_have_ends_it(
    context: ssl.SSLContext,
) -> None:
    async with MailServer(tls=context).running() as there:
        server = Server("localhost", there.port, Tls.STARTTLS, context=TRUSTED)
        pool = Pool(server, Outbound(allowed_private=(f"localhost:{there.port}",)), 1)
        with pytest.raises(SmtpFailed) as failed:
            async with pool.session():
                pass

    assert failed.value.problem in {"bad_certificate", "unreached"}


@pytest.mark.parametrize(
    "address", ["a@b.example>\r\nRCPT TO:<eve@c.example", "a b@c.example", "a\x00@b.example"]
)
async def test_no_address_says_a_second_command(address: str) -> None:
    async with MailServer().running() as there, pool_of(there, Tls.NONE) as pool:
        for post in (replace(POST, sender=address), replace(POST, recipient=address)):
            with pytest.raises(Bug):
                async with pool.session() as session:
                    await session.send(post)

    assert there.taken == []


async def test_a_server_that_is_not_there_is_said_soon() -> None:
    pool = Pool(Server("127.0.0.1", 1, Tls.NONE), Outbound(allowed_private=("127.0.0.1:1",)), 1)

    with pytest.raises(SmtpFailed) as failed:
        async with pool.session():
            pass

    assert failed.value.problem == "unreached"
