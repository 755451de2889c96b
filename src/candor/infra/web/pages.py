"""`render`: one template, one view model, one reader, one page.

Whatever a template asks for and the view does not give is an error, in tests and in service.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from candor.infra.web import reading
from candor.infra.web.reading import Reader
from candor.infra.web.static import FILES, UI, static

# Templates live beside the surface that shows them, those of mails in the slice that sends them;
# this only lists where those places are.
FOLDERS: Final = (
    UI,
    *sorted(UI.parent.glob("surface/*/templates")),
    UI.parent / "domain",
)


def style(*names: str) -> Markup:
    """Return style sheets inside a page that stands alone: a file that somebody keeps."""
    sheets = "".join(FILES[name].body.decode() for name in names)
    return Markup(f"<style>{sheets}</style>")  # noqa: S704 - files of ours


def _environment(*, is_markup: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=is_markup,  # noqa: S701 - off for plain text alone
        trim_blocks=not is_markup,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    names = cast("dict[str, Any]", environment.globals)
    names |= {"static": static, "style": style}
    if is_markup:
        names |= {"_": reading.translate, "ngettext": reading.translate_many}
    else:
        names |= {"_": reading.say, "ngettext": reading.say_many}
    filters = cast("dict[str, Any]", environment.filters)
    filters |= {
        "datetime": reading.show_datetime,
        "date": reading.show_date,
        "month": reading.show_month,
        "time": reading.show_time,
        "ago": reading.show_ago,
        "number": reading.show_number,
        "money": reading.show_money,
        "percent": reading.show_percent,
    }
    return environment


_ENVIRONMENT: Final = _environment(is_markup=True)
_PLAIN: Final = _environment(is_markup=False)


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


def render_part(name: str, macro: str, view: object, *, reader: Reader) -> str:
    """Return what one macro makes of a view: for a page that is too long to be made at once.

    Args:
        name: path of the file of macros, such as `components/archive.html`.
        macro: its name.
        view: what it takes.
        reader: language, time zone and the present moment.
    """
    with reading.reading(reader):
        made = getattr(_ENVIRONMENT.get_template(name).module, macro)
        return str(made(view))


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of a mail, in both of its forms."""

    subject: str
    text: str
    html: str


def render_mail(name: str, view: object, *, reader: Reader) -> Letter:
    """Return the words of a mail: `<slice>/mail/<name>/` holds `text.txt` and `html.html`.

    The first line of the text is the subject. Nothing is escaped in the text, all in the HTML.
    """
    with reading.reading(reader):
        text = _PLAIN.get_template(f"{name}/text.txt").render(view=view, reader=reader)
        html = _ENVIRONMENT.get_template(f"{name}/html.html").render(view=view, reader=reader)
    subject, _, body = text.partition("\n")
    return Letter(subject.strip(), body.strip() + "\n", html)
