"""The routes for a company's own pages."""

from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from candor.domain.access.errors import WrongKey
from candor.domain.access.service import write_keys
from candor.domain.catalogue.model import Source
from candor.domain.consent.model.policy import Rules
from candor.infra.web.reading import Reader, reading
from candor.kernel.errors import Refused
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import locale_of
from candor.surface.plain.services import Services
from candor.surface.sdk import answers, config, files, preferences, words
from candor.surface.sdk.config import Config

_FRESH: Final = "private, max-age=60"  # so long may a page ask in words that just changed
_UNKNOWN_KEY: Final = 401


def routes(services: Services) -> list[HTTPRouteHandler]:
    """Return all routes for a company's pages."""
    return [*files.routes(), *_config(services), *preferences.routes(services)]


async def _source(services: Services, request: AnyRequest, key: str) -> tuple[Rules, Source]:
    """Return the source of a write key, to a page that may speak for it.

    A page that may speak for no source at all does not even learn whether a key is known.

    Raises:
        ForeignPage: another page.
        WrongKey: unknown, revoked, or of a source that the catalogue no longer has.
    """
    async with services.database.read() as tx:
        rules = await services.rulebook.rules(tx)
        answers.require_origin(request, config.origins(rules))
        code = await write_keys.source_of(tx, key)
    source = rules.in_force.sources.get(code)
    if source is None:
        raise WrongKey
    answers.require_origin(request, source.origins)
    return rules, source


def _config(services: Services) -> list[HTTPRouteHandler]:
    @get("/sdk/config", opt={"public": "what may be asked; the write key is public"})
    async def asked(
        request: AnyRequest, key: FromQuery[str] = "", lang: FromQuery[str] = ""
    ) -> Response[bytes]:
        """Return what a page may ask, in its language."""
        try:
            rules, source = await _source(services, request, key)
        except WrongKey as error:
            return answers.refuse(request, error, status=_UNKNOWN_KEY)
        except Refused as error:
            return answers.refuse(request, error)
        document = rules.in_force.document
        locale = config.language_of(lang, document.locales)
        reader = Reader(services.clock.now(), locale_of(locale))
        with reading(reader):
            said = words.banner(document.company)
        found = Config(
            company=document.company,
            locale=locale,
            direction=reader.direction,
            locales=document.locales,
            categories=config.categories(rules, source, locale),
            necessary=config.necessary(rules, source),
            words=said,
            trust_url=f"{services.settings.public_url}/trust?lang={locale}",
            portal_url=f"{services.settings.public_url}/me",
        )
        return answers.say(request, found, cache=_FRESH)

    return [asked]
