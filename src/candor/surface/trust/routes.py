"""The trust page, and the public keys that verify receipts. Nobody is signed in, nothing is set."""

from typing import Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.connections.service import reaching
from candor.infra.jws import KeySet
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader, reading
from candor.surface.plain.answers import HEADERS, AnyRequest
from candor.surface.plain.language import NAMES, wanted
from candor.surface.plain.services import Services
from candor.surface.trust.counting import Counter
from candor.surface.trust.filling import KEYS_URL, fill
from candor.surface.trust.views import LanguageLink, TrustFrame

PATH: Final = "/trust"
_PORTAL: Final = "/me"
_FIVE_MINUTES: Final = "public, max-age=300"
# Anybody's page may fetch the keys: they are public, and verifying must need no server of ours.
_KEYS_HEADERS: Final = {
    "access-control-allow-origin": "*",
    "cache-control": _FIVE_MINUTES,
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


def routes(services: Services) -> list[HTTPRouteHandler]:
    """Return the page and the keys."""
    counter = Counter(services)

    async def key_set() -> KeySet:
        async with services.database.read("keys") as tx:
            return (await services.issuer(tx)).keys

    @get(PATH, opt={"public": "for anybody to read; shows nobody"})
    async def trust(request: AnyRequest) -> Response[str]:
        """Show what the company does with data."""
        async with services.database.read("trust") as tx:
            document = (await services.rulebook.rules(tx)).in_force.document
            keys = (await services.issuer(tx)).keys
            told = await reaching.told(tx)
        counted = await counter.counted()
        locale = wanted(
            request.query_params.get("lang"), request.headers.get("accept-language", "")
        )
        reader = Reader(services.clock.now(), locale)
        with reading(reader):
            view = fill(document, counted, keys, contact=services.settings.contact, told=told)
        frame = TrustFrame(
            company=document.company,
            locale=reader.language_tag,
            direction=reader.direction,
            is_demo=services.is_demo,
            written_at=reader.now,
            portal_url=_PORTAL,
            languages=tuple(
                LanguageLink(tag, name, f"{PATH}?lang={tag}", tag == reader.language)
                for tag, name in NAMES.items()
            ),
        )
        html = render("trust/page.html", view, reader=reader, frame=frame)
        headers = {**HEADERS, "cache-control": _FIVE_MINUTES, "vary": "accept-language"}
        return Response(html, headers=headers, media_type="text/html")

    @get(KEYS_URL, opt={"public": "public keys"})
    async def candor_keys() -> Response[bytes]:
        """Return the keys that verify receipts, saying what they are."""
        described = {
            "issuer": services.settings.public_url,
            "purpose": "receipts of choices",
            "typ": "consent-receipt+jws",
            "keys": (await key_set()).keys,
        }
        body = msgspec.json.encode(described)
        return Response(body, media_type="application/json", headers=_KEYS_HEADERS)

    @get("/.well-known/jwks.json", opt={"public": "public keys"})
    async def jwks() -> Response[bytes]:
        """Return the same keys as a JWK set."""
        body = msgspec.json.encode(await key_set())
        return Response(body, media_type="application/jwk-set+json", headers=_KEYS_HEADERS)

    return [trust, candor_keys, jwks]
