"""The audit log: who did what to whom and why."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Staff
from candor.domain.audit import service as audit
from candor.domain.audit.model import ActorKind, Entry, Outcome
from candor.domain.catalogue.model import InForce
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, actor_of, asked, asked_number
from candor.surface.console.security.views import AuditLine, AuditPage
from candor.surface.console.views import Option, Pager
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import short

_URL: Final = f"{HOME}/audit"
_KINDS: Final = (
    Option(ActorKind.STAFF, "Staff"),
    Option(ActorKind.CUSTOMER, "Customers"),
    Option(ActorKind.MACHINE, "The machine"),
)
_OUTCOMES: Final = (
    Option(Outcome.DONE, "Done"),
    Option(Outcome.ALLOWED, "Allowed"),
    Option(Outcome.REFUSED, "Refused"),
)
_SUBJECT_SHOWN: Final = 8  # hexadecimal signs of a pseudonym


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the audit log."""

    @get("/audit", opt={"permission": Permission.AUDIT_READ})
    async def log(request: AnyRequest) -> Response[str]:
        """Show entries, newest first; a filter that names nothing shows everything."""
        visit = desk.visit(request)
        before = asked_number(request, "before")
        async with desk.acting(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            actions = await audit.actions(tx)
            filters = {
                "action": _one_of(asked(request, "action"), actions),
                "who": _one_of(asked(request, "who"), [kind.code for kind in _KINDS]),
                "outcome": _one_of(asked(request, "outcome"), [o.code for o in _OUTCOMES]),
            }
            entries = await audit.newest(
                tx,
                action=filters["action"],
                actor_kind=filters["who"],
                outcome=filters["outcome"],
                at_most=audit.PAGE + 1,
                **({} if before is None else {"before": before}),
            )
            # Whoever reads over others' shoulders is written down like they are.
            await audit.record(
                tx, actor=actor_of(visit), action="audit.read", clock=desk.services.clock
            )
            staff = await desk.colleagues(tx)
            shown = entries[: audit.PAGE]
            view = AuditPage(
                url=_URL,
                actions=tuple(Option(action, action) for action in actions),
                kinds=_KINDS,
                outcomes=_OUTCOMES,
                action=filters["action"],
                who=filters["who"],
                outcome=filters["outcome"],
                entries=tuple(line_of(entry, staff, in_force) for entry in shown),
                pager=Pager(
                    None if before is None else _address(filters),
                    _address(filters, shown[-1].entry_id)
                    if len(entries) > len(shown)
                    else None,
                ),
            )
            return await desk.show(tx, visit, "security/log", "console/audit.html", view)

    return [log]


def _one_of(text: str, known: list[str]) -> str | None:
    return text if text in known else None


def _address(filters: Mapping[str, str | None], before: int | None = None) -> str:
    asked_for = {name: value for name, value in filters.items() if value}
    if before is not None:
        asked_for["before"] = str(before)
    return f"{_URL}?{urlencode(asked_for)}" if asked_for else _URL


def line_of(entry: Entry, staff: Mapping[UUID, Staff], in_force: InForce) -> AuditLine:
    """Return an entry as pages show it."""
    return AuditLine(
        entry_id=entry.entry_id,
        at=entry.recorded_at,
        who=words.actor(entry.actor_kind, entry.actor_id, staff, in_force),
        who_kind=entry.actor_kind,
        action=entry.action,
        subject=entry.subject.hex()[:_SUBJECT_SHOWN] if entry.subject else None,
        purpose=words.purpose(entry.purpose) if entry.purpose else None,
        fields=tuple(words.field(name, in_force) for name in entry.fields),
        outcome=entry.outcome,
        reason=words.reason(entry.reason) if entry.reason else None,
        details=tuple(_detail(name, value) for name, value in entry.detail.items()),
    )


def _detail(name: str, value: object) -> str:
    """Return a code or count of an entry; an id in its short form, as pages show it."""
    text = str(value)
    try:
        text = short(UUID(text))
    except ValueError:
        text = words.plain(text)
    return f"{words.plain(name)} {text}"
