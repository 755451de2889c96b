"""Why a form of the pages on which people steer was not taken. Nothing changed in each case."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class NoSuchPurpose(Refused):
    """We have nothing of this name to allow."""

    code: ClassVar[str] = "portal.no_such_purpose"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Go back to What you allow and choose there."


class NothingToChoose(Refused):
    """There is nothing to choose here: a contract or a law decides it."""

    code: ClassVar[str] = "portal.nothing_to_choose"
    default_hint: ClassVar[str] = "Go back to What you allow: it says which law it is."


class NotAnAnswer(Refused):
    """This is none of the answers that the page offers."""

    code: ClassVar[str] = "portal.not_an_answer"
    default_hint: ClassVar[str] = "Go back, load the page again, and press one of its buttons."


class NoSuchTopic(Refused):
    """We do not write about this, or not on this way."""

    code: ClassVar[str] = "portal.no_such_topic"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Go back to How we write to you and choose there."


class NotABrowser(Refused):
    """What this browser said about itself is nothing that we can send messages to."""

    code: ClassVar[str] = "portal.not_a_browser"
    default_hint: ClassVar[str] = (
        "Go back, load the page again, and press its button once more."
    )


class NoBrowserMessages(Refused):
    """Just now we send nothing to browsers."""

    code: ClassVar[str] = "portal.no_browser_messages"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Go back to Messages in this browser: it says how it stands."


class NotADay(Refused):
    """This is no day in the next two years."""

    code: ClassVar[str] = "portal.not_a_day"
    default_hint: ClassVar[str] = (
        "Go back and name the day after which messages may come again."
    )


class NotAnHour(Refused):
    """These are no hours of a day."""

    code: ClassVar[str] = "portal.not_an_hour"
    default_hint: ClassVar[str] = "Go back and choose two different full hours."
