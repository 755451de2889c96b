"""The one way out: requests to other systems, guarded against being turned inward (SSRF).

Whoever configures an address, or an answer that names one, must not make Candor speak to the
machine it runs on, to the cloud's metadata service or to the company's inner network. So:

- `https` only; `http` only to a private host that the operator allowed by name and port;
- a name is resolved once, every address that it has must be public, and the connection goes to
  the address that was looked at, not to what a second look-up would say (DNS rebinding); the
  certificate is still held against the name. Connections that are kept open are kept under both:
  each call looks the name up and checks it again, and takes a kept one only to an address that it
  found just now, only for the name whose certificate was held against it;
- no redirect is followed (ASVS 5.0 V15.3.2), no proxy is taken from the environment, no cookie is
  kept, no user name stands in an address;
- an answer has a size and a time that it may not exceed, whatever its headers promise, also
  while it is unpacked.

`httpx` is imported here and nowhere else.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec

from candor.infra.addresses import Address, is_public, literal
from candor.infra.pooling import IDLE_SECONDS, Pool
from candor.infra.unpacking import ACCEPTED, CannotUnpack, Unpacking
from candor.kernel.errors import Kind, Refused, Unavailable

AT_MOST_BYTES: Final = 1024 * 1024
TIMEOUT_SECONDS: Final = 10.0
_PORTS: Final = {"https": 443, "http": 80}
_USER_AGENT: Final = "Candor"
_LONGEST_URL: Final = 2048
_LONGEST_NAME: Final = 253  # RFC 1035 section 2.3.4
_PER_PLACE: Final = 32  # connections to one place at once
_KEPT_PER_PLACE: Final = 16
# Said again when a kept connection turned out to be closed (RFC 9110 section 9.2.2).
_HARMLESS_TWICE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_IDEMPOTENCY_KEY: Final = "idempotency-key"
_CLOSED: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class OutboundRefused(Refused):
    """This address is not one that Candor may call."""

    code: ClassVar[str] = "http.refused"
    kind: ClassVar[Kind] = Kind.INVALID
    default_hint: ClassVar[str] = (
        "Use an https address of a public host. If the host is your own and in your network, "
        "name it with its port in CANDOR_OUTBOUND_HOSTS."
    )


class OutboundFailed(Unavailable):
    """The other system did not answer as it should."""

    code: ClassVar[str] = "http.failed"
    default_hint: ClassVar[str] = "Is it running and reachable from here? Then try again."
    problem: ClassVar[str] = "no_answer"


class OutboundUntrusted(OutboundFailed):
    """The other system's certificate is not one that can be believed; nothing was sent."""

    code: ClassVar[str] = "http.untrusted"
    default_hint: ClassVar[str] = (
        "It has run out, bears another name, or is signed by nobody who is known here. Have it "
        "renewed at the other end."
    )
    problem: ClassVar[str] = "tls"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other system said. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_well(self) -> bool:
        """Tell whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """Return the body, decoded.

        Raises:
            OutboundFailed: it is not JSON.
        """
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            message = "The other system answered with something that is not JSON."
            raise OutboundFailed(message) from None


@dataclass(frozen=True, slots=True)
class _Target:
    """An address that was looked at: where to connect, and what to ask for there."""

    url: httpx.URL  # with the address in place of the name
    host: str  # for the Host header
    name: str  # for the certificate

    @property
    def place(self) -> tuple[str, str]:
        """Return under what a connection is kept: what it leads to, and for whom it was checked."""
        return _place(self.url.scheme, self.url.netloc.decode(), self.name)


def _place(scheme: str, netloc: str, name: str) -> tuple[str, str]:
    return f"{scheme}://{netloc}", name


@cache
def _trust() -> ssl.SSLContext:
    """Return whom certificates are held against: read once per process, for it takes 50 ms."""
    return ssl.create_default_context()


class Outbound:
    """The way out of one process."""

    def __init__(
        self, *, allowed_private: Collection[str] = (), folders: Collection[Path] = ()
    ) -> None:
        """Take the `host:port` pairs that may be private, and may be reached without TLS.

        `folders`: those of this machine in which files for others may be put.
        """
        self._folders = tuple(folder.resolve() for folder in folders)
        self._allowed = frozenset(pair.lower() for pair in allowed_private)
        self._tls = _trust()
        self._ways: Pool[httpx.AsyncHTTPTransport] = Pool(self._way)

    async def close(self) -> None:
        """Close the connections that are kept open; later calls open new ones."""
        await self._ways.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object | None = None,
        content: bytes | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        at_most_bytes: int = AT_MOST_BYTES,
    ) -> Answer:
        """Ask another system for something.

        Raises:
            OutboundRefused: the address is not one that may be called.
            OutboundFailed: no answer in time, too large a one, or a broken connection.
        """
        body, sent = _body(json, content, headers)
        parts, port = self._checked(url)
        try:
            async with asyncio.timeout(timeout_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(
                    parts.hostname, port, type=socket.SOCK_STREAM
                )
                target = self._target(parts, port, (str(entry[4][0]) for entry in found))
                call = _Call(method, target, sent, body, timeout_seconds, at_most_bytes)
                async with self._ways.lent(target.place) as way:
                    try:
                        return await call.made(way)
                    except _CLOSED:
                        if not call.may_be_said_again:
                            raise
                    return await call.made(way)
        except (TimeoutError, httpx.HTTPError, OSError, CannotUnpack) as error:
            raise _failed(error) from error

    def request_sync(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object | None = None,
        content: bytes | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        at_most_bytes: int = AT_MOST_BYTES,
    ) -> Answer:
        """As `request`, for callers that cannot wait otherwise: the keyring at its start."""
        body, sent = _body(json, content, headers)
        parts, port = self._checked(url)
        deadline = time.monotonic() + timeout_seconds
        try:
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
            target = self._target(parts, port, (str(entry[4][0]) for entry in found))
            transport = httpx.HTTPTransport(verify=self._tls, trust_env=False)
            with httpx.Client(
                transport=transport, trust_env=False, timeout=timeout_seconds
            ) as client:
                request = _request(client, method, target, sent, body)
                answer = client.send(request, stream=True)
                with contextlib.closing(answer):
                    return _answer(answer, _limited_sync(answer, at_most_bytes, deadline))
        except (TimeoutError, httpx.HTTPError, OSError, CannotUnpack) as error:
            raise _failed(error) from error

    def check(self, url: str) -> None:
        """Look at an address as far as that is possible without asking for it: for settings.

        Raises:
            OutboundRefused: it could never be called.
        """
        self._checked(url)

    def check_of_others(self, url: str, *, named: Collection[str] = ()) -> None:
        """Look at an address that customers or other companies bring.

        What the operator allowed was allowed for what staff set up, and not for them: it would
        have us call the inside of our own network. `named`: those that are meant for it, too.

        Raises:
            OutboundRefused: it could never be called, or is one of the operator's hosts.
        """
        parts, port = self._checked(url)
        place = f"{parts.hostname}:{port}".lower()
        if place in self._allowed and place not in named:
            raise OutboundRefused

    def may_be_plain(self, host: str, port: int) -> bool:
        """Tell whether the operator named a host and port: private, and reached without TLS."""
        return f"{host}:{port}".lower() in self._allowed

    def folder(self, text: str) -> Path:
        """Return a folder of this machine in which files for others may be put.

        Raises:
            OutboundRefused: the operator did not name it, nor one above it, wherever links lead.
        """
        path = Path(text)
        found = path.resolve()
        if not path.is_absolute() or not any(
            found.is_relative_to(allowed) for allowed in self._folders
        ):
            raise OutboundRefused(
                hint="Name this folder, or one above it, in CANDOR_DROP_FOLDERS."
            )
        return found

    async def address_of(
        self, host: str, port: int, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> str:
        """Look a host up, once, and return the address to connect to: for what is not HTTP.

        Whoever asks connects to this address and nowhere else, and holds the certificate against
        the name. Databases, mail servers and file servers are reached so.

        Raises:
            OutboundRefused: the name is none, or leads inward, wholly or in part.
            OutboundFailed: nobody knows it, or not in time.
        """
        is_name = 0 < len(host) <= _LONGEST_NAME and all(
            sign.isascii() and (sign.isalnum() or sign in ".-_:") for sign in host
        )
        if not is_name or not 0 < port < 65_536:
            raise OutboundRefused
        try:
            async with asyncio.timeout(timeout_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, port, type=socket.SOCK_STREAM
                )
        except (TimeoutError, OSError) as error:
            raise OutboundFailed from error
        return str(self._chosen(host, port, (str(entry[4][0]) for entry in found)))

    def _checked(self, url: str) -> tuple[SplitResult, int]:
        """Return the parts of an address and its port."""
        if len(url) > _LONGEST_URL or any(sign <= " " or sign == "\x7f" for sign in url):
            raise OutboundRefused
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise OutboundRefused from None
        host = parts.hostname
        if not host or parts.scheme not in _PORTS or "@" in parts.netloc or "\\" in url:
            raise OutboundRefused
        port = port or _PORTS[parts.scheme]
        is_allowed = f"{host}:{port}".lower() in self._allowed
        if parts.scheme == "http" and not is_allowed:
            raise OutboundRefused
        with contextlib.suppress(ValueError):
            if not is_allowed and not is_public(ip_address(host)):
                raise OutboundRefused
        return parts, port

    def _target(self, parts: SplitResult, port: int, found: Iterable[str]) -> _Target:
        """Choose the address to connect to; one that is not public spoils all.

        Raises:
            OutboundRefused: the name leads inward, wholly or in part.
        """
        name = parts.hostname or ""
        path = parts.path or "/"
        query = f"?{parts.query}" if parts.query else ""
        targets = [
            _Target(
                url=httpx.URL(f"{parts.scheme}://{literal(one)}:{port}{path}{query}"),
                host=parts.netloc,
                name=name,
            )
            for one in self._allowed_of(name, port, found)
        ]
        # Any of them will do: rather one to which a connection is open.
        return next((one for one in targets if one.place in self._ways), targets[0])

    def _way(self) -> httpx.AsyncHTTPTransport:
        """Return a way to one place; it keeps connections and nothing else, no cookie."""
        limits = httpx.Limits(
            max_connections=_PER_PLACE,
            max_keepalive_connections=_KEPT_PER_PLACE,
            keepalive_expiry=IDLE_SECONDS,
        )
        return httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits)

    def _chosen(self, name: str, port: int, found: Iterable[str]) -> Address:
        """Return the address to connect to; one that is not public spoils all."""
        return self._allowed_of(name, port, found)[0]

    def _allowed_of(self, name: str, port: int, found: Iterable[str]) -> Sequence[Address]:
        """Return the addresses that may be connected to; one that is not public spoils all."""
        addresses = [ip_address(text.partition("%")[0]) for text in found]
        is_allowed = self.may_be_plain(name, port)
        if not addresses or not (is_allowed or all(map(is_public, addresses))):
            raise OutboundRefused
        return addresses


@dataclass(slots=True)
class _Call:
    """A call, and what it met."""

    method: str
    target: _Target
    headers: Mapping[str, str]
    body: bytes | None
    timeout_seconds: float
    at_most_bytes: int
    is_new: bool = False  # it went over a connection of its own

    @property
    def may_be_said_again(self) -> bool:
        """Tell whether it failed for a kept connection alone, and twice is the same as once."""
        is_harmless = self.method.upper() in _HARMLESS_TWICE or _IDEMPOTENCY_KEY in self.headers
        return not self.is_new and is_harmless

    async def made(self, way: httpx.AsyncHTTPTransport) -> Answer:
        """Make it; return what was answered."""
        request = httpx.Request(
            self.method,
            self.target.url,
            headers=_headers(self.target, self.headers),
            content=self.body,
            extensions={
                "sni_hostname": self.target.name,
                "timeout": httpx.Timeout(self.timeout_seconds).as_dict(),
                "trace": self._note,
            },
        )
        answer = await way.handle_async_request(request)
        async with contextlib.aclosing(answer):
            return _answer(answer, await _limited(answer, self.at_most_bytes))

    async def _note(self, event: str, _details: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.is_new = True


def _headers(target: _Target, headers: Mapping[str, str]) -> dict[str, str]:
    known = {"host": target.host, "user-agent": _USER_AGENT, "accept-encoding": ACCEPTED}
    return {**headers, **known}


def _failed(error: BaseException) -> OutboundFailed:
    """Return what a failure is to callers: whether it was the certificate, and no more."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return OutboundUntrusted()
        found = found.__cause__ or found.__context__
    return OutboundFailed()


def _request(
    client: httpx.Client,
    method: str,
    target: _Target,
    headers: Mapping[str, str],
    body: bytes | None,
) -> httpx.Request:
    return client.build_request(
        method,
        target.url,
        headers=_headers(target, headers),
        content=body,
        extensions={"sni_hostname": target.name},
    )


def _body(
    json: object | None, content: bytes | None, headers: Mapping[str, str] | None
) -> tuple[bytes | None, dict[str, str]]:
    """Return the body and the headers that go with it."""
    sent = {"accept": "application/json", **{k.lower(): v for k, v in (headers or {}).items()}}
    if any(sign in value for value in sent.values() for sign in "\r\n\x00"):
        raise OutboundRefused
    if json is None:
        return content, sent
    return msgspec.json.encode(json), {"content-type": "application/json", **sent}


async def _limited(answer: httpx.Response, at_most: int) -> list[bytes]:
    """Return the parts of a body; too large a one is no answer.

    Raises:
        CannotUnpack: it is too large, damaged, or packed as nobody asked for. Never left to httpx:
            it unpacks as often as the other side says and without a limit (4 GB out of 3 kB).
    """
    unpacking = _unpacking(answer, at_most)
    parts = [unpacking.take(part) async for part in answer.aiter_raw()]
    unpacking.end()
    return parts


def _limited_sync(answer: httpx.Response, at_most: int, deadline: float) -> list[bytes]:
    """As `_limited`; too slow is no answer either."""
    unpacking, parts = _unpacking(answer, at_most), list[bytes]()
    for part in answer.iter_raw():
        if time.monotonic() > deadline:
            raise TimeoutError
        parts.append(unpacking.take(part))
    unpacking.end()
    return parts


def _unpacking(answer: httpx.Response, at_most: int) -> Unpacking:
    return Unpacking(answer.headers.get("content-encoding", ""), at_most)


def _answer(answer: httpx.Response, parts: list[bytes]) -> Answer:
    return Answer(answer.status_code, dict(answer.headers), b"".join(parts))
