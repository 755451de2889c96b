"""Your rights: the page, and the buttons that act at once."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.rights.model.request import Right
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.rights import (
    coming_back,
    complaining,
    correcting,
    fetching,
    forgetting,
    objecting,
    requests,
    reviewing,
)
from candor.surface.portal.rights.asking import MOST, Standings, ask, shown, standings
from candor.surface.portal.rights.cards import RIGHT_OF, URL, cards
from candor.surface.portal.rights.telling import line
from candor.surface.portal.rights.views import RequestLine, RightsPage
from candor.surface.portal.steering import form

_SHOWN: Final = 20  # requests that are over
_PROOF: Final = {**OWN, "proof": "gives out, or ends, everything about somebody"}
LIFT: Final = {"act": "lift"}  # scope of a request that ends a restriction


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and of what hangs on it."""
    return [
        _page(desk),
        *_at_once(desk),
        *forgetting.routes(desk),
        *correcting.routes(desk),
        *objecting.routes(desk),
        *reviewing.routes(desk),
        *complaining.routes(desk),
        *requests.routes(desk),
        *fetching.routes(desk),
        *coming_back.routes(desk),
    ]


def _page(desk: Desk) -> HTTPRouteHandler:
    @get("/rights", opt=OWN)
    async def rights(request: AnyRequest) -> Response[str]:
        """Show every right, and what is under way."""
        async with desk.sitting(request) as sitting:
            known = await standings(sitting)
        with reading(sitting.reader):
            view = fill(
                desk,
                known,
                authority=sitting.rules.in_force.document.controller.authority,
                now=sitting.reader.now,
                asks_again="again" in request.query_params,
                said=_said(request.query_params.get("done", "")),
            )
        return desk.show(sitting, "portal/rights.html", view, "rights")

    return rights


def fill(
    desk: Desk,
    known: Standings,
    *,
    authority: str,
    now: datetime,
    asks_again: bool = False,
    said: str | None = None,
) -> RightsPage:
    """Return the page, for use inside `reading`."""
    laws = desk.services.office.laws
    over = [one for one in known.requests if not one.is_open]
    return RightsPage(
        cards=cards(
            laws.rights(known.regime), known.requests, is_restricted=known.is_restricted
        ),
        waiting=_waiting(known, now),
        running=tuple(
            line(one, now, f"{URL}/{one.request_id}")
            for one in known.requests
            if one.is_open and not requests.waits_for_yes(one)
        ),
        past=tuple(line(one, now, f"{URL}/{one.request_id}") for one in over[:_SHOWN]),
        law=laws.by_regime[known.regime].title if known.regime else None,
        authority=authority,
        said=said,
        asks_again=asks_again,
        has_older=len(over) > _SHOWN or len(known.requests) == MOST,
    )


def _waiting(known: Standings, now: datetime) -> tuple[RequestLine, ...]:
    """Return what somebody asked for by another way, and the person has not said yes to."""
    return tuple(
        replace(
            line(one, now, f"{URL}/{one.request_id}"),
            confirm_url=f"{URL}/{one.request_id}/confirm",
            deny_url=f"{URL}/{one.request_id}/deny",
        )
        for one in known.requests
        if requests.waits_for_yes(one)
    )


def running(known: Standings, now: datetime) -> tuple[RequestLine, ...]:
    """Return what is under way or waits for a yes, newest first."""
    return tuple(
        line(one, now, f"{URL}/{one.request_id}") for one in known.requests if one.is_open
    )


def _said(done: str) -> str | None:
    if done == "use-again":
        return str(_("Your data is used again as you have chosen under What you allow."))
    return None


def _at_once(desk: Desk) -> list[HTTPRouteHandler]:
    async def act(request: AnyRequest, code: str) -> Redirect:
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            opened = await ask(desk, sitting, RIGHT_OF[code])
        return see_other(shown(opened))

    @post("/rights/see", opt=_PROOF)
    async def see(request: AnyRequest) -> Redirect:
        """Ask for a copy of everything."""
        return await act(request, "see")

    @post("/rights/take", opt=_PROOF)
    async def take(request: AnyRequest) -> Redirect:
        """Ask for what one can take to somebody else."""
        return await act(request, "take")

    @post("/rights/set-aside", opt=OWN)
    async def set_aside(request: AnyRequest) -> Redirect:
        """Stop all use but storage."""
        return await act(request, "set-aside")

    @post("/rights/no-sale", opt=OWN)
    async def no_sale(request: AnyRequest) -> Redirect:
        """Say no to selling and sharing."""
        return await act(request, "no-sale")

    @post("/rights/sensitive", opt=OWN)
    async def sensitive(request: AnyRequest) -> Redirect:
        """Limit the use of what is sensitive."""
        return await act(request, "sensitive")

    @post("/rights/use-again", opt=OWN)
    async def use_again(request: AnyRequest) -> Redirect:
        """End the restriction that the person asked for."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            opened = await ask(desk, sitting, Right.RESTRICTION, scope=LIFT)
        return see_other(shown(opened))

    return [see, take, set_aside, no_sale, sensitive, use_again]
