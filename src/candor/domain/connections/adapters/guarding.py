"""Never a yes over a no that is news: what adapters ask before they write. Pure.

A system that writes under a condition is given the version that was agreed on. Of any other, what
it holds is read first and compared here. Between that reading and the writing somebody there may
still say no; so adapters write no choice that stands there already, which leaves that instant to
choices which change from no to yes here, and the next reading finds it.
"""

from collections.abc import Mapping

from candor.domain.connections.model.talk import Parcel


def overrules(parcel: Parcel, held: Mapping[str, bool]) -> bool:
    """Tell whether a yes would go over a no that was not agreed on; `held` by their names."""
    return any(
        answer and held.get(name) is False and parcel.agreed.get(name) is not False
        for name, answer in parcel.choices.items()
    )


def differing(parcel: Parcel, held: Mapping[str, bool]) -> dict[str, bool]:
    """Return the choices that do not stand there yet."""
    return {
        name: answer for name, answer in parcel.choices.items() if held.get(name) is not answer
    }
