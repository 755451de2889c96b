"""Which push services are asked: customers bring their addresses, so public ones alone.

What the operator allowed in CANDOR_OUTBOUND_HOSTS (a mail server of the house, another system) was
allowed for connections that staff set up. A browser that named such a host would have us call the
inside of our own network; so those are push services only where the connection names them.
"""

from collections.abc import Mapping

from candor.domain.connections.model.talk import Setting
from candor.infra.http import Outbound

OWN: Setting = Setting(
    "own_services",
    "Push services in your own network",
    "host:port, separated by spaces; each must stand in CANDOR_OUTBOUND_HOSTS, too. Empty: public "
    "ones alone.",
    is_required=False,
)


def check(outbound: Outbound, settings: Mapping[str, str], endpoint: str) -> None:
    """Look at the address that a browser gave.

    Raises:
        OutboundRefused: it could never be called, or is not one for push messages.
    """
    named = settings.get(OWN.name, "").lower().split()
    outbound.check_of_others(endpoint, named=named)
