"""The statements about agents."""

from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.agent import Agent
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_agent")
_BY_CODE: Final = _sql.rows("agent_by_code", Agent)
_BY_TOKEN: Final = _sql.rows("agent_by_token", Agent)
_ALL: Final = _sql.rows("agents", Agent)
_GIVE_TOKEN: Final = _sql.command("give_token")
_END: Final = _sql.command("end_agent")


async def insert_agent(tx: Tx, agent: Agent) -> None:
    """Keep an agent; one of the same code gets what is said of it now."""
    params = {
        "agent_id": agent.agent_id, "code": agent.code, "name": agent.name,
        "web_url": agent.web_url, "verify_key": agent.verify_key,
        "is_trusted": agent.is_trusted, "added_by": agent.added_by, "added_at": agent.added_at,
    }  # fmt: skip
    await tx.run(_INSERT, params)


async def agent_by_code(tx: ReadTx, *, code: str) -> Agent | None:
    """Return an agent by its id in the directory."""
    return await tx.maybe(_BY_CODE, {"code": code})


async def agent_by_token(tx: ReadTx, *, token_hash: bytes) -> Agent | None:
    """Return the agent to whom a token was given."""
    return await tx.maybe(_BY_TOKEN, {"token_hash": token_hash})


async def agents(tx: ReadTx) -> list[Agent]:
    """Return all agents by name, those that ended last."""
    return await tx.all(_ALL)


async def give_token(
    tx: Tx, *, agent_id: UUID, token_hash: bytes, at: datetime, issued_at: datetime
) -> bool:
    """Give an agent a token; tell whether none was given since it was asked for."""
    params = {
        "agent_id": agent_id, "token_hash": token_hash, "at": at, "issued_at": issued_at,
    }  # fmt: skip
    return await tx.run(_GIVE_TOKEN, params) == 1


async def end_agent(tx: Tx, *, code: str, at: datetime) -> bool:
    """Let an agent ask no more; tell whether it could before."""
    return await tx.run(_END, {"code": code, "at": at}) == 1
