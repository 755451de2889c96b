"""listmonk, as its documentation and its queries have it (read 2026-11-22).

It is the platform of the demo, served with faults, and with a clock that can be set.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime

from typing_extensions import override

from candor.demo.mailroom import Mailroom
from candor.domain.connections.model.talk import Value
from candor.kernel.clock import FixedClock
from tests.counterparts.contract import NOON, Held
from tests.counterparts.serving import Answered, Asked, HttpCounterpart

TOKEN = "a-token-of-listmonk"
LIST = "list:1"


class Ticking(FixedClock):
    """A clock that goes on by a millisecond whenever somebody looks."""

    @override
    def now(self) -> datetime:
        self.advance(timedelta(milliseconds=1))
        return super().now()


class Listmonk(HttpCounterpart):
    """The server."""

    def __init__(self, *, has_patch: bool = True) -> None:
        """Begin with two lists and nobody."""
        super().__init__()
        self.clock = Ticking(NOON)
        lists = ((1, "News", "single"), (2, "Offers", "double"))
        self.room = Mailroom(self.clock, TOKEN, lists=lists, has_patch=has_patch)

    @override
    async def answer(self, asked: Asked) -> Answered:
        said = self.room.answer(asked.method, asked.target, asked.headers, asked.body)
        date = format_datetime(self.clock.now(), usegmt=True)
        return Answered(said.status, said.content, {"date": date})

    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        held: dict[str, Held] = {}
        for line in self.room.lines():
            row = self.room.answer(
                "GET", f"/api/subscribers/{line.number}", {"authorization": _PROOF}, b""
            ).content["data"]
            attribs = {f"attribs.{name}": value for name, value in row["attribs"].items()}
            on = {f"list:{number}": status == "confirmed" for number, _, status in line.lists}
            held[str(line.number)] = Held({"name": line.name, **attribs}, on)
        return held

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody who works there change a person, or the person themselves."""
        if at is not None:
            self.clock.at = at
        number = int(remote_id)
        attribs = {
            name.removeprefix("attribs."): value
            for name, value in (facts or {}).items()
            if name.startswith("attribs.")
        }
        if facts:
            name = facts.get("name")
            self.room.write(number, name=None if name is None else str(name), attribs=attribs)
        for name, answer in (choices or {}).items():
            act = self.room.subscribe if answer else self.room.unsubscribe
            act(number, int(name.removeprefix("list:")))


_PROOF = f"token candor:{TOKEN}"
