"""The head of the audit log, for anybody to keep and to check.

The page says what it is in plain words. Beside it stand the files that programs fetch, under the
names of C2SP tlog-tiles: `checkpoint` and `tile/…`, and a proof that one head grew out of another.
Hashes only: the entries themselves are not public, and a hash says nothing about what was hashed,
since every entry about a person holds a pseudonym made with a key of 256 bits.
"""

import re
from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.audit.errors import NoSuchCheckpoint
from candor.domain.audit.model.tiles import LEVELS, WIDTH, Place
from candor.domain.audit.service import checkpoints, proving
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader
from candor.surface.plain.answers import HEADERS, AnyRequest
from candor.surface.plain.language import NAMES, wanted
from candor.surface.plain.services import Services
from candor.surface.plain.signing import notary
from candor.surface.trust.views import HeadPart, KeyLine, LanguageLink, LogPage, TrustFrame

PATH: Final = "/trust/log"
CHECKPOINT_URL: Final = f"{PATH}/checkpoint"
_TRUST: Final = "/trust"
_PORTAL: Final = "/me"
_PUBLIC: Final = {"public": "hashes and signatures; shows nobody"}
_MINUTE: Final = "public, max-age=60"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FETCHED: Final = ("checkpoint", "consistency?from=…&to=…", "tile/…")
_FORMATS: Final = "C2SP tlog-checkpoint, tlog-tiles, tlog-proof; RFC 9162"
_SIZE: Final = re.compile(r"[1-9][0-9]{0,17}")
_TILE: Final = re.compile(
    r"/?(?P<level>[0-9])/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


def routes(services: Services) -> list[HTTPRouteHandler]:
    """Return the page and the files."""

    @get(PATH, opt={"public": "for anybody to read; shows nobody"})
    async def log(request: AnyRequest) -> Response[str]:
        """Say what the log is, show its newest head, and how to check it."""
        settings = services.settings
        async with services.database.read("trust") as tx:
            document = (await services.rulebook.rules(tx)).in_force.document
            head = await checkpoints.latest(tx)
            signs = await notary(tx, services.keyring, settings.public_url)
        locale = wanted(
            request.query_params.get("lang"), request.headers.get("accept-language", "")
        )
        reader = Reader(services.clock.now(), locale)
        view = LogPage(
            head=HeadPart(head.note, head.size, head.signed_at) if head else None,
            keys=tuple(
                KeyLine(one.vkey, is_retired=place > 0)
                for place, one in enumerate(signs.verifiers)
            ),
            checkpoint_url=CHECKPOINT_URL,
            addresses=tuple(f"{settings.public_url}{PATH}/{name}" for name in _FETCHED),
            formats=_FORMATS,
            trust_url=_TRUST,
        )
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
        html = render("trust/log.html", view, reader=reader, frame=frame)
        headers = {**HEADERS, "cache-control": _MINUTE, "vary": "accept-language"}
        return Response(html, headers=headers, media_type="text/html")

    @get(CHECKPOINT_URL, opt=_PUBLIC)
    async def checkpoint() -> Response[str]:
        """Return the newest head as a signed note."""
        async with services.database.read("trust") as tx:
            head = await checkpoints.latest(tx)
        if head is None:
            raise NoSuchCheckpoint("Nothing is signed yet.", hint="Try again in a minute.")
        return _text(head.note)

    @get(f"{PATH}/consistency", opt=_PUBLIC)
    async def consistency(request: AnyRequest) -> Response[str]:
        """Return the hashes that prove that one head grew out of another, one per line."""
        sizes = [request.query_params.get(name, "") for name in ("from", "to")]
        if not all(_SIZE.fullmatch(size) for size in sizes):
            raise NoSuchCheckpoint
        async with services.database.read("trust") as tx:
            proof = await proving.consistent(tx, int(sizes[0]), int(sizes[1]))
        return _text(proof.text)

    @get(f"{PATH}/tile/{{name:path}}", opt=_PUBLIC)
    async def tile(name: FromPath[Path]) -> Response[bytes]:
        """Return the hashes of a tile, 32 bytes each; full ones never change."""
        place, width = _named(name.as_posix())
        async with services.database.read("trust") as tx:
            hashes = await proving.tile(tx, place, width)
        return Response(
            hashes,
            media_type="application/octet-stream",
            headers={**_open_to_all(_FOR_EVER)},
        )

    return [log, checkpoint, consistency, tile]


def _named(name: str) -> tuple[Place, int]:
    """Return which tile a path names, and how many of its hashes.

    Raises:
        NoSuchCheckpoint: none.
    """
    found = _TILE.fullmatch(name)
    if found is None or int(found["level"]) >= LEVELS:
        raise NoSuchCheckpoint
    number = int(found["number"].replace("x", "").replace("/", ""))
    width = int(found["width"] or WIDTH)
    if number >= 1 << 48 or not (width < WIDTH or found["width"] is None):
        raise NoSuchCheckpoint
    return Place(int(found["level"]), number), width


def _text(text: str) -> Response[str]:
    return Response(text, media_type="text/plain; charset=utf-8", headers=_open_to_all(_MINUTE))


def _open_to_all(cache: str) -> dict[str, str]:
    """Return headers that let anybody's page fetch it: verifying must need no server of ours."""
    return {
        "access-control-allow-origin": "*",
        "cache-control": cache,
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
