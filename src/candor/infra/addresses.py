"""Which addresses are of the open Internet, and which lead inward, in whatever disguise. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final

# Ways in which IPv6 carries an IPv4 address: what is inside must be public, too.
_CARRIERS: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
# What Python's tables call global and is not: translation inside a network (RFC 8215), addresses
# of a site (RFC 3879), of segments within a network (RFC 9602), of examples (RFC 9637).
_LOCAL: Final = tuple(
    IPv6Network(text) for text in ("64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20")
)

Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open Internet, and not one inside of it in disguise."""
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in _LOCAL):
            return False
    return address.is_global and not address.is_multicast


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries: mapped, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in carrier for carrier in _CARRIERS):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def literal(address: Address) -> str:
    """Return an address as it stands in a URL."""
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
