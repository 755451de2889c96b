"""What the catalogue says about what a connection maps."""

from candor.domain.catalogue.model import InForce
from candor.domain.connections.model.connection import Connection, What


def declared_of(connection: Connection, in_force: InForce) -> dict[str, frozenset[str]]:
    """Return for which purposes each mapped fact and identifier may be used, as `wanted` takes it.

    What is not declared any more is missing: it goes nowhere.
    """
    found: dict[str, frozenset[str]] = {}
    for one in connection.mapping:
        if one.what is What.ATTRIBUTE and one.name in in_force.attributes:
            purposes = in_force.attributes[one.name].purposes
        elif one.what is What.IDENTIFIER and one.name in in_force.identifiers:
            purposes = in_force.identifiers[one.name].purposes
        else:
            continue
        found[f"{one.what}:{one.name}"] = frozenset(purposes)
    return found


def topics_of(connection: Connection) -> list[str]:
    """Return the topics that a connection is told about, as "topic/channel"."""
    return [one.name for one in connection.mapping if one.what is What.TOPIC and one.is_out]
