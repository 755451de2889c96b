"""What can be refused about profiles."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Unavailable


class NoSuchProfile(Refused):
    """Nobody is known by this."""

    code: ClassVar[str] = "profiles.none"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Check the spelling; only exact identifiers find a profile."


class NoSuchMerge(Refused):
    """There is no such merge, or it was undone already."""

    code: ClassVar[str] = "profiles.no_such_merge"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NoSuchReview(Refused):
    """There is no such question, or it was settled already."""

    code: ClassVar[str] = "profiles.no_such_review"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NotAnIdentifier(Refused):
    """This is not a well-formed identifier of that kind."""

    code: ClassVar[str] = "profiles.not_an_identifier"
    default_hint: ClassVar[str] = "Phone numbers need their country code: +49 …"


class NotCorrectable(Refused):
    """This cannot be changed here."""

    code: ClassVar[str] = "profiles.not_correctable"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Write to us, and a person will look at it."


class NotRemovable(Refused):
    """We may not do without this: it is needed for more than what you allow."""

    code: ClassVar[str] = "profiles.not_removable"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "If it is wrong, put it right; if you are leaving us, write to us."
    )


class WrongAnswer(Refused):
    """This is not what the catalogue says that this fact may be."""

    code: ClassVar[str] = "profiles.wrong_answer"
    default_hint: ClassVar[str] = "Look at what the field asks for, and try again."


class ErasedMeanwhile(Unavailable):
    """Somebody in it was erased at this moment."""

    code: ClassVar[str] = "profiles.erased_meanwhile"
    default_hint: ClassVar[str] = "Send it again: it is judged anew."


class Buried(Refused):
    """Whoever this names was erased, and has not come back."""

    code: ClassVar[str] = "profiles.buried"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "They can come back themselves, on the sign-in page; or somebody lifts it with a ground."
    )
