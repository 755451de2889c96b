"""`candor agent`: authorised agents, who ask for people by the Data Rights Protocol."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, step
from candor.domain.audit.model import Actor
from candor.domain.rights.errors import BadDirectory
from candor.domain.rights.model.agent import Agent
from candor.domain.rights.service import agents
from candor.infra.settings import Settings

app: Final = typer.Typer(help="Agents: who may ask for other people.", no_args_is_help=True)
_CLI: Final = Actor.machine("cli")


@app.command(name="import")
def read_in(
    file: Annotated[Path, typer.Argument(help="directory of agents: JSON, one or a list")],
    trust: Annotated[
        list[str] | None,
        typer.Option(help="id of an agent whose word about who somebody is counts; repeat"),
    ] = None,
) -> None:
    """Let agents ask, or change what is known of them; a new key ends the token of the old one."""
    try:
        text = file.read_bytes()
    except OSError:
        raise BadDirectory from None
    with reached(Settings.load()) as place:
        codes = asyncio.run(_read_in(place, text, set(trust or ())))
    step(f"Agents let in: {', '.join(codes) or 'none'}.")


@app.command(name="list")
def list_agents() -> None:
    """Show all agents, those that were ended last."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_list(place))
    if not found:
        step("No agent may ask. Let one in: candor agent import FILE")
    for agent in found:
        entry(agent.code, _told(agent))


@app.command()
def end(code: Annotated[str, typer.Argument(help="id of the agent")]) -> None:
    """Let an agent ask no more; what it asked for goes on."""
    with reached(Settings.load()) as place:
        asyncio.run(_end(place, code))
    step(f"{code} may ask no more.")


def _told(agent: Agent) -> dict[str, str]:
    word = "its word about who somebody is counts" if agent.is_trusted else "people confirm it"
    return {
        "name": agent.name,
        "trust": word,
        "since": f"{agent.added_at:%Y-%m-%d}",
        "token": f"given {agent.token_at:%Y-%m-%d}" if agent.token_hash else "none",
        "state": f"ended {agent.ended_at:%Y-%m-%d}" if agent.ended_at else "may ask",
    }


async def _read_in(place: Place, text: bytes, trusted: set[str]) -> list[str]:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        return await agents.read_in(tx, text, trusted=trusted, actor=_CLI, clock=candor.clock)


async def _list(place: Place) -> list[Agent]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await agents.every(tx)


async def _end(place: Place, code: str) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await agents.end(tx, code, actor=_CLI, clock=candor.clock)
