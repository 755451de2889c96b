"""What both platforms share: being told of rows, and finding the one who spoils a call."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from candor.domain.connections.adapters.audience.normalising import Rule
from candor.domain.connections.adapters.audience.rows import Row
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.talk import Later, Never

_MOST_CALLS: Final = 40  # for one set of rows; a connection that is wrong has every row refused
_LONGEST_CODE: Final = 60

Problem = Later | Never | None


class Platform(Protocol):
    """A platform that has audiences."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Return what it matches people by, and how it wants each."""
        ...

    async def check(self, line: Line) -> None:
        """Find out whether it answers and lets us in, and whether the audience is there.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        ...

    async def add(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Put rows into the audience; return what is wrong with each.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        ...

    async def remove(self, line: Line, rows: Sequence[Row]) -> Sequence[Problem]:
        """Take rows out of the audience, also those that are not in it.

        Raises:
            Unreached, NotLetIn, BadConnection.
        """
        ...


async def one_by_one(
    rows: Sequence[Row], say: Callable[[Sequence[Row]], Awaitable[str | None]]
) -> list[Problem]:
    """Say rows; where somebody among them is refused, halve them until it is known who.

    `say` returns why rows are refused, None when all were taken. Saying twice is harmless.

    Raises:
        What `say` raises: of what went wrong as a whole.
    """
    found: list[Problem] = [None] * len(rows)
    waiting = deque([range(len(rows))] if rows else [])
    calls = 0
    while waiting:
        some = waiting.popleft()
        calls += 1
        why = (
            await say([rows[number] for number in some]) if calls <= _MOST_CALLS else "held_up"
        )
        if why is None:
            continue
        if len(some) > 1 and calls <= _MOST_CALLS:
            half = len(some) // 2
            waiting.extend((some[:half], some[half:]))
            continue
        for number in some:
            found[number] = Later(why) if calls > _MOST_CALLS else Never(why)
    return found


def number_of(line: Line, setting: str) -> str:
    """Return a number out of the settings, without dashes.

    Raises:
        BadConnection: it is none.
    """
    text = line.settings.get(setting, "").replace("-", "").strip()
    if not (text.isascii() and text.isdigit()):
        message = f"The setting {setting!r} is not the number that the platform shows."
        raise BadConnection(message)
    return text


def base_of(line: Line, default: str) -> str:
    """Return the address of the API, without a slash at the end."""
    return (line.settings.get("base_url") or default).rstrip("/")


def code_of(text: str) -> str:
    """Return a code of theirs as one of ours; what is no code stays unsaid."""
    is_code = text.isascii() and text.replace("_", "").isalnum() and len(text) <= _LONGEST_CODE
    return text.lower() if is_code else "refused"
