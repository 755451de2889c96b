"""What people asked for year by year, and how it was answered: for anybody (11 CCR 7102).

Received, complied with in whole or in part, denied, and the median and mean days until the
answer, per right. Numbers are exact, as the law wants them, unless a group is so small that it
could point at somebody: then it is not told, and neither is its time.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.rights.model.request import Right
from candor.domain.rights.service import reading as requests
from candor.infra.db.pool import ReadTx
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader, reading, show_number
from candor.surface.plain import entitled
from candor.surface.plain.answers import HEADERS, AnyRequest
from candor.surface.plain.language import NAMES, wanted
from candor.surface.plain.services import Services
from candor.surface.trust.views import LanguageLink, RightLine, TrustFrame, YearPage, YearPart

PATH: Final = "/trust/requests"
JSON_PATH: Final = f"{PATH}.json"
SMALLEST: Final = 5  # requests; a smaller group is not told
YEARS: Final = 3
_TRUST: Final = "/trust"
_PORTAL: Final = "/me"
_TEN_MINUTES: Final = "public, max-age=600"


class Told(msgspec.Struct, frozen=True):
    """One right in one year; None: too few to tell."""

    right: str
    received: int | None
    complied_in_whole: int | None
    complied_in_part: int | None
    denied: int | None
    median_days: float | None
    mean_days: float | None


class Year(msgspec.Struct, frozen=True):
    """One calendar year, UTC."""

    year: int
    is_over: bool
    rights: tuple[Told, ...]


class Published(msgspec.Struct, frozen=True):
    """The file that programs fetch."""

    company: str
    smallest: int
    years: tuple[Year, ...]


def told(row: requests.Figure) -> Told:
    """Return what may be told of one right in one year."""
    answered = row.in_full + row.in_part + row.refused
    has_days = answered >= SMALLEST and row.median_days is not None
    in_whole, in_part, denied = _parts((row.in_full, row.in_part, row.refused))
    return Told(
        right=row.kind,
        received=_told(row.received),
        complied_in_whole=in_whole,
        complied_in_part=in_part,
        denied=denied,
        median_days=round(row.median_days or 0.0, 1) if has_days else None,
        mean_days=round(row.mean_days or 0.0, 1) if has_days else None,
    )


def _told(count: int) -> int | None:
    """Return a count; None where it is so small that it could point at somebody."""
    return None if 0 < count < SMALLEST else count


def _parts(counts: tuple[int, ...]) -> tuple[int | None, ...]:
    """Return the parts of a whole: where one is hidden, another is, or the rest would tell it."""
    parts = [_told(count) for count in counts]
    if parts.count(None) == 1:
        others = [place for place, part in enumerate(parts) if part]
        if others:
            parts[min(others, key=lambda place: counts[place])] = None
    return tuple(parts)


async def years_of(tx: ReadTx, now: datetime) -> tuple[Year, ...]:
    """Return the figures of this year and of those before, the newest first."""
    found: list[Year] = []
    for year in range(now.year, now.year - YEARS, -1):
        rows = await requests.figures(
            tx,
            since=datetime(year, 1, 1, tzinfo=UTC),
            until=datetime(year + 1, 1, 1, tzinfo=UTC),
        )
        if rows or year == now.year:
            found.append(Year(year, year < now.year, tuple(told(row) for row in rows)))
    return tuple(found)


def routes(services: Services) -> list[HTTPRouteHandler]:
    """Return the page and the file."""

    @get(PATH, opt={"public": "for anybody to read; shows nobody"})
    async def page(request: AnyRequest) -> Response[str]:
        """Show what people asked for, and how it was answered."""
        now = services.clock.now()
        async with services.database.read("trust") as tx:
            company = (await services.rulebook.rules(tx)).in_force.document.company
            years = await years_of(tx, now)
        locale = wanted(
            request.query_params.get("lang"), request.headers.get("accept-language", "")
        )
        reader = Reader(now, locale)
        with reading(reader):
            view = YearPage(
                years=tuple(_part(year) for year in years),
                smallest=SMALLEST,
                json_url=JSON_PATH,
                trust_url=_TRUST,
            )
        frame = TrustFrame(
            company=company,
            locale=reader.language_tag,
            direction=reader.direction,
            is_demo=services.is_demo,
            written_at=now,
            portal_url=_PORTAL,
            languages=tuple(
                LanguageLink(tag, name, f"{PATH}?lang={tag}", tag == reader.language)
                for tag, name in NAMES.items()
            ),
        )
        html = render("trust/requests.html", view, reader=reader, frame=frame)
        headers = {**HEADERS, "cache-control": _TEN_MINUTES, "vary": "accept-language"}
        return Response(html, headers=headers, media_type="text/html")

    @get(JSON_PATH, opt={"public": "the same figures, for programs"})
    async def file() -> Response[bytes]:
        """Return the same as a file."""
        now = services.clock.now()
        async with services.database.read("trust") as tx:
            company = (await services.rulebook.rules(tx)).in_force.document.company
            body = Published(company, SMALLEST, await years_of(tx, now))
        headers = {
            "access-control-allow-origin": "*",
            "cache-control": _TEN_MINUTES,
            "content-disposition": 'attachment; filename="requests.json"',
            "cross-origin-resource-policy": "cross-origin",
            "x-content-type-options": "nosniff",
        }
        encoded = msgspec.json.encode(body)
        return Response(encoded, media_type="application/json", headers=headers)

    return [page, file]


def _part(year: Year) -> YearPart:
    return YearPart(
        year=str(year.year), is_over=year.is_over, rights=tuple(_line(o) for o in year.rights)
    )


def _line(one: Told) -> RightLine:
    def days(number: float | None) -> str | None:
        return None if number is None else show_number(number)

    said = entitled.name(Right(one.right))
    return RightLine(
        right=said[:1].upper() + said[1:],
        received=one.received,
        in_whole=one.complied_in_whole,
        in_part=one.complied_in_part,
        denied=one.denied,
        median_days=days(one.median_days),
        mean_days=days(one.mean_days),
    )
