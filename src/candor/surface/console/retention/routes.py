"""Retention: what the catalogue says, what a sweep would take, and what sweeps took."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.sweep import Sweep
from candor.domain.rights.service import sweeping
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Kind, Refused
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page, actor_of, asked, permitted
from candor.surface.console.retention.views import (
    KeptLine,
    RetentionPage,
    SweepLine,
    TableLine,
)
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/catalogue/retention"
PLACE: Final = "catalogue/retention"
_READ: Final = {"permission": Permission.RETENTION_READ}
_RUN: Final = {"permission": Permission.RETENTION_RUN, "proof": "removes what is over"}
_DONE: Final = {
    "dry": "A worker counts what is over. Nothing goes; load the page again in a moment.",
    "run": "A worker sweeps. Load the page again to see what went.",
}
_PROBLEMS: Final = {
    sweeping.LEFT_OVER: "Something was over and is still there: look at the tables below."
}


class NotForeseen(Refused):
    """Nothing is swept by hand before it was foreseen."""

    code = "console.not_foreseen"
    kind = Kind.CONFLICT
    default_hint = "Ask first what would go, look at the numbers, then sweep."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of retention."""

    @get("/catalogue/retention", opt=_READ)
    async def show(request: AnyRequest) -> Response[str]:
        """Show how long everything is kept, and the sweeps."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, asked(request, "done"))
            return await desk.show(tx, visit, PLACE, "console/retention.html", view)

    @post("/catalogue/retention", opt=_RUN)
    async def sweep(request: AnyRequest) -> Page:
        """Have a worker foresee what is over, or sweep it away."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        is_dry = fields.get("do") != "run"
        async with desk.acting(visit) as tx:
            if not is_dry and _foreseen(await sweeping.list_runs(tx)) is None:
                raise NotForeseen
            await sweeping.ask(tx, is_dry=is_dry, actor=actor_of(visit), clock=desk.clock)
        return see_other(f"{URL}?done={'dry' if is_dry else 'run'}")

    return [show, sweep]


def _foreseen(sweeps: Sequence[Sweep]) -> Sweep | None:
    """Return the dry run that tells what a sweep would take now: the newest that is done."""
    newest = next((one for one in sweeps if one.finished_at is not None), None)
    return newest if newest is not None and newest.is_dry and not newest.problem else None


async def _page(desk: Desk, tx: ReadTx, visit: Visit, done: str) -> RetentionPage:
    staff, in_force = await desk.colleagues(tx), (await desk.rules(tx)).in_force
    sweeps = await sweeping.list_runs(tx)
    foreseen = _foreseen(sweeps)
    return RetentionPage(
        kept=_kept(in_force),
        sweeps=tuple(_line(one, staff, in_force) for one in sweeps),
        foreseen=_line(foreseen, staff, in_force) if foreseen else None,
        post_url=permitted(visit, Permission.RETENTION_RUN, URL),
        csrf_token=visit.csrf_token,
        is_running=any(one.finished_at is None for one in sweeps[:1]),
        done=_DONE.get(done),
    )


def _kept(in_force: InForce) -> tuple[KeptLine, ...]:
    """Return how long each declared thing is kept."""
    document, url = in_force.document, f"{HOME}/catalogue"
    return (
        *(
            KeptLine(one.title, "fact", words.duration(one.retention), url)
            for one in document.attributes
        ),
        *(
            KeptLine(one.title, "event", words.duration(one.retention), url)
            for one in document.events
        ),
        *(
            KeptLine(one.title(), "decision by machine", words.duration(one.retention), url)
            for one in document.decisions
        ),
        *(
            KeptLine(
                words.purpose(one.code).capitalize(),
                "purpose",
                words.duration(one.retention),
                url,
            )
            for one in document.purposes
        ),
    )


def _line(sweep: Sweep, staff: Mapping[UUID, Staff], in_force: InForce) -> SweepLine:
    state, tone = "done", "good"
    if sweep.finished_at is None:
        state, tone = "running, or killed", "calm"
    elif sweep.problem:
        state, tone = "failed", "refusal"
    note = sweep.problem and _PROBLEMS.get(sweep.problem, words.plain(sweep.problem))
    return SweepLine(
        is_dry=sweep.is_dry,
        by=words.labelled(sweep.asked_by, staff, in_force),
        started_at=sweep.started_at,
        finished_at=sweep.finished_at,
        rows=sweep.rows,
        state=state,
        tone=tone,
        note=note or None,
        tables=tuple(
            TableLine(name.partition("/")[0], words.plain(name.partition("/")[2]), rows)
            for name, rows in sorted(sweep.counts.items())
            if rows
        ),
    )
