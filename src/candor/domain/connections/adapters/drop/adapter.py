"""The adapter of encrypted files."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from candor.domain.connections.adapters.drop import words
from candor.domain.connections.adapters.drop.places.local import LocalPlace
from candor.domain.connections.adapters.drop.places.objects import ObjectPlace, base_of
from candor.domain.connections.adapters.drop.places.place import (
    REFUSED,
    TAKEN,
    Place,
    Waiting,
)
from candor.domain.connections.adapters.drop.places.server import ServerPlace
from candor.domain.connections.adapters.drop.spec import (
    ACCESS_KEY,
    BUCKET,
    CSV,
    ENDPOINT,
    FOLDER,
    FORMAT,
    HOST,
    HOST_KEY,
    INBOX,
    LINES,
    LOCAL,
    OBJECTS,
    OPENS,
    PLACE,
    PORT,
    RECIPIENTS,
    REGION,
    SECRET_KEY,
    SERVER,
    SIGNS_IN,
    SPEC,
    USER,
)
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection, BadMessage
from candor.domain.connections.model.composing import Desired
from candor.domain.connections.model.file import Read
from candor.domain.connections.model.talk import Shown
from candor.infra import age, sftp, sigv4

_ENDINGS: Final = {CSV: ".csv.age", LINES: ".jsonl.age"}
_LARGEST: Final = 1024 * 1024 * 1024  # bytes of a file for us


class Drop:
    """Makes files that only their recipients can read, and reads those that only we can."""

    spec = SPEC

    async def check(self, line: Line) -> None:
        """Find out whether the place answers and lets us in, and the recipients are some.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        if line.settings.get(FOLDER):
            recipients_of(line)
        if not line.settings.get(FOLDER) and not line.settings.get(INBOX):
            message = "Name a folder for their files, or one for ours."
            raise BadConnection(message)
        await _place(line).check()

    def make(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """Make the keys by which we open files and sign in."""
        made = {OPENS: age.new_identity, SIGNS_IN: sftp.new_identity}
        return {name: make() for name, make in made.items() if not known.get(name)}

    def shown(self, line: Line) -> Sequence[Shown]:
        """Return the public halves of our keys, for whoever sends files and runs the server."""
        found: list[Shown] = []
        if line.secrets.get(OPENS):
            text = age.public_of(line.secrets[OPENS])
            found.append(Shown("Files for us are sealed to this key (age)", "recipient", text))
        if line.settings.get(PLACE) == SERVER and line.secrets.get(SIGNS_IN):
            text = sftp.public_of(line.secrets[SIGNS_IN])
            found.append(Shown("The server lets this key in (SFTP)", "authorized_keys", text))
        return found

    # -------------------------------------------------------------- out
    def ending(self, line: Line) -> str:
        """Return how the name of a file ends.

        Raises:
            BadConnection: no file can be made: nobody could read it, or it has no place.
        """
        recipients_of(line)
        if not line.settings.get(FOLDER):
            message = "Name a folder for their files."
            raise BadConnection(message)
        return _ENDINGS[_form(line)]

    async def write(
        self, line: Line, target: Path, people: AsyncIterable[Sequence[Desired]]
    ) -> None:
        """Write people into a file of this machine, sealed to the recipients.

        Raises:
            BadConnection: there is no recipient, or one is none.
            OSError: no space is left here.
        """
        form, mapping = _form(line), line.mapping

        async def write(sealing: age.Sealing) -> None:
            await sealing.write(words.head(form, mapping))
            async for some in people:
                await sealing.write(words.rows(form, mapping, some))

        await age.seal(target, recipients_of(line), write)

    async def put(self, line: Line, name: str, source: Path) -> None:
        """Put a file at its place: whole under its name, or not at all; harmless twice.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        await _place(line).put(name, source)

    async def take_away(self, line: Line, name: str) -> None:
        """Take a file away, and make sure that it is gone; harmless twice.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        await _place(line).take_away(name)

    # -------------------------------------------------------------- in
    async def waiting(self, line: Line) -> Sequence[str]:
        """Return the names of files that lie there for us; some at a time.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        found = await _place(line).waiting() if line.settings.get(INBOX) else list[Waiting]()
        return [one.name for one in found if one.name.endswith(tuple(_ENDINGS.values()))]

    async def fetch(self, line: Line, name: str, target: Path) -> None:
        """Fetch a file for us, still sealed.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
            BadMessage: it is too large, or gone.
        """
        await _place(line).fetch(name, target, _LARGEST)

    async def check_file(self, line: Line, source: Path) -> None:
        """Read a file that was fetched to its end, before anything of it is believed.

        Raises:
            BadMessage: it is not for us, or was damaged or tampered with.
        """
        try:
            await age.check(source, line.secrets.get(OPENS, ""))
        except age.Unreadable:
            raise BadMessage from None

    async def read(self, line: Line, name: str, source: Path) -> AsyncGenerator[Read]:
        """Yield what the rows of a file say that was checked.

        Raises:
            BadMessage: it is no such file.
        """
        form = LINES if name.endswith(_ENDINGS[LINES]) else CSV
        content = age.opened(source, line.secrets.get(OPENS, ""))
        try:
            async for one in words.read(form, line.mapping, content):
                yield one
        except age.Unreadable:
            raise BadMessage from None
        finally:
            await content.aclose()

    async def set_aside(self, line: Line, name: str, *, is_taken: bool) -> None:
        """Move a file for us into the folder of those that were taken, or were refused.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        await _place(line).set_aside(name, TAKEN if is_taken else REFUSED)


def recipients_of(line: Line) -> tuple[str, ...]:
    """Return who can read the files of a connection.

    Raises:
        BadConnection: nobody, or one of them is none.
    """
    try:
        found = age.recipients_of(line.settings.get(RECIPIENTS, ""))
    except age.NotARecipient:
        message = "A recipient is no public key of age: age1… and 58 more letters and digits."
        raise BadConnection(message) from None
    if not found:
        message = "Say who can read the files: public keys of age."
        raise BadConnection(message)
    return found


def _form(line: Line) -> str:
    return LINES if line.settings.get(FORMAT) == LINES else CSV


def _place(line: Line) -> Place:
    """Return where the files of a connection lie.

    Raises:
        BadConnection, OutboundRefused: its settings make no sense.
    """
    settings = line.settings
    folder, inbox = (settings.get(name, "").rstrip("/") for name in (FOLDER, INBOX))
    match settings.get(PLACE):
        case place if place == LOCAL:
            outbound = line.outbound
            return LocalPlace(
                outbound.folder(folder) if folder else None,
                outbound.folder(inbox) if inbox else None,
            )
        case place if place == SERVER:
            return ServerPlace(
                line.outbound,
                settings.get(HOST, ""),
                int(settings.get(PORT) or 22),
                settings.get(USER, ""),
                settings.get(HOST_KEY, ""),
                line.secrets.get(SIGNS_IN, ""),
                folder,
                inbox,
            )
        case place if place == OBJECTS:
            key = sigv4.Key(
                settings.get(ACCESS_KEY, ""),
                line.secrets.get(SECRET_KEY, ""),
                settings.get(REGION) or "us-east-1",
            )
            base = base_of(settings.get(ENDPOINT, ""), settings.get(BUCKET, ""))
            return ObjectPlace(line, base, key, folder.lstrip("/"), inbox.lstrip("/"))
        case _:
            message = "Say at which kind of place files lie."
            raise BadConnection(message)
