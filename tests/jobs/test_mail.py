"""Mail over a real SMTP server, and into the folder where there is none."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from candor.infra import mail
from candor.infra.mail import Mail, MailRefused, MailUnavailable, Smtp
from candor.infra.settings import BadSetting, Settings
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
Authenticator = Callable[[object, object, object, str, object], AuthResult]
Serve = Callable[..., Awaitable[mail.Server]]
SENDER = Address("Nordmarkt", addr_spec="news@nordmarkt.example")
LETTER = Mail(
    Pii("anna@example.org"),
    "Bitte bestätigen",
    "Guten Tag,\nschöne Grüße\n",
    "<p>Schöne Grüße</p>",
    "de",
    {"List-Id": "<confirm.nordmarkt.example>"},
)


class Sink:
    """Keeps what came in; refuses when told to."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer = "250 OK"
        self.rcpt_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name that the server calls
        self, server: object, session: object, envelope: Envelope, address: str, options: object
    ) -> str:
        del server, session, options
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802 - as above
        del server, session
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.recipients += envelope.rcpt_tos
            found = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.taken.append(found)
        return self.answer


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
async def serve(sink: Sink) -> AsyncIterator[Serve]:
    """Return how a mail server on this machine is started."""
    started: list[asyncio.Server] = []

    async def start(
        tls: ssl.SSLContext | None = None, authenticator: Authenticator | None = None
    ) -> mail.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(
                sink,
                hostname="mail.example",
                tls_context=tls,
                require_starttls=authenticator is not None,
                authenticator=authenticator,
                auth_required=authenticator is not None,
            ),
            "127.0.0.1",
            0,
        )
        started.append(server)
        port = server.sockets[0].getsockname()[1]
        return mail.read_server(f"smtp://127.0.0.1:{port}")

    yield start
    for server in started:
        server.close()
        await server.wait_closed()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a file with a key and a certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def client_side(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_mail_arrives_as_text_and_as_html(
    sink: Sink, serve: Serve, clock: FixedClock
) -> None:
    await Smtp(await serve(), SENDER, clock).send(LETTER)
    (taken,) = sink.taken
    assert sink.recipients == ["anna@example.org"]
    assert taken["To"] == "anna@example.org"
    assert taken["From"] == "Nordmarkt <news@nordmarkt.example>"
    assert taken["Subject"] == LETTER.subject
    assert taken["Content-Language"] == "de"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["List-Id"] == "<confirm.nordmarkt.example>"
    assert taken["Message-ID"].endswith("@nordmarkt.example>")
    assert taken["Date"].datetime == clock.now()
    text, html = taken.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html


async def test_a_mail_goes_through_tls_with_a_password(
    sink: Sink,
    serve: Serve,
    clock: FixedClock,
    certificate: Path,
) -> None:
    def known(
        _server: object, _session: object, _envelope: object, _how: str, data: object
    ) -> AuthResult:
        is_right = data == LoginPassword(b"us", b"p@ss")
        return AuthResult(success=is_right, handled=False)

    server = await serve(server_side(certificate), known)
    server = replace(server, user="us", password="p@ss", needs_tls=True)
    await Smtp(server, SENDER, clock, client_side(certificate)).send(LETTER)
    assert len(sink.taken) == 1
    await Smtp(server, SENDER, clock, client_side(certificate)).check()
    wrong = Smtp(replace(server, password="x"), SENDER, clock, client_side(certificate))
    with pytest.raises(MailUnavailable):  # it is put right, and the message leaves after all
        await wrong.send(LETTER)
    with pytest.raises(MailUnavailable):
        await wrong.check()
    assert len(sink.taken) == 1


@pytest.mark.asvs("12.3.2")
async def test_a_certificate_that_nobody_knows_is_refused(
    sink: Sink, serve: Serve, clock: FixedClock, certificate: Path
) -> None:
    server = replace(await serve(server_side(certificate)), needs_tls=True)
    with pytest.raises(MailUnavailable):
        await Smtp(server, SENDER, clock).send(LETTER)
    assert not sink.taken


async def test_nothing_is_sent_in_the_clear_to_another_machine(
    sink: Sink, serve: Serve, clock: FixedClock
) -> None:
    with pytest.raises(MailUnavailable):
        await Smtp(replace(await serve(), needs_tls=True), SENDER, clock).send(LETTER)
    assert not sink.taken


async def test_a_refusal_is_told_from_a_delay_and_names_nobody(
    sink: Sink, serve: Serve, clock: FixedClock
) -> None:
    sender = Smtp(await serve(), SENDER, clock)
    cases = (
        ("rcpt_answer", "550 5.1.1 anna@example.org unknown", MailRefused),
        ("rcpt_answer", "450 4.2.0 anna@example.org busy", MailUnavailable),
        ("answer", "554 5.7.1 no anna@example.org", MailRefused),
        ("answer", "451 4.3.0 later", MailUnavailable),
    )
    for place, answer, expected in cases:
        sink.answer = sink.rcpt_answer = "250 OK"
        setattr(sink, place, answer)
        with pytest.raises(expected) as raised:
            await sender.send(LETTER)
        assert "anna" not in f"{raised.value} {raised.value.__cause__}"
        assert raised.value.__suppress_context__


async def test_nobody_at_home_is_a_delay(clock: FixedClock, free_tcp_port: int) -> None:
    server = mail.read_server(f"smtp://localhost:{free_tcp_port}")
    with pytest.raises(MailUnavailable):
        await Smtp(server, SENDER, clock).send(LETTER)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@example.org\r\nBcc: ben@example.org",
        "anna@example.org, ben@example.org",
    ],
)
async def test_an_address_that_is_none_gets_nothing(
    address: str, sink: Sink, serve: Serve, clock: FixedClock
) -> None:
    with pytest.raises(mail.NotAnAddress):
        await Smtp(await serve(), SENDER, clock).send(replace(LETTER, to=Pii(address)))
    assert not sink.taken


@pytest.mark.asvs("1.3.11")
async def test_a_subject_cannot_add_a_header(
    sink: Sink, serve: Serve, clock: FixedClock
) -> None:
    letter = replace(LETTER, subject="Hello\r\nBcc: b@x.example")
    await Smtp(await serve(), SENDER, clock).send(letter)
    assert sink.taken[0]["Bcc"] is None
    assert sink.taken[0]["Subject"] == "Hello Bcc: b@x.example"


async def test_without_a_server_each_mail_is_a_file_for_its_owner_alone(
    tmp_path: Path, clock: FixedClock
) -> None:
    settings = Settings.load({"CANDOR_HOME": str(tmp_path), "CANDOR_MAIL_FROM": str(SENDER)})
    outbox = mail.mailer(settings, clock)
    assert str(tmp_path / "outbox") in outbox.about
    await outbox.check()
    await outbox.send(LETTER)
    await outbox.send(LETTER)
    first, second = sorted((tmp_path / "outbox").iterdir())
    assert first.suffix == second.suffix == ".eml"
    assert first.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o700
    found = message_from_bytes(first.read_bytes(), policy=policy.default)
    assert found["To"] == "anna@example.org"


def test_the_address_of_a_server_is_read() -> None:
    server = mail.read_server("smtps://us%40x:p%3A%2Fw@mail.example.org")
    assert server == mail.Server(
        "mail.example.org", 465, "us@x", "p:/w", is_tls_from_start=True
    )
    assert mail.read_server("smtp://mail.example.org").port == 587
    assert not mail.read_server("smtp://localhost:25").needs_tls
    assert not mail.read_server("smtp://[::1]:25").needs_tls
    assert "p:/w" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://x.example",
        "smtp://",
        "smtp://x:99999",
        "smtp://x/path",
        "smtp://x?y",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(BadSetting):
        mail.read_server(url)


def test_a_sender_that_is_none_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings.load({"CANDOR_HOME": str(tmp_path), "CANDOR_MAIL_FROM": "nobody"})
    with pytest.raises(BadSetting):
        mail.mailer(settings, clock)
