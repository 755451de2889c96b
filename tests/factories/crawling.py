"""What pages offer to do: their forms, and the addresses that name something.

So a form that is added tomorrow is tried with the ids of others by itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from tests.factories.callers import Caller
from tests.factories.estate import Estate
from tests.factories.routes import Route

TOKEN: Final = "csrf_token"
# What looks like the name of one thing: a UUID, or a long row of random signs.
_NAME: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|[A-Za-z0-9_-]{32,}"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page, with what it would send as it stands."""

    method: str
    action: str
    fields: Mapping[str, str]

    @property
    def ids(self) -> list[str]:
        """Return the fields that name one thing."""
        return [
            name
            for name, value in self.fields.items()
            if name != TOKEN and _NAME.fullmatch(value)
        ]


class _Reader(HTMLParser):
    """Collects forms, and links with a query as forms that ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self._open: tuple[str, str, dict[str, str]] | None = None
        self.found: list[Form] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: unescape(value or "") for name, value in attrs}
        match tag:
            case "form":
                action = said.get("action") or self._page
                self._open = (said.get("method", "get").upper(), action, {})
            case "input" | "button" | "textarea" | "select" if self._open and "name" in said:
                self._open[2][said["name"]] = said.get("value", "")
            case "a" if "?" in said.get("href", ""):
                parts = urlsplit(said["href"])
                if not parts.netloc:
                    fields = dict(parse_qsl(parts.query, keep_blank_values=True))
                    self.found.append(Form("GET", parts.path or self._page, fields))
            case _:
                pass

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._open is not None:
            self.found.append(Form(*self._open))
            self._open = None


def forms_of(html: str, page: str) -> list[Form]:
    """Return the forms of a page, and its links with a query."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.found


async def offered(estate: Estate, caller: Caller, routes: list[Route]) -> list[Form]:
    """Return everything that pages offer to somebody, each once."""
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], Form] = {}
    for page in _pages(estate, routes):
        answer = await estate.street.ask(caller, "GET", page)
        if answer.status_code == 200 and "html" in answer.headers["content-type"]:
            for form in forms_of(answer.text, page):
                shown = tuple((n, v) for n, v in form.fields.items() if n != TOKEN)
                found.setdefault((form.method, form.action, shown), form)
    return list(found.values())


def _pages(estate: Estate, routes: list[Route]) -> Iterator[str]:
    for route in routes:
        if route.method == "GET" and (route.permission or route.is_own):
            yield estate.address(route)
