"""What the driver raises, for the few who must tell one failure from another.

Everything else learns of a broken rule by the name of its constraint (`pool.constraint_of`).
"""

from psycopg import DataError, IntegrityError
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

__all__ = [
    "DataError",
    "DeadlockDetected",
    "IntegrityError",
    "SerializationFailure",
    "UniqueViolation",
]
