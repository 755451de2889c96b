"""All operations of the API, in the order of the reference."""

from typing import Final

from candor.surface.api.v1 import (
    automated,
    catalogue,
    choosing,
    connecting,
    deciding,
    guarding,
    people,
    preferring,
    proving,
    requesting,
    signalling,
)
from candor.surface.api.v1.operation import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *deciding.OPERATIONS,
    *catalogue.OPERATIONS,
    *people.OPERATIONS,
    *choosing.OPERATIONS,
    *guarding.OPERATIONS,
    *preferring.OPERATIONS,
    *signalling.OPERATIONS,
    *automated.OPERATIONS,
    *requesting.OPERATIONS,
    *connecting.OPERATIONS,
    *proving.OPERATIONS,
)
