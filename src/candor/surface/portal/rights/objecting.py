"""Saying no to a use that nobody was asked about: those that rest on reasons of our own."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.catalogue.model import LegalBasis, Purpose, Regime
from candor.domain.consent.service import gate
from candor.domain.rights.model.request import Right
from candor.infra.web.reading import reading
from candor.infra.web.reading import translate as _
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import HOME, OWN, Desk, Sitting
from candor.surface.portal.refusals import NoSuchPurpose
from candor.surface.portal.rights.asking import ask, shown, standings
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import ObjectPage, UseLine
from candor.surface.portal.steering import form


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and its buttons."""

    @get("/rights/object", opt=OWN)
    async def uses(request: AnyRequest) -> Response[str]:
        """Show what rests on reasons of our own."""
        async with desk.sitting(request) as sitting:
            known = await standings(sitting)
            decisions = await gate.explained(
                sitting.tx,
                sitting.person.head_id,
                policy=sitting.rules.policy,
                now=sitting.reader.now,
            )
        on = {code for code, decision in decisions.items() if decision.allowed}
        with reading(sitting.reader):
            view = ObjectPage(
                post_url=f"{URL}/object",
                back_url=URL,
                uses=tuple(
                    _line(purpose, sitting.reader.language, is_on=purpose.code in on)
                    for purpose in objectable(sitting, known.regime)
                ),
                allow_url=f"{HOME}/allow",
            )
        return desk.show(sitting, "portal/object.html", view, "rights")

    @post("/rights/object", opt=OWN)
    async def stop(request: AnyRequest) -> Redirect:
        """Stop one of them."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            known = await standings(sitting)
            code = fields.get("purpose", "")
            if code not in {one.code for one in objectable(sitting, known.regime)}:
                raise NoSuchPurpose
            opened = await ask(desk, sitting, Right.OBJECTION, scope={"purpose": code})
        return see_other(shown(opened))

    return [uses, stop]


def objectable(sitting: Sitting, regime: Regime | None) -> list[Purpose]:
    """Return the purposes to which somebody may object: GDPR Art. 21(1) and (2).

    Where the law is unknown, those that rest on a legitimate interest under any.
    """
    found: list[Purpose] = []
    for purpose in sitting.rules.in_force.document.purposes:
        bases = set(purpose.basis.values()) if regime is None else {purpose.basis.get(regime)}
        if LegalBasis.LEGITIMATE_INTEREST in bases:
            found.append(purpose)
    return found


def _line(purpose: Purpose, language: str, *, is_on: bool) -> UseLine:
    words = purpose.texts.get(language) or purpose.texts["en"]
    return UseLine(
        code=purpose.code,
        title=words.title,
        plain=words.plain,
        is_on=is_on,
        state=str(_("On")) if is_on else str(_("Off")),
    )
