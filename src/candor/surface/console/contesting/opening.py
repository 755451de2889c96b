"""What a contested decision rests on, opened for whoever reviews it."""

from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.automated import Told
from candor.surface.console import words
from candor.surface.console.views import Pair


def inputs_of(told: Told, in_force: InForce) -> tuple[Pair, ...]:
    """Return what a machine looked at, by its title, as it was at the time."""
    return tuple(
        Pair(_title(name, in_force), _value(value.reveal()))
        for name, value in sorted(told.inputs.items())
    )


def _title(name: str, in_force: InForce) -> str:
    if name in in_force.attributes:
        return in_force.attributes[name].title
    return words.plain(name).capitalize()


def _value(value: object) -> str:
    return "yes" if value is True else "no" if value is False else str(value)
