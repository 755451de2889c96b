"""Mail: one message, one person, over SMTP or into a folder.

With the setting `smtp_url` mail leaves over SMTP, always inside TLS unless the server is this very
machine (RFC 3207, RFC 8314). Without it nothing leaves: each mail becomes a file in a folder of
this installation, which its owner alone may read, so that a newcomer can follow every link.

The address is `Pii` until the moment at which the message is made; no error and no log holds it.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar, Final, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from candor.infra.settings import BadSetting, Settings
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii

_TIMEOUT_SECONDS: Final = 30
_PORTS: Final = {"smtp": 587, "smtps": 465}  # submission: RFC 6409, RFC 8314
_PERMANENT: Final = 500
_OUTBOX: Final = "outbox"


class MailRefused(Refused):
    """The mail server does not take this message, and will not take it later."""

    code: ClassVar[str] = "mail.refused"
    default_hint: ClassVar[str] = "Look into the log of the mail server."


class MailUnavailable(Unavailable):
    """The mail server cannot be reached, or does not take mail just now."""

    code: ClassVar[str] = "mail.unavailable"
    default_hint: ClassVar[str] = "It is tried again. If it lasts: candor doctor"


class NotAnAddress(Refused):
    """This is not an address that mail can be sent to."""

    code: ClassVar[str] = "mail.not_an_address"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person, in their language."""

    to: Pii[str]
    subject: str
    text: str
    html: str
    locale: str  # BCP 47
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Mailer(Protocol):
    """Whatever sends mail."""

    @property
    def about(self) -> str:
        """Say in a sentence where mail goes."""
        ...

    async def check(self) -> None:
        """Find out whether mail would leave, without sending any.

        Raises:
            MailUnavailable: it would not.
        """
        ...

    async def send(self, mail: Mail) -> None:
        """Send a message; return when it was taken.

        Raises:
            MailRefused, NotAnAddress: it will never be taken.
            MailUnavailable: try again later.
        """
        ...


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, as the setting `smtp_url` names it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    is_tls_from_start: bool = False  # smtps; else STARTTLS
    needs_tls: bool = True


def mailer(settings: Settings, clock: Clock) -> Mailer:
    """Return what sends the mail of this installation.

    Raises:
        BadSetting: `smtp_url` or `mail_from` cannot be read.
    """
    sender = _sender(settings.mail_from)
    if not settings.smtp_url:
        return Outbox(settings.home / _OUTBOX, sender, clock)
    return Smtp(read_server(settings.smtp_url), sender, clock)


def read_server(url: str) -> Server:
    """Read `smtp://user:password@host:port` or `smtps://…`.

    Raises:
        BadSetting: it is neither.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        message = "smtp_url is not smtp://user:password@host:port, or smtps://…"
        raise BadSetting(message) from None
    if not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        message = "smtp_url names no host, or more than a host."
        raise BadSetting(message)
    return Server(
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        is_tls_from_start=parts.scheme == "smtps",
        needs_tls=not is_loopback(parts.hostname),
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its very name: nothing is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Smtp:
    """Sends over SMTP; each message over a connection of its own."""

    def __init__(
        self, server: Server, sender: Address, clock: Clock, tls: ssl.SSLContext | None = None
    ) -> None:
        """Take the server, and who sends; `tls` is for servers with a certificate of one's own."""
        self._server = server
        self._sender = sender
        self._clock = clock
        self._tls = tls or ssl.create_default_context()

    @property
    def about(self) -> str:
        """Say in a sentence where mail goes."""
        return f"mail is sent through {self._server.host}:{self._server.port}"

    async def check(self) -> None:
        """Reach the server, inside TLS, with the password."""
        server = self._server
        try:
            async with aiosmtplib.SMTP(
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.is_tls_from_start,
                start_tls=server.needs_tls and not server.is_tls_from_start,
                tls_context=self._tls,
                timeout=_TIMEOUT_SECONDS,
            ):
                pass
        except (aiosmtplib.SMTPException, OSError):
            raise MailUnavailable from None

    async def send(self, mail: Mail) -> None:
        """Send a message; return when the server has taken it."""
        server = self._server
        message = compose(mail, self._sender, self._clock.now())
        try:
            await aiosmtplib.send(
                message,
                sender=self._sender.addr_spec,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.is_tls_from_start,
                start_tls=server.needs_tls and not server.is_tls_from_start,
                tls_context=self._tls,
                timeout=_TIMEOUT_SECONDS,
            )
        # The server's own words may hold the address: only the class of the failure goes on.
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _failure(max(one.code for one in error.recipients)) from None
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused) as error:
            raise _failure(error.code) from None
        # Also a wrong password: that is put right, and the message leaves after all.
        except (aiosmtplib.SMTPException, OSError):
            raise MailUnavailable from None


class Outbox:
    """Writes each message to a file: nothing leaves this machine."""

    def __init__(self, folder: Path, sender: Address, clock: Clock) -> None:
        """Take the folder; it is made with the first message."""
        self.folder = folder
        self._sender = sender
        self._clock = clock

    @property
    def about(self) -> str:
        """Say in a sentence where mail goes."""
        return f"no mail leaves this machine: each becomes a file in {self.folder}"

    async def check(self) -> None:
        """There is nothing that could be away."""

    async def send(self, mail: Mail) -> None:
        """Write a message; return when it is on disk."""
        now = self._clock.now()
        message = compose(mail, self._sender, now)
        await asyncio.to_thread(self._write, f"{now:%Y%m%dT%H%M%S}-{new_id().hex}", message)

    def _write(self, name: str, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.folder / f".{name}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())
        fresh.rename(self.folder / f"{name}.eml")


def compose(mail: Mail, sender: Address, now: datetime) -> EmailMessage:
    """Make the message as it goes over the wire: plain text first, then the same as HTML.

    Raises:
        NotAnAddress: the person's address is none.
    """
    message = EmailMessage(policy=WIRE)
    message["From"] = sender
    try:
        message["To"] = Address(addr_spec=mail.to.reveal())
    except Exception:  # noqa: BLE001 - the parser of the standard library fails in many ways
        raise NotAnAddress from None
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{new_id().hex}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    # After the parts: to the standard library it is a header of the content, and would go with it.
    message["Content-Language"] = mail.locale
    return message


def _failure(code: int) -> MailRefused | MailUnavailable:
    """Return the error for a reply of a mail server (RFC 5321, 4.2.1)."""
    return MailRefused() if code >= _PERMANENT else MailUnavailable()


def _sender(text: str) -> Address:
    """Read `mail_from`: an address, or `Name <address>`."""
    name, spec = parseaddr(text)
    try:
        return Address(display_name=name, addr_spec=spec)
    except Exception:  # noqa: BLE001 - as above
        message = "mail_from is not an address, nor a name and an address in angle brackets."
        raise BadSetting(message) from None
