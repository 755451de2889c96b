"""Reading the settings of a connection into what is worked with; says what makes no sense."""

import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.smtp import writing
from candor.domain.connections.adapters.smtp.tokens import KEY_BYTES, Tokens
from candor.domain.connections.adapters.smtp.writing import Address, Letterhead, NotMailable
from candor.domain.connections.errors import BadConnection
from candor.infra import dkim
from candor.infra.dkim import NotAKey, Signer
from candor.infra.smtp import Server, Tls

_KEYS: Final = {"dkim_rsa": "r", "dkim_ed25519": "e"}  # secrets, and how their selectors end


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings and secrets of a connection, as they are used."""

    server: Server
    head: Letterhead
    sessions: int


def read(line: Line) -> Configured:
    """Read what a connection is set to.

    Raises:
        BadConnection: something in it makes no sense; says what.
    """
    given = line.settings
    bounce_domain = _domain(given.get("bounce_domain", ""), "The domain of return paths")
    sender = _address(given.get("from", ""), "The sender")
    reply_to = given.get("reply_to", "")
    head = Letterhead(
        sender=sender,
        reply_to=_address(reply_to, "The address for replies") if reply_to else None,
        bounce_domain=bounce_domain,
        list_id=_optional(given.get("list_id", ""), "The name of the list"),
        list_help=given.get("list_help", ""),
        feedback=_optional(given.get("feedback", ""), "The sender of Feedback-ID")
        or sender.domain.replace(".", "-"),
        tokens=tokens_of(line.secrets.get("tokens", "")),
        signers=_signers(line, sender),
    )
    return Configured(_server(line, bounce_domain), head, _sessions(given.get("sessions", "")))


def _server(line: Line, bounce_domain: str) -> Server:
    given = line.settings
    tls = Tls(given.get("tls") or Tls.STARTTLS)
    host = given.get("host", "").strip().lower()
    if tls is Tls.NONE and not _is_this_machine(host):
        message = (
            "Mail leaves without TLS only to this very machine: 127.0.0.1, ::1 or localhost."
        )
        raise BadConnection(message)
    return Server(
        host,
        int(given.get("port") or 587),
        tls,
        given.get("user", ""),
        line.secrets.get("password", ""),
        _context(given.get("ca", "")),
        _domain(given.get("hello", "") or bounce_domain, "The name to greet with"),
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=16)
def _context(ca: str) -> ssl.SSLContext:
    """Return whom certificates are held against; making one takes 50 ms."""
    try:
        return ssl.create_default_context(cadata=ca or None)
    except ssl.SSLError:
        message = "The authority of certificates is not a certificate in PEM."
        raise BadConnection(message) from None


@lru_cache(maxsize=64)
def tokens_of(key: str) -> Tokens:
    """Return what seals tokens.

    Raises:
        BadConnection: this is no key.
    """
    if len(key) != 2 * KEY_BYTES or not set(key) <= set("0123456789abcdef"):
        message = "The key of tokens is missing; leave it empty, and one is made."
        raise BadConnection(message)
    return Tokens(key)


@lru_cache(maxsize=64)
def _key(pem: str) -> dkim.PrivateKey:
    try:
        return dkim.read_key(pem)
    except NotAKey:
        message = "A key of DKIM is none; leave it empty, and one is made."
        raise BadConnection(message) from None


def _signers(line: Line, sender: Address) -> list[Signer]:
    domain = line.settings.get("dkim_domain", "").strip().lower() or sender.domain
    if sender.domain != domain and not sender.domain.endswith(f".{domain}"):
        message = "DKIM signs for the sender's domain or one above it; else it does not count."
        raise BadConnection(message)
    selector = _optional(line.settings.get("dkim_selector", "") or "candor", "The selector")
    return [
        Signer(domain, f"{selector}-{end}", _key(line.secrets.get(name, "")))
        for name, end in _KEYS.items()
    ]


def _sessions(text: str) -> int:
    count = int(text or 4)
    if not 1 <= count <= 50:
        message = "Sessions at once are 1 to 50."
        raise BadConnection(message)
    return count


def _address(text: str, title: str) -> Address:
    name, spec = parseaddr(text)
    try:
        found = writing.read_address(spec)
    except NotMailable:
        message = f"{title} is not an address, nor a name and an address in angle brackets."
        raise BadConnection(message) from None
    return Address(found.spec, name)


def _domain(text: str, title: str) -> str:
    domain = text.strip().lower()
    if not writing.is_domain(domain) or "." not in domain:
        message = f"{title} is not a domain."
        raise BadConnection(message)
    return domain


def _optional(text: str, title: str) -> str:
    plain = text.strip().lower()
    if plain and not writing.is_domain(plain):
        message = f"{title} has small letters, digits, dots and hyphens."
        raise BadConnection(message)
    return plain
