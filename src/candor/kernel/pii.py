"""Personal data has a type.

A `Pii[T]` holds a plaintext and gives it away only to code that asks by name: `.reveal()`,
which a lint rule allows only in listed modules. It is masked wherever Python would turn it into
text (`str`, `repr`, f-strings, logging, dataclass repr) and refuses to be pickled, copied into
JSON or joined to a string. It is deliberately not a `str`: a subclass would leak through every
library.
"""

from collections.abc import Callable
from typing import Final, Generic, NoReturn, TypeVar

from typing_extensions import override

T = TypeVar("T")
U = TypeVar("U")

MASK: Final = "•••"


class Pii(Generic[T]):
    """A personal value that shows itself only when asked to."""

    __slots__ = ("_plain",)

    def __init__(self, plain: T) -> None:
        """Wrap a plaintext."""
        self._plain = plain

    def reveal(self) -> T:
        """Return the plaintext. Allowed only in the modules that the lint rule lists."""
        return self._plain

    def map(self, change: Callable[[T], U]) -> "Pii[U]":
        """Return the changed value, still wrapped."""
        return Pii(change(self._plain))

    @override
    def __str__(self) -> str:
        return MASK

    @override
    def __repr__(self) -> str:
        return f"Pii({MASK})"

    @override
    def __format__(self, format_spec: str) -> str:
        return MASK

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pii) and self._plain == other._plain  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - the other's T is unknown by nature

    @override
    def __hash__(self) -> int:
        return hash((Pii, self._plain))

    @override
    def __reduce__(self) -> NoReturn:
        """Refuse: a pickle is a copy that nobody watches."""
        msg = "personal data cannot be pickled"
        raise TypeError(msg)
