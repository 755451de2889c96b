"""The page behind the link of a message, and the button of a mail program (RFC 8058).

The token in the address is the proof: no cookie, no sign-in. Reading never acts, whatever looks
at links in mails. Somebody who was erased reads the same as everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from litestar import HttpMethod, Response, post, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.consent.errors import LinkInvalid, LinkSpent
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import links, stopping
from candor.domain.consent.service.links import Link, Stop
from candor.domain.consent.service.stopping import Hand, Undo, Way
from candor.infra.web.reading import Reader, reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import NAMES, asked, locale_of, wanted
from candor.surface.plain.language import links as languages_of
from candor.surface.plain.visits import fields_of
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.refusals import NotAnAnswer
from candor.surface.portal.steering import signed_links
from candor.surface.portal.unsubscribe.filling import fill_ask, fill_done
from candor.surface.portal.unsubscribe.views import UnsubscribePage

_TEMPLATE: Final = "portal/unsubscribe.html"
_PATH: Final = f"{links.PATH}/{{token:str}}"
_PUBLIC: Final = {"public": "the signed link is the proof"}
_UNKNOWN: Final = 404
_SPENT: Final = 410


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes behind the link of a message."""
    clock = desk.services.clock

    @route(_PATH, http_method=[HttpMethod.GET, HttpMethod.HEAD], opt=_PUBLIC)
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Say what would stop. Changes nothing."""
        try:
            link = _link_of(desk, token)
        except (LinkInvalid, LinkSpent) as error:
            return await _no_link(desk, request, error)
        async with desk.services.database.read() as tx:
            rules = await desk.services.rulebook.rules(tx)
        locale = _locale(request, link)
        with reading(replace(Reader(clock.now()), locale=locale)):
            view = fill_ask(
                link.about,
                f"{links.PATH}/{token}{_lang(request)}",
                rules,
                desk.visits.token_of_link(token),
            )
        return await desk.show_plain(
            _TEMPLATE, view, locale=locale, languages=languages_of(locale)
        )

    @post(_PATH, status_code=200, opt=_PUBLIC)
    async def act(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Stop, pause, or take that back. Doing it twice is harmless."""
        try:
            link = _link_of(desk, token)
        except (LinkInvalid, LinkSpent) as error:
            return await _no_link(desk, request, error)
        wish = _asked(await fields_of(request))
        done, rules = await _act(desk, link, wish)
        locale = _locale(request, link)
        with reading(replace(Reader(clock.now()), locale=locale)):
            view = fill_done(
                link.about,
                wish.way,
                done,
                f"{links.PATH}/{token}{_lang(request)}",
                rules,
                desk.visits.token_of_link(token),
            )
        return await desk.show_plain(_TEMPLATE, view, locale=locale)

    return [ask, act]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for: a way to stop, or none to take one back."""

    way: Way | None
    surface: str
    undo_token: str = ""


def _asked(fields: Mapping[str, str]) -> _Asked:
    """Read a form.

    Raises:
        NotAnAnswer: it asks for nothing that there is.
    """
    what = fields.get("what", "")
    if fields.get(links.ONE_CLICK[0]) == links.ONE_CLICK[1]:
        return _Asked(Way.TOPIC, "one_click")
    if what == "undo":
        return _Asked(None, "unsubscribe", fields.get("token", ""))
    if what not in set(Way):
        raise NotAnAnswer
    return _Asked(Way(what), "unsubscribe")


def _locale(request: AnyRequest, link: Link[Stop]) -> str:
    """Return what the address asks for, else the language of the message."""
    return asked(request.query_params.get("lang"), locale_of(link.about.language))


def _lang(request: AnyRequest) -> str:
    """Return what a form adds to its address, so that its answer is in the same language."""
    lang = request.query_params.get("lang", "")
    return f"?lang={lang}" if lang in NAMES else ""


def _link_of(desk: Desk, token: str) -> Link[Stop]:
    return signed_links(desk).read(token, links.STOPS, Stop, desk.services.clock.now())


async def _no_link(
    desk: Desk, request: AnyRequest, error: LinkInvalid | LinkSpent
) -> Response[str]:
    """Say kindly that a link does not work, and where everything can be chosen."""
    is_spent = isinstance(error, LinkSpent)
    view = UnsubscribePage(
        "spent" if is_spent else "unknown",
        f"{HOME}/write",
        contact=desk.services.settings.contact,
    )
    locale = wanted(
        request.query_params.get("lang"), request.headers.get("accept-language", "")
    )
    status = _SPENT if is_spent else _UNKNOWN
    return await desk.show_plain(
        _TEMPLATE, view, locale=locale, status=status, languages=languages_of(locale)
    )


async def _act(desk: Desk, link: Link[Stop], asked: _Asked) -> tuple[str | None, Rules]:
    """Do what was asked for; return what takes it back.

    For an undo that is "" when something was said again, None when there was nothing to say.
    """
    services, who = desk.services, link.profile_id
    async with services.database.tx(asked.surface) as tx:
        rules = await services.rulebook.rules(tx)
        if not await stopping.is_there(tx, who):
            return None, rules
        hand = Hand(
            actor=await services.vault.customer(tx, who),
            surface=asked.surface,
            vault=services.vault,
            policy=rules.policy,
            clock=services.clock,
            locale=link.about.language,
            evidence={"message": str(link.about.message)} if link.about.message else None,
        )
        if asked.way is None:
            act = _undo_of(desk, link, asked.undo_token)
            is_said = act is not None and await stopping.undo(tx, who, act, hand)
            return ("" if is_said else None), rules
        act = await stopping.stop(tx, who, link.about, asked.way, hand)
    if act.is_empty:
        return None, rules
    until = services.clock.now() + links.UNDO_LASTS
    return signed_links(desk).make(links.UNDOES, who, act, until), rules


def _undo_of(desk: Desk, link: Link[Stop], token: str) -> Undo | None:
    """Return the act to take back, when it was done through the link of the same person."""
    try:
        act = signed_links(desk).read(token, links.UNDOES, Undo, desk.services.clock.now())
    except (LinkInvalid, LinkSpent):
        return None
    return act.about if act.profile_id == link.profile_id else None
