"""Being forgotten: one page that says in numbers what goes and what stays, and its button."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.access.service import sessions
from candor.domain.collect.service import read as collected
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.service import holds
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk, Sitting
from candor.surface.portal.rights.asking import ask, standings
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import Count, ForgetPage
from candor.surface.portal.steering import form

_PROOF: Final = {**OWN, "proof": "ends everything about somebody, for good"}
_WEEK: Final = 7


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and its button."""

    @get("/rights/forget", opt=OWN)
    async def ask_first(request: AnyRequest) -> Response[str]:
        """Say what would happen. Changes nothing."""
        async with desk.sitting(request) as sitting:
            known = await standings(sitting)
            counts = await _counts(sitting)
            held = await holds.holding(sitting.tx, sitting.person.profile_ids)
        with reading(sitting.reader):
            view = ForgetPage(
                post_url=f"{URL}/forget",
                back_url=URL,
                goes=_goes(*counts),
                stays=_stays(sitting),
                held=None if held is None else entitled.ground(held.ground),
                gone_by=_gone_by(desk, sitting.reader.now),
                running_url=_running(known.requests),
                asks_again="again" in request.query_params,
            )
        return desk.show(sitting, "portal/forget.html", view, "rights")

    @post("/rights/forget", opt=_PROOF)
    async def forget(request: AnyRequest) -> Redirect:
        """Begin. The page of the person ends with it: a link of its own shows how it goes."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            opened = await ask(desk, sitting, Right.ERASURE)
        return see_other(f"/rights/{opened.ticket}")

    return [ask_first, forget]


async def _counts(sitting: Sitting) -> tuple[int, int, int, int]:
    ids = sitting.person.profile_ids
    kept = await collected.kept(sitting.tx, ids)
    signed_in = await sessions.of_bearer(sitting.tx, ids)
    person = sitting.person
    return len(person.facts), len(person.contacts), kept.events, len(signed_in)


def _goes(facts: int, contacts: int, events: int, signed_in: int) -> tuple[Count, ...]:
    return (
        Count(str(_("Facts about you")), facts),
        Count(str(_("Addresses, numbers and devices that we know you by")), contacts),
        Count(str(_("Purchases, visits and messages")), events),
        Count(str(_("Places where you are signed in")), signed_in),
    )


def _stays(sitting: Sitting) -> tuple[str, ...]:
    """Return what has to stay, and why, in sentences."""
    found = [
        str(
            _(
                "That somebody asked for this, when, and what we did: under a number that leads to"
                " nobody. We have to be able to prove it."
            )
        ),
        str(
            _(
                "What you said yes and no to, and when: under a number that leads to nobody, for"
                " three years. We have to be able to prove that we did as you said."
            )
        ),
        str(
            _("The log of who looked at your data: under a cover name whose key is destroyed.")
        ),
        str(
            _(
                "A mark of your addresses that nobody can read back, so that no old list brings you"
                " back. You can take it away whenever you like."
            )
        ),
    ]
    if any(
        getattr(event, "statutory", None) for event in sitting.rules.in_force.document.events
    ):
        found.append(
            str(
                _(
                    "Sums that tax law wants us to keep, by day, without your name and without"
                    " anything that leads to you."
                )
            )
        )
    return tuple(found)


def _gone_by(desk: Desk, now: datetime) -> datetime:
    """Return the day on which the last backup made until now is gone."""
    days, weeks = desk.services.settings.backup_keep
    return now + timedelta(days=max(days, weeks * _WEEK))


def _running(requests: Sequence[Request]) -> str | None:
    for one in requests:
        if one.is_open and one.kind is Right.ERASURE:
            return f"{URL}/{one.request_id}"
    return None
