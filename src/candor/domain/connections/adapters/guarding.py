"""Never over a no that is news: what adapters ask before they write. Pure.

A system that writes under a condition is given the version that was agreed on. Of any other, what
it holds is read first and compared here. Between that reading and the writing somebody there may
still say no; so adapters write no choice that stands there already, which leaves that instant to
choices which change from no to yes here, and the next reading finds it.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from candor.domain.connections.model.talk import Parcel


def overrules(
    parcel: Parcel,
    held: Mapping[str, bool],
    chosen_at: Mapping[str, datetime] = MappingProxyType({}),
) -> bool:
    """Tell whether a no that we have not heard yet would be lost by writing.

    A yes would go over it. A no of ours that nobody said (a pause) would hide it: when that ends,
    it would look like ours. News is a no that was not agreed on, and one that was, but chosen
    again since we last knew.

    Args:
        parcel: what is to be written.
        held: what stands there, by their names.
        chosen_at: when each was chosen there, where they know.
    """
    return any(
        parcel.agreed.get(name) is not False or _is_younger(parcel, name, chosen_at)
        for name in _at_stake(parcel, held)
    )


def hinges_on_times(parcel: Parcel, held: Mapping[str, bool]) -> bool:
    """Tell whether only the times of choices say if a no that stands there is news."""
    return any(parcel.agreed.get(name) is False for name in _at_stake(parcel, held))


def _at_stake(parcel: Parcel, held: Mapping[str, bool]) -> list[str]:
    """Return the choices that are no there, and would be written over or hidden."""
    return [
        name
        for name, answer in parcel.choices.items()
        if held.get(name) is False and (answer or name in parcel.withheld)
    ]


def _is_younger(parcel: Parcel, name: str, chosen_at: Mapping[str, datetime]) -> bool:
    theirs, ours = chosen_at.get(name), parcel.known_until.get(name)
    return theirs is not None and (ours is None or theirs > ours)


def differing(parcel: Parcel, held: Mapping[str, bool]) -> dict[str, bool]:
    """Return the choices that do not stand there yet."""
    return {
        name: answer for name, answer in parcel.choices.items() if held.get(name) is not answer
    }
