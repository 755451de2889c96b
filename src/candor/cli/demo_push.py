"""The demo's way to browsers: push messages for customers who allow them on their own page.

The key pair is made here; push services are those of the browsers, so it works where they can be
reached, and on this machine without TLS (`http://localhost`).
"""

from importlib.resources import files
from typing import Final

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.cli.place import Place, services
from candor.domain.audit.model import Actor
from candor.domain.connections.model import document as documents
from candor.domain.connections.model.connection import State
from candor.domain.connections.service import applying, steering

_ACTOR: Final = Actor.machine("demo")
_DOCUMENT: Final = "browsers.toml"


async def connect(place: Place) -> None:
    """Offer push messages, in an installation that runs."""
    async with services(place) as candor:
        await offer(candor)


async def offer(candor: Candor) -> None:
    """Bring the connection to what its file says, and start it the first time."""
    text = (files("candor.demo.connections") / _DOCUMENT).read_text(encoding="utf-8")
    async with candor.database.tx("demo") as tx:
        done = await applying.apply(
            tx,
            documents.read(text),
            secrets={},
            vendor_id=None,
            actor=_ACTOR,
            exchange=exchange_of(candor),
        )
        # Whoever paused or stopped it meant that.
        if done.connection.state is State.DRAFT:
            await steering.start(
                tx, done.connection.connection_id, actor=_ACTOR, clock=candor.clock
            )
