"""What a person is told, shown before it is sent; and what a colleague is told who came late."""

from typing import Final

from candor.domain.rights.model.request import Ground, Request
from candor.infra.web.reading import Reader, reading, say, show_datetime
from candor.kernel.errors import Refused
from candor.surface.console.requests.views import EventStep, Preview
from candor.surface.plain import entitled, language

CLOSED: Final = "This request is answered. Below is how, and by whom."


def preview(request: Request, ground: Ground | None, words: str, reader: Reader) -> Preview:
    """Return what the person will be told, in their language, with our own words below."""
    theirs = Reader(reader.now, language.locale_of(request.locale), reader.zone)
    with reading(theirs):
        subject = say(entitled.asked_for(request.kind))
        paragraphs = [] if ground is None else [entitled.ground(ground)]
    own = [part.strip() for part in words.splitlines() if part.strip()]
    return Preview(theirs.language_tag, subject, (*paragraphs, *own))


def too_late(refused: Refused, last: EventStep | None) -> str:
    """Return why nothing was done, and what happened meanwhile; call it inside `reading`."""
    said = f"{refused.message} {refused.hint}".strip()
    if last is None:
        return said
    by = f" ({last.text})" if last.text else ""
    return f"{said} Last of all: {last.title}{by}, {show_datetime(last.at)}."
