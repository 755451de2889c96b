"""The link "that was not me" of the mail about a sign-in from a new place.

The link is the proof, as with every mail of ours. Opening it changes nothing; its button ends all
sign-ins of the person, and takes away passkeys that were added since: harmless when it is pressed
twice. It opens nothing.
"""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import LinkSpent
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import new_devices, passkeys, sessions
from candor.domain.profiles.service import read as people
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import links
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.sign_in.by_code import URL as SIGN_IN
from candor.surface.portal.sign_in.by_code import in_language, locale_of
from candor.surface.portal.sign_in.views import NotMePage

URL: Final = f"{HOME}/not-me"
_PUBLIC: Final = {"public": "the signed link is the proof"}
_GONE: Final = 410


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes behind the link."""
    services, visits = desk.services, desk.visits

    async def show(request: AnyRequest, view: NotMePage, status: int = 200) -> Response[str]:
        locale = locale_of(request)
        return await desk.show_plain(
            "portal/not_me.html",
            view,
            locale=locale,
            status=status,
            languages=links(locale) if request.method == "GET" else (),
        )

    async def spent(request: AnyRequest) -> Response[str]:
        view = NotMePage("spent", start_url=SIGN_IN, contact=services.settings.contact)
        return await show(request, view, _GONE)

    @get("/not-me/{token:str}", opt=_PUBLIC)
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Say what the button does. Changes nothing."""
        try:
            new_devices.bearer_of(services.keyring, token, services.clock)
        except LinkSpent:
            return await spent(request)
        view = NotMePage(
            "ask",
            post_url=in_language(request, f"{URL}/{token}"),
            csrf_token=visits.token_of_link(token),
        )
        return await show(request, view)

    @post("/not-me/{token:str}", opt=_PUBLIC, status_code=200)
    async def end(request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """End all sign-ins of the person."""
        await visits.form(request, visits.token_of_link(token))
        try:
            profile_id = new_devices.bearer_of(services.keyring, token, services.clock)
        except LinkSpent:
            return await spent(request)
        async with services.database.tx() as tx:
            members = await people.members(tx, profile_id)
            own = [ProfileId(one.profile_id) for one in members]
            actor = await services.vault.customer(tx, profile_id)
            subjects = await services.vault.pseudonyms(tx, own)
            ended = await sessions.end_everywhere(
                tx, own, but=None, actor=actor, subjects=subjects, clock=services.clock
            )
            # Otherwise whoever came in would come in again by a passkey of their own.
            bearer = passkeys.Bearer(
                Audience.CUSTOMER, profile_id, tuple(own), actor, tuple(subjects)
            )
            gone = await passkeys.remove_since(
                tx, bearer, new_devices.began(token), clock=services.clock
            )
        view = NotMePage(
            "done",
            ended=ended,
            passkeys=gone,
            start_url=SIGN_IN,
            contact=services.settings.contact,
        )
        return await show(request, view)

    return [ask, end]
