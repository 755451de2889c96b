"""Looking at every state of a small world, shortest way first.

A world is a first state and a function that gives everything that can happen next. All that can be
reached is looked at, breadth first, so the story of what breaks is as short as any. Besides: from
every state an end must still be within reach. That is what "nothing is lost" means when whatever
can happen again and again does happen at last.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from typing_extensions import override

State = TypeVar("State", bound=Hashable)

Next = Callable[[State], Iterator[tuple[str, State]]]
Wrong = Callable[[State], str | None]  # what is wrong with a state; None: nothing
IsOver = Callable[[State], bool]


@dataclass(frozen=True)
class Broken:
    """What went wrong, and the shortest story that leads there."""

    what: str
    story: tuple[str, ...]

    @override
    def __str__(self) -> str:
        """Return it as lines to read."""
        steps = "\n".join(f"  {number}. {one}" for number, one in enumerate(self.story, 1))
        return f"{self.what}\n{steps}"


@dataclass
class Explored(Generic[State]):
    """All states, how each was first come to, and from where each can be come to."""

    states: dict[State, tuple[State, str] | None] = field(default_factory=dict)
    before: dict[State, list[State]] = field(default_factory=dict)
    broken: Broken | None = None

    def story(self, state: State) -> tuple[str, ...]:
        """Return what happened on the shortest way to a state."""
        told: list[str] = []
        came = self.states[state]
        while came is not None:
            told.append(came[1])
            came = self.states[came[0]]
        return tuple(reversed(told))


def explore(
    first: State, following: Next[State], wrong: Wrong[State], is_over: IsOver[State], most: int
) -> Explored[State]:
    """Look at every state; stop at the first that is wrong, or from which no end is in reach.

    Raises:
        RuntimeError: there are more states than `most`.
    """
    found: Explored[State] = Explored({first: None})
    waiting = deque([first])
    while waiting:
        state = waiting.popleft()
        what = wrong(state)
        if what is not None:
            found.broken = Broken(what, found.story(state))
            return found
        for label, after in following(state):
            found.before.setdefault(after, []).append(state)
            if after not in found.states:
                found.states[after] = (state, label)
                waiting.append(after)
        if len(found.states) > most:
            message = f"more than {most} states"
            raise RuntimeError(message)
    stuck = _first_without_end(found, is_over)
    if stuck is not None:
        found.broken = Broken("from here no end is in reach", found.story(stuck))
    return found


def _first_without_end(found: Explored[State], is_over: IsOver[State]) -> State | None:
    """Walk backwards from all ends; return the first state that was not met."""
    met = {state for state in found.states if is_over(state)}
    waiting = deque(met)
    while waiting:
        for state in found.before.get(waiting.popleft(), ()):
            if state not in met:
                met.add(state)
                waiting.append(state)
    return next((state for state in found.states if state not in met), None)
