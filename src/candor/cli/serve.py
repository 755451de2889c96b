"""`candor serve`: the web server of one process group. Stateless; run as many as you like."""

from typing import Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from candor.app import compose, served
from candor.cli.family import WithParent, stop_with_parent
from candor.cli.place import refuse_unreplayed
from candor.infra import log
from candor.infra.db import migrate
from candor.infra.settings import Settings
from candor.kernel.errors import Refused

_BACKLOG: Final = 1024


class NoDatabase(Refused):
    """There is no database to serve from."""

    code = "cli.no_database"
    default_hint = "Set CANDOR_DATABASE_URL, or use: candor run"


def application() -> object:
    """Make the application of one worker process; the server calls this."""
    settings = Settings.load()
    log.configure(settings.log_level)
    return served(compose(settings, str(settings.database_url)))


def serve(workers: int = 1, *, with_parent: WithParent = False) -> None:
    """Serve all surfaces over HTTP until told to stop.

    Behind a balancer, run this on as many machines as you like. TERM finishes what was begun.
    """
    if with_parent:
        stop_with_parent()
    settings = Settings.load()
    log.configure(settings.log_level)
    if settings.is_embedded:
        raise NoDatabase
    migrate.check(str(settings.database_url))
    refuse_unreplayed(settings, str(settings.database_url))
    Server(
        "candor.cli.serve:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        workers=workers,
        backlog=_BACKLOG,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()
