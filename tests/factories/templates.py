"""An environment that renders templates without the application around them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

CANDOR: Final = Path(__file__).resolve().parents[2] / "src" / "candor"
UI: Final = CANDOR / "ui"
FOLDERS: Final = (
    UI,
    CANDOR / "surface" / "console" / "templates",
    CANDOR / "surface" / "portal" / "templates",
)
_KINDS: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def _translate(message: str, **values: object) -> Markup:
    """Fill in the placeholders; values are escaped, as by the real one."""
    return Markup(message) % values  # noqa: S704 - the text of a template is ours


def _translate_many(singular: str, plural: str, count: int, **values: object) -> Markup:
    return _translate(singular if count == 1 else plural, num=count, **values)


def _money(minor: int, currency: str) -> str:
    return f"{minor / 100:.2f} {currency}"


def _static(name: str) -> str:
    return f"/static/{name}"


def make_environment() -> Environment:
    """Return an environment in which anything that a view does not give is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
    )
    names = cast("dict[str, Any]", environment.globals)
    names |= {"static": _static, "_": _translate, "ngettext": _translate_many}
    filters = cast("dict[str, Any]", environment.filters)
    filters |= dict.fromkeys(("datetime", "date", "time", "ago", "number"), str)
    filters["money"] = _money
    return environment


def read_static(path: str) -> tuple[bytes, str]:
    """Return the bytes and the content type of `/static/<name>`."""
    file = UI / path.removeprefix("/static/")
    return file.read_bytes(), _KINDS[file.suffix]
