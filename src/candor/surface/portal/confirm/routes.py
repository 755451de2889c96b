"""Confirming a yes by a link from a mail. Opening the link changes nothing; the button does.

The link is the proof: whoever reads what arrives at an address may say yes for it, and nobody has
to sign in. The page names nobody, and the same words answer a link that ran out, was changed or
was never made.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.consent.errors import ConfirmationSpent
from candor.domain.consent.model.notice import Notice
from candor.domain.consent.service import confirmations
from candor.domain.consent.service.confirmations import Question
from candor.infra.web.reading import Reader, reading, show_duration
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import NAMES, asked, links, locale_of, wanted
from candor.surface.portal.confirm.views import Asked, ConfirmPage
from candor.surface.portal.desk import HOME, Desk

URL: Final = "/confirm"
_GONE: Final = 410
_TEMPLATE: Final = "portal/confirm.html"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of confirming; they lie beside the portal: nobody has to sign in."""
    services, visits = desk.services, desk.visits

    @get(f"{URL}/{{token:str}}", opt={"public": "asks before the link is used"})
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Show what the button would allow; the link stays good."""
        try:
            async with services.database.read() as tx:
                rules = await services.rulebook.rules(tx)
                question = await confirmations.look_at(
                    tx, token, rules=rules, clock=services.clock
                )
        except ConfirmationSpent:
            return await _spent(desk, request)
        return await _show(desk, question, request, token)

    @post(f"{URL}/{{token:str}}", opt={"public": "the link itself is the proof"})
    async def confirm(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Record the yes; pressing again changes nothing."""
        await visits.form(request, visits.token_of_link(token))
        try:
            async with services.database.tx() as tx:
                rules = await services.rulebook.rules(tx)
                question = await confirmations.confirm(
                    tx, token, vault=services.vault, rules=rules, clock=services.clock
                )
        except ConfirmationSpent:
            return await _spent(desk, request)
        return await _show(desk, question, request, token)

    return [ask, confirm]


async def _show(
    desk: Desk, question: Question, request: AnyRequest, token: str
) -> Response[str]:
    """Return the card; the words under which it was asked stay as they were, in any language."""
    found = question.confirmation
    lang = request.query_params.get("lang", "")
    locale = asked(lang, locale_of(found.locale))
    with reading(Reader(desk.services.clock.now(), locale)):
        purposes = tuple(_asked(notice) for notice in question.notices)
    view = ConfirmPage(
        "done" if question.is_done else "ask",
        asked=purposes,
        asked_at=found.asked_at,
        works_until=found.expires_at,
        confirmed_at=found.confirmed_at,
        post_url=f"{URL}/{token}" + (f"?lang={lang}" if lang in NAMES else ""),
        csrf_token=desk.visits.token_of_link(token),
        home_url=HOME,
        contact=desk.services.settings.contact,
    )
    return await desk.show_plain(_TEMPLATE, view, locale=locale, languages=links(locale))


async def _spent(desk: Desk, request: AnyRequest) -> Response[str]:
    view = ConfirmPage("spent", home_url=HOME, contact=desk.services.settings.contact)
    locale = wanted(
        request.query_params.get("lang"), request.headers.get("accept-language", "")
    )
    return await desk.show_plain(
        _TEMPLATE, view, locale=locale, status=_GONE, languages=links(locale)
    )


def _asked(notice: Notice) -> Asked:
    return Asked(
        title=notice.title,
        plain=notice.plain,
        gain=notice.gain,
        recipients=notice.recipients,
        retention=show_duration(notice.retention) or notice.retention,
        lasts=show_duration(notice.consent_lasts) or "",
        language=notice.locale,
    )
