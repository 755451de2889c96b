"""Records, mixes and dice of GDPRbench."""

import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import accumulate
from typing import Final, Protocol

PURPOSES: Final = 25
KINDS: Final = 10  # values of TTL, CAT, SRC and the like
DATA_BYTES: Final = 100
_USERS: Final = 10_000
_ZIPF: Final = 0.99
_SIGNS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# TTL in seconds, as in GDPRbench, and as the catalogue can say it: in days, at least one.
TTLS: Final = (30, *(10_000 + 2_000 * n for n in range(8)), 1_000_000)


class Deed(StrEnum):
    """What a client asks for."""

    READ_KEY = "read by key"
    READ_PUR = "read by purpose"
    READ_USR = "read by user"
    META_PUR = "read metadata by purpose"
    META_USR = "read metadata by user"
    UPDATE_KEY = "update by key"
    MARK_PUR = "update metadata by purpose"
    MARK_USR = "update metadata by user"
    DELETE_KEY = "delete by key"
    INSERT = "insert"
    LOGS = "logs"
    VERIFY = "verify deletion"


Mix = Mapping[Deed, float]
_D = Deed
_REGULATOR: Final[Mix] = {_D.META_USR: 0.46, _D.LOGS: 0.31, _D.VERIFY: 0.23}
_CONTROLLER: Final[Mix] = {
    _D.MARK_PUR: 0.25, _D.MARK_USR: 0.25, _D.DELETE_KEY: 0.25, _D.INSERT: 0.25,
}  # fmt: skip
MIXES: Final[Mapping[str, Mapping[str, Mix]]] = {
    "A": {
        "controller": _CONTROLLER,
        "customer": {
            _D.READ_KEY: 0.2, _D.READ_PUR: 0.1, _D.READ_USR: 0.1, _D.UPDATE_KEY: 0.2,
            _D.MARK_PUR: 0.1, _D.MARK_USR: 0.1, _D.DELETE_KEY: 0.2,
        },
        "processor": {_D.READ_KEY: 0.2, _D.READ_PUR: 0.4, _D.READ_USR: 0.4},
        "regulator": _REGULATOR,
    },
    "B": {
        "controller": {_D.MARK_PUR: 0.5, _D.DELETE_KEY: 0.25, _D.INSERT: 0.25},
        "customer": {
            _D.READ_KEY: 0.2, _D.META_PUR: 0.2, _D.UPDATE_KEY: 0.2, _D.MARK_PUR: 0.2,
            _D.DELETE_KEY: 0.2,
        },
        "processor": {_D.READ_KEY: 0.2, _D.META_PUR: 0.8},
        "regulator": _REGULATOR,
    },
    "C": {
        "controller": _CONTROLLER,
        "customer": {
            _D.READ_KEY: 0.2, _D.READ_USR: 0.2, _D.UPDATE_KEY: 0.4, _D.DELETE_KEY: 0.2,
        },
        "processor": {_D.READ_KEY: 0.8, _D.READ_PUR: 0.1, _D.READ_USR: 0.1},
        "regulator": _REGULATOR,
    },
}  # fmt: skip
_ZIPFIAN: Final = {"A": {"customer", "regulator"}, "B": {"customer", "regulator"}}
_ZIPFIAN_C: Final = {"customer", "regulator", "processor"}


@dataclass(frozen=True, slots=True)
class Record:
    """One record: everything but Data and DEC follows from its number and how many users are."""

    number: int
    users: int
    data_bytes: int = DATA_BYTES

    @property
    def user(self) -> int:
        """Return USR."""
        return self.number % self.users

    @property
    def purpose(self) -> int:
        """Return PUR."""
        return self.number % PURPOSES

    @property
    def decisions(self) -> int:
        """Return DEC as it is in the beginning."""
        return self.number % 2

    @property
    def kind(self) -> int:
        """Return what ACL, SHR, SRC, CAT and TTL are made of."""
        return self.number % KINDS

    @property
    def code(self) -> str:
        """Return the attribute that it is an answer to."""
        return f"record_{self.kind}_{self.number // self.users}"

    def data(self, edition: int = 0) -> str:
        """Return Data, of an edition."""
        dice = random.Random(self.number * 1_000 + edition)
        return "".join(dice.choices(_SIGNS, k=self.data_bytes))


@dataclass(frozen=True, slots=True)
class Size:
    """How many records there are, and operations in a run."""

    records: int
    operations: int
    data_bytes: int = DATA_BYTES

    def record(self, number: int) -> Record:
        """Return a record by its number."""
        return Record(number, self.users, self.data_bytes)

    @property
    def users(self) -> int:
        """Return how many people they are about."""
        return min(self.records, _USERS)


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation: the record that names purpose and user, and what is written."""

    deed: Deed
    record: Record
    edition: int = 0


Answer = list[str] | list[tuple[int, int]] | int | bool | None


class Store(Protocol):
    """What can be asked of a store. Answers are sorted; see `model.Model`."""

    async def do(self, asked: Asked) -> Answer:
        """Carry an operation out in a transaction of its own, and return what is answered."""
        ...


def history(
    profile: str, role: str, size: Size, seed: int, *, first_new: int | None = None
) -> list[Asked]:
    """Return the operations of a run. Inserted records have new numbers, from `first_new` on."""
    dice = random.Random(f"{profile} {role} {seed}")
    mix = MIXES[profile][role]
    zipfian = role in (_ZIPFIAN_C if profile == "C" else _ZIPFIAN[profile])
    deeds = dice.choices(list(mix), list(mix.values()), k=size.operations)
    new = size.records if first_new is None else first_new
    asked: list[Asked] = []
    for edition, deed in enumerate(deeds, seed * size.operations + 1):
        number = _zipf(dice, size.records) if zipfian else dice.randrange(size.records)
        if deed is Deed.INSERT:
            number, new = new, new + 1
        asked.append(Asked(deed, size.record(number), edition))
    return asked


@cache
def _weights(records: int) -> list[float]:
    return list(accumulate(1 / rank**_ZIPF for rank in range(1, records + 1)))


def _zipf(dice: random.Random, records: int) -> int:
    """Return a number that few have often; which few is scrambled (FNV-1a, as in YCSB)."""
    weights = _weights(records)
    rank = bisect(weights, dice.random() * weights[-1])
    scrambled = 0xCBF29CE484222325
    for byte in rank.to_bytes(8, "little"):
        scrambled = ((scrambled ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return scrambled % records
