"""What rights are carried out with: one office per process, made by the composition root.

The two tables say what a right asks for (plans) and what each step does (steps); whatever a step
needs of another slice was handed to it there.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, ActorKind
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.rights.model.clock import Calendar, Laws
from candor.domain.rights.model.happening import INSIDE, What
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.model.task import Answer, Planned, Task
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries import tasks as stored_tasks
from candor.domain.rights.service.followers import Followers, Nobody
from candor.domain.rights.service.laws import calendar_of
from candor.domain.vault.service import Vault
from candor.infra import jobs
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.infra.holder import Holder
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock

CARRY: Final = "rights.carry"  # the job that does what can be done for a request
LETTER: Final = "rights.letter"  # the job that writes to the person about a request

Step = Callable[["Work"], Awaitable[Answer]]
Plan = Callable[[ReadTx, Request, "Office"], Awaitable[Sequence[Planned]]]


@dataclass(frozen=True, slots=True)
class Office:
    """What rights are carried out with."""

    database: Database
    vault: Vault
    rulebook: Rulebook
    clock: Clock
    keyring: KeyProvider
    holders: Mapping[str, Holder]
    laws: Laws
    plans: Mapping[Right, Plan]
    steps: Mapping[str, Step]
    followers: Followers = field(default_factory=Nobody)

    def ticket_of(self, request_id: UUID) -> str:
        """Return the secret in the link that shows the progress of a request: 43 signs."""
        key = self.keyring.fixed_key("rights/tickets")
        mark = hmac.new(key, request_id.bytes, hashlib.sha256).digest()
        return urlsafe_b64encode(mark).decode().rstrip("=")

    async def calendar(self, tx: ReadTx) -> Calendar:
        """Return the calendar of the company, as its catalogue says."""
        rules = await self.rulebook.rules(tx)
        return calendar_of(rules.in_force.document.controller)


@dataclass(frozen=True, slots=True)
class Work:
    """A step that is being done. It opens transactions of its own, and may be done again."""

    office: Office
    request: Request
    task: Task

    async def progress(self, tx: Tx, evidence: Mapping[str, Any]) -> None:
        """Keep how far it is, for the page that shows it."""
        await stored_tasks.note_progress(tx, self.task, evidence)


def hash_of(ticket: str) -> bytes:
    """Return what is kept of the secret in a link."""
    return hashlib.sha256(ticket.encode()).digest()


async def happened(
    tx: Tx,
    request: Request,
    what: What,
    *,
    actor: Actor,
    office: Office,
    code: str | None = None,
    detail: Mapping[str, int | str] | None = None,
) -> None:
    """Write what happened to a request: an event of its own, and an entry in the audit log.

    Events name staff and machines; a customer is just `customer`.
    """
    name = ActorKind.CUSTOMER.value if actor.kind is ActorKind.CUSTOMER else actor.label
    await stored.insert_event(
        tx,
        request_id=request.request_id,
        at=office.clock.now(),
        actor=name,
        what=what.value,
        code=code,
        detail=detail or {},
    )
    known = {"request": str(request.request_id), "right": str(request.kind)}
    await audit.record(
        tx,
        actor=actor,
        action=f"rights.{what.value}",
        clock=office.clock,
        subjects=(None if what in INSIDE else request.subject,),
        reason=code,
        detail=known | dict(detail or {}),
    )


async def go_on(tx: Tx, request: Request) -> None:
    """Have a worker do what can be done for a request, as soon as this is committed."""
    name = str(request.request_id)
    await jobs.defer_named(tx, CARRY, key=f"{CARRY}/{name}", request_id=name)


async def write_to(tx: Tx, request: Request, letter: str) -> None:
    """Have a letter about a request written, as soon as this is committed."""
    name = str(request.request_id)
    await jobs.defer_named(
        tx, LETTER, key=f"{LETTER}/{name}/{letter}", request_id=name, letter=letter
    )


def same(scope: Mapping[str, Any]) -> str:
    """Return a scope as the text by which two are compared."""
    return json.dumps(dict(scope), sort_keys=True)
