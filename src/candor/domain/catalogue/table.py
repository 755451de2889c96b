"""One TOML table, read key by key, with everything noted that is not as it should be."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, Protocol, TypeVar, cast, overload

from candor.domain.catalogue.lines import Keys

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

# What people write when they mean one of our keys, where the letters alone do not tell.
_MEANT: Final[Mapping[str, str]] = {
    "alias": "accepts",
    "aliases": "accepts",
    "description": "plain",
    "enum": "values",
    "label": "title",
    "legal_basis": "basis",
    "name": "title",
    "options": "values",
    "pii": "is_personal",
    "ttl": "retention",
    "vendors": "recipients",
}
_CLOSE_ENOUGH: Final = 0.55  # difflib's ratio, 0 to 1
_LONGEST_LIST: Final = 12  # possible values that a message still names one by one


class Note(Protocol):
    """Takes a problem at a key."""

    def __call__(self, keys: Keys, message: str, *, is_warning: bool = False) -> None:
        """Note a problem."""
        ...


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return "; did you mean `basis`?", or the possible words when they are few."""
    names = sorted(known)
    meant = _MEANT.get(wrong.lower(), "")
    close = [meant] if meant in names else _closest(wrong, names)
    if close:
        return f"; did you mean `{close[0]}`?"
    if names and len(names) <= _LONGEST_LIST:
        return f"; write one of {', '.join(names)}"
    return ""


def _closest(wrong: str, names: list[str]) -> list[str]:
    """Return the nearest name; one that is hidden inside the wrong one counts as near."""
    inside = [
        n for n in names if len(n) > 3 and (n in wrong or (len(wrong) > 3 and wrong in n))
    ]
    return difflib.get_close_matches(wrong, names, 1, _CLOSE_ENOUGH) or inside


def is_bare(key: str) -> bool:
    """Tell whether a key needs no quotes in TOML."""
    return key.replace("_", "").replace("-", "").isalnum() and key.isascii()


def shown(keys: Keys) -> str:
    """Return a path as it is written in TOML: `event."Order Completed".amount`."""
    return ".".join(key if is_bare(key) else f'"{key}"' for key in keys)


class Table:
    """A table being read. Every key that is asked for is known; `done` reports the others."""

    def __init__(self, keys: Keys, content: object, note: Note) -> None:
        """Take the content of a table; note when it is something else."""
        self.keys = keys
        self._note = note
        self._known: set[str] = set()
        self._content: Mapping[str, object] = {}
        if isinstance(content, Mapping):
            self._content = cast("Mapping[str, object]", content)
        else:
            note(keys, f"{shown(keys)} is a table: write [{shown(keys)}] and its keys under it")
        self._is_table = isinstance(content, Mapping)

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        """Return a text without blanks around it; note when it is needed and missing."""
        value = self._take(key)
        if value is None or value == "":
            if needed:
                self._miss(key)
            return default
        if not isinstance(value, str):
            return self._wrong(key, 'a text in "quotes"', value, default)
        return " ".join(value.split())

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, list):
            return self._wrong(key, 'a list such as ["one", "two"]', value, default)
        words = cast("list[object]", value)
        if any(not isinstance(word, str) for word in words):
            return self._wrong(key, 'a list of texts in "quotes"', words, default)
        found = tuple(cast("list[str]", words))
        for word in {word for word in found if found.count(word) > 1}:
            self._note((*self.keys, key), f"{self._in(key)} names `{word}` twice; keep one")
        return found

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self._take(key)
        if value is None:
            return default
        return (
            value
            if isinstance(value, bool)
            else self._wrong(key, "true or false", value, default)
        )

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            return self._wrong(key, "a whole number", value, default)
        return value

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        value = self._take(key)
        if value is None:
            return ()
        wanted = "a list of whole numbers such as [1, 2]"
        if not isinstance(value, list):
            return self._wrong(key, wanted, value, ())
        numbers = cast("list[object]", value)
        if any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
            return self._wrong(key, wanted, numbers, ())
        found = tuple(cast("list[int]", numbers))
        for number in {number for number in found if found.count(number) > 1}:
            self._note((*self.keys, key), f"{self._in(key)} names {number} twice; keep one")
        return found

    @overload
    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice: ...
    @overload
    def choice(self, key: str, kind: type[Choice], default: Choice | None) -> Choice | None: ...
    def choice(self, key: str, kind: type[Choice], default: Choice | None) -> Choice | None:
        """Return one of a set of words; note another word with the nearest that is meant."""
        value = self._take(key)
        if value is None:
            return default
        words = {member.value: member for member in kind}
        if isinstance(value, str) and value in words:
            return words[value]
        if isinstance(value, str):
            message = f"{self._in(key)} cannot be `{value}`{did_you_mean(value, words)}"
            self._note((*self.keys, key), message)
            return default
        return self._wrong(key, f"one of {', '.join(words)}", value, default)

    def has_table(self, key: str) -> bool:
        """Tell whether a key holds a table."""
        return isinstance(self._content.get(key), Mapping)

    def table(self, key: str) -> "Table":
        """Return the table at a key; an empty one when there is none."""
        return Table((*self.keys, key), self._take(key) or {}, self._note)

    def tables(self, key: str, leaves: tuple[str, ...]) -> Iterator[tuple[str, "Table"]]:
        """Yield the named tables inside a table.

        `leaves` are keys that belong one level deeper: who writes them here forgot the name.
        """
        value = self._take(key)
        if value is None:
            return
        outer = Table((*self.keys, key), value, self._note)
        for name, content in outer._content.items():
            if name in leaves and not isinstance(content, Mapping):
                place = shown(outer.keys)
                message = f"`{name}` stands one level too high; write it under [{place}.en]"
                self._note((*outer.keys, name), message)
            else:
                yield name, Table((*outer.keys, name), cast("object", content), self._note)

    def done(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._content.keys() - self._known:
            hint = did_you_mean(key, self._known)
            self._note((*self.keys, key), f"unknown key `{key}` in {shown(self.keys)}{hint}")

    def _take(self, key: str) -> object:
        self._known.add(key)
        return self._content.get(key)

    def _in(self, key: str) -> str:
        return f"`{key}` in {shown(self.keys)}"

    def _miss(self, key: str) -> None:
        if self._is_table:
            self._note((*self.keys, key), f"{shown(self.keys)} needs `{key}`")

    def _wrong(self, key: str, wanted: str, value: object, default: Value) -> Value:
        self._note((*self.keys, key), f"{self._in(key)} must be {wanted}, not {_kind(value)}")
        return default


def _kind(value: object) -> str:
    """Return a word for the type of a TOML value."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{value[:40]}"'
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return "a date or time"
