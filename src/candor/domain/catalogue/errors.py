"""What can go wrong with a catalogue, each with what to do next."""

from dataclasses import dataclass

from typing_extensions import override

from candor.kernel.errors import Kind, Refused


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to put right in the files of a catalogue. Lines count from 1; 0 is unknown."""

    file: str
    line: int
    message: str
    is_warning: bool = False

    @override
    def __str__(self) -> str:
        """Return the place and the message, as a person reads them."""
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class CatalogueError(Refused):
    """The catalogue cannot be used like this."""

    code = "catalogue.error"


class Invalid(CatalogueError):
    """The catalogue has mistakes. Nothing was changed."""

    code = "catalogue.invalid"
    default_hint = "Put the named lines right and run: candor catalogue plan FOLDER"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Take all problems; those that are only warnings are listed as well."""
        self.problems = tuple(sorted(problems))
        wrong = [str(p) for p in self.problems if not p.is_warning]
        super().__init__("\n".join(wrong) or None)


class NoCatalogue(CatalogueError):
    """No catalogue is in force, so nothing may be taken in."""

    code = "catalogue.none"
    kind = Kind.CONFLICT
    default_hint = "Declare your data first: candor catalogue apply FOLDER"


class NoSuchVersion(CatalogueError):
    """There is no version of the catalogue with this number."""

    code = "catalogue.no_such_version"
    kind = Kind.NOT_FOUND
    default_hint = "See all versions with: candor catalogue versions"


class PurposesUsedUp(CatalogueError):
    """All 63 places for purposes are taken, counting those of purposes that were removed."""

    code = "catalogue.purposes_used_up"
    kind = Kind.LIMITED
    default_hint = "Give an existing purpose new words instead of a new name."


class ChannelsUsedUp(CatalogueError):
    """All 31 places for channels are taken, counting those of channels that were removed."""

    code = "catalogue.channels_used_up"
    kind = Kind.LIMITED
    default_hint = "Give an existing channel new words instead of a new name."


class TopicsUsedUp(CatalogueError):
    """All 63 places for topics are taken, counting those of topics that were removed."""

    code = "catalogue.topics_used_up"
    kind = Kind.LIMITED
    default_hint = "Give an existing topic new words instead of a new name."


class NumbersUsedUp(CatalogueError):
    """More names were declared over time than there are numbers for them."""

    code = "catalogue.numbers_used_up"
    kind = Kind.LIMITED
    default_hint = "Names are kept for good; declare fewer new ones."
