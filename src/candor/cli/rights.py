"""`candor rights`: look for people who were erased; find out whether a certificate is genuine."""

import asyncio
import sys
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import typer

from candor.app.entitling import office_of
from candor.app.process import Candor
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import addresses
from candor.domain.rights.model.request import OPEN, Request
from candor.domain.rights.service import capturing, reading
from candor.infra import x509
from candor.infra.db.pool import ReadTx
from candor.infra.keyring import open_keyring
from candor.infra.http import Outbound
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from candor.kernel.ids import ProfileId

app: Final = typer.Typer(
    help="Requests: what people ask for by right.", no_args_is_help=True
)
_CLI: Final = Actor.machine("cli")
_MOST: Final = 200
_DAY: Final = timedelta(days=1)
