"""`candor run`: everything on one machine, with one command.

Starts the embedded PostgreSQL (or uses the one that is configured), migrates, prepares the demo
company, starts web and worker, loads the demo's year the first time, prints addresses and sign-in
links, and watches over its processes until Ctrl-C.
"""

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from types import FrameType
from typing import Final, Self
from urllib.error import URLError
from urllib.request import urlopen

from candor.cli import demo, demo_mail, demo_push, recovery
from candor.cli.family import OPTION
from candor.cli.place import Place, reached, refuse_unreplayed, services
from candor.cli.screen import err, out, step
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import members, sign_in_links
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import MAIL_PURPOSE
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read as people
from candor.domain.vault.service.overview import overview
from candor.infra.db import migrate
from candor.infra.mariadb_server import is_installed
from candor.infra.settings import Settings
from candor.kernel.errors import Refused, Unavailable
from candor.kernel.pii import Pii

_READY_SECONDS: Final = 90  # a slow machine, on which it is set up for the first time
_STOP_SECONDS: Final = 15
_CRM: Final = "crm"
_MAIL: Final = "mail"
_BESIDE: Final = {_CRM: "CRM database", _MAIL: "mail platform"}  # the demo goes on without them


class PortTaken(Refused):
    """The port is in use."""

    code = "cli.port_taken"
    default_hint = "Stop what uses it, or choose another: CANDOR_PORT=8701 candor run"


class _Stopped(KeyboardInterrupt):
    """Somebody pressed Ctrl-C, or the machine is shutting down.

    A KeyboardInterrupt, for an event loop hands only that through to its caller.
    """


class NoFolder(Refused):
    """The folder of this installation cannot be written."""

    code = "cli.no_folder"
    default_hint = "Choose another: CANDOR_HOME=/path/to/folder candor run"


def run() -> None:
    """Run Candor on this machine, with the demo company, until Ctrl-C."""
    settings = Settings.load()
    _refuse_taken_port(settings)
    _make_home(settings)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    step("starting PostgreSQL" if settings.is_embedded else "reaching PostgreSQL")
    try:
        with reached(settings, takes_over=True) as place:
            applied = migrate.migrate(place.urls.owner)
            if applied:
                step(f"prepared the database ({len(applied)} migrations)")
            refuse_unreplayed(settings, place.urls.app)
            asyncio.run(_prepare(place))
            with _Family(settings, place) as family:
                family.wait_ready()
                if settings.catalogue is None and not demo.is_loaded(settings):
                    step("loading the demo company; Ctrl-C is safe, it goes on next time")
                    family.load_demo()
                if settings.catalogue is None:
                    asyncio.run(demo_push.connect(place))
                asyncio.run(_welcome(place))
                if settings.catalogue is None:
                    family.start_crm()
                    family.start_mail()
                family.watch()
    except _Stopped:
        pass
    out.print("\n[green]✓[/] stopped; everything that was acknowledged is kept")


class _Family:
    """Web and worker as processes of ours: started, watched, stopped."""

    def __init__(self, settings: Settings, place: Place) -> None:
        self._settings = settings
        self._environment: Mapping[str, str] = {
            "CANDOR_LOG_LEVEL": "warning",  # a quiet terminal, unless somebody asks for more
            **os.environ,
            "CANDOR_DATABASE_URL": place.urls.app,
            "CANDOR_OWNER_URL": place.urls.owner,
            "CANDOR_OUTBOUND_HOSTS": ",".join(_callable(settings)),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for name in ("serve", "work"):
            self._processes[name] = self._start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for name, process in self._processes.items():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                err.print(f"{name} did not stop in {_STOP_SECONDS} s and was killed")
                process.kill()
                process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        # Own process group: Ctrl-C reaches us, and we stop them in order.
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "candor.cli", *arguments, OPTION],
            env=dict(self._environment),
            stdin=subprocess.PIPE,  # ends with us, however we end
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Wait until the web server can keep events.

        Raises:
            Unavailable: it did not come up.
        """
        url = f"http://{self._settings.host}:{self._settings.port}/readyz"
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(URLError, OSError), urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
            if self._processes["serve"].poll() is not None:
                break
            time.sleep(0.05)
        message = "The web server did not come up."
        raise Unavailable(message, hint="See the lines above; then: candor doctor")

    def load_demo(self) -> None:
        """Load the demo's year, in a process of its own that gives its memory back."""
        loader = self._processes["load"] = self._start("demo", "load")
        while loader.poll() is None:
            time.sleep(0.1)
        del self._processes["load"]
        if loader.returncode:
            err.print(
                "[red]✗[/] the demo is not complete; it goes on with the next `candor run`"
            )

    def start_crm(self) -> None:
        """Give the demo company a CRM database of its own, beside everything else."""
        if is_installed():
            self._processes[_CRM] = self._start("demo", "crm-server")

    def start_mail(self) -> None:
        """Give the demo company a mail platform, beside everything else."""
        self._processes[_MAIL] = self._start("demo", "mail-server")

    def watch(self) -> None:
        """Watch over the processes; start one again that ended."""
        while True:
            time.sleep(0.5)
            for name, process in list(self._processes.items()):
                if process.poll() is None:
                    continue
                if name in _BESIDE:
                    del self._processes[name]
                    err.print(f"the demo's {_BESIDE[name]} ended; the demo goes on without it")
                else:
                    err.print(f"{name} ended with {process.returncode}; starting it again")
                    time.sleep(1)
                    self._processes[name] = self._start(name)


async def _prepare(place: Place) -> None:
    async with services(place) as candor:
        await demo.prepare(candor)


async def _welcome(place: Place) -> None:
    """Print addresses and one-time sign-in links."""
    base = place.settings.public_url
    ways_in: list[tuple[str, str]] = []
    known: Pii[str] | None = None
    async with services(place) as candor, candor.database.tx("welcome") as tx:
        rules = await candor.rulebook.rules(tx)
        seen = await overview(tx, candor.vault, candor.keyring)
        with suppress(NoSuchProfile):
            customer = await people.find(
                tx,
                demo.CUSTOMER[0],
                demo.CUSTOMER[1],
                in_force=rules.in_force,
                vault=candor.vault,
            )
            token = await sign_in_links.make(
                tx, audience=Audience.CUSTOMER, bearer_id=customer, clock=candor.clock
            )
            ways_in.append(("a customer", f"{base}/me/sign-in/{token}"))
            known = await people.mail_address(
                tx,
                customer,
                purpose=MAIL_PURPOSE,
                actor=Actor.machine("cli"),
                in_force=rules.in_force,
                vault=candor.vault,
            )
        staff = {member.handle: member for member in await members.everybody(tx)}
        for handle, _, _, title in demo.STAFF:
            token = await sign_in_links.make(
                tx,
                audience=Audience.STAFF,
                bearer_id=staff[handle].staff_id,
                clock=candor.clock,
            )
            ways_in.append((title, f"{base}/console/sign-in/{token}"))
    out.print()
    out.print(f"[bold]Nordmarkt on Candor[/]  {base}/console  ·  {base}/me")
    out.print("One-time sign-in links, valid for 12 hours:")
    for title, link in ways_in:
        out.print(f"  {title:<18}{link}", soft_wrap=True)
    if known is not None:
        out.print(
            f"Or ask for a code at {base}/me/sign-in with {known.reveal()};"
            " the mail with it lands where all mail goes.",
            soft_wrap=True,
            highlight=False,
        )
    out.print(f"\nMail: {candor.mailer.about}", soft_wrap=True, highlight=False)
    for is_well, text in recovery.standing(seen):
        if not is_well:
            out.print(f"[yellow]![/] Keys: {text}.", soft_wrap=True, highlight=False)
    if candor.settings.catalogue is None:
        _name_crm()
        where = f"http://{demo_mail.place_of(candor.settings)}/"
        out.print(f"Mail platform (listmonk), both ways: {where}", soft_wrap=True)
    out.print("\nCtrl-C stops everything.", style="dim")


def _callable(settings: Settings) -> tuple[str, ...]:
    """Return who of this machine and its network may be called: the demo's mail platform, too."""
    own = settings.catalogue is None
    return (*settings.outbound_hosts, *((demo_mail.place_of(settings),) if own else ()))


def _name_crm() -> None:
    """Say how to look into the demo's CRM database, or why there is none."""
    if is_installed():
        look = "candor demo crm \"SELECT * FROM contacts WHERE customer_number = 'N100733'\""
        out.print(f"CRM database (MariaDB), both ways: {look}", soft_wrap=True, highlight=False)
    else:
        out.print(
            "No CRM database in the demo: this machine has no mariadb-server.", style="dim"
        )


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"Port {settings.port} on {settings.host} is in use."
                raise PortTaken(message) from error
            message = f"Nothing can listen on {settings.host}, port {settings.port}."
            raise PortTaken(message, hint="Set CANDOR_HOST and CANDOR_PORT.") from error


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        message = f"The folder {settings.home} cannot be written."
        raise NoFolder(message) from error


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not interrupt the stopping and leave orphans.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_already)
    raise _Stopped


def _stop_already(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: we are stopping."""
