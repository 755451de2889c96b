"""`render`: one template, one view model, one reader, one page.

Whatever a template asks for and the view does not give is an error, in tests and in service.
"""

from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from candor.infra.web import reading
from candor.infra.web.reading import Reader
from candor.infra.web.static import UI, static

# Templates live beside the surface that shows them; this only lists where those places are.
FOLDERS: Final = (UI, *sorted(UI.parent.glob("surface/*/templates")))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    names = cast("dict[str, Any]", environment.globals)
    names |= {"static": static, "_": reading.translate, "ngettext": reading.translate_many}
    filters = cast("dict[str, Any]", environment.filters)
    filters |= {
        "datetime": reading.show_datetime,
        "date": reading.show_date,
        "month": reading.show_month,
        "time": reading.show_time,
        "ago": reading.show_ago,
        "number": reading.show_number,
        "money": reading.show_money,
    }
    return environment


_ENVIRONMENT: Final = _environment()


def render(name: str, view: object, *, reader: Reader, **extra: object) -> str:
    """Return the page. The template sees `view` and what is in `extra`, chiefly `frame`.

    Args:
        name: path of the template, such as `console/today.html`.
        view: the dataclass that the first line of the template names.
        reader: language, time zone and the present moment.
        extra: other values for the template, chiefly the surface's frame.
    """
    template = _ENVIRONMENT.get_template(name)
    with reading.reading(reader):
        return template.render(view=view, **extra)
