"""Where a request comes from: the address to throttle by, the network, the kind of browser.

An address is never kept: limits, sessions and alerts hold a keyed hash of it. Behind proxies of
ours the address is the one that the outermost of them saw: as many entries from the right of
`X-Forwarded-For` as there are trusted proxies; what stands to the left is a client's claim.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_HASH_BYTES: Final = 16
_UNKNOWN: Final = "unknown"
_V4_BITS: Final = 8  # the network of an address: /24 and /48
_V6_HOST_BITS: Final = 64  # one household or machine has a whole /64
_V6_BITS: Final = 80
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"),
    ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST_AGENT: Final = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the network tells: an address (IPv6: its /64) and its network."""

    address: str
    network: str
    device: str

    def mark(self, key: bytes) -> bytes:
        """Return the keyed hash by which the network is recognised and never known."""
        return hmac.digest(key, self.network.encode(), "sha256")[:_HASH_BYTES]


def caller_of(
    headers: Iterable[tuple[bytes, bytes]], client: tuple[str, int] | None, trusted_proxies: int
) -> Caller:
    """Return where a request comes from, of raw ASGI headers (names in lower case)."""
    agent = b""
    forwarded: list[str] = []
    for name, value in headers:
        if name == b"x-forwarded-for":
            forwarded += [part.strip() for part in value.decode("latin-1").split(",")]
        elif name == b"user-agent":
            agent = value[:_LONGEST_AGENT]
    text = client[0] if client else ""
    if trusted_proxies:
        # Fewer entries than proxies: somebody walked round one. What we see is all we know.
        text = forwarded[-trusted_proxies] if len(forwarded) >= trusted_proxies else text
    return Caller(*_shortened(text), device_of(agent.decode("latin-1")))


def device_of(agent: str) -> str:
    """Return the kind of browser and system, and nothing finer, of a user agent."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " on ".join(part for part in (browser, system) if part)


def _shortened(text: str) -> tuple[str, str]:
    """Return the address to throttle by and its network."""
    match = re.fullmatch(r"\[?([0-9A-Fa-f.:]+?)\]?(?::\d{1,5})?", text)
    try:
        found = ip_address(text)
    except ValueError:
        try:
            found = ip_address(match.group(1)) if match else None
        except ValueError:
            found = None
    if found is None:
        return _UNKNOWN, _UNKNOWN
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv4Address):
        return str(found), f"{IPv4Address(int(found) >> _V4_BITS << _V4_BITS)}/24"
    host = IPv6Address(int(found) >> _V6_HOST_BITS << _V6_HOST_BITS)
    return f"{host}/64", f"{IPv6Address(int(found) >> _V6_BITS << _V6_BITS)}/48"
