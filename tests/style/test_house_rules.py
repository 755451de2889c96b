"""Every house rule catches what was planted for it, and lets the harmless twin pass."""

from dataclasses import dataclass
from typing import Final

import pytest

from tools.lint.__main__ import ROOT, RULES, check, project_files
from tools.lint.source import Source

SERVICE: Final = "src/candor/domain/loyalty/service.py"
QUERIES: Final = "src/candor/domain/loyalty/queries.sql"
PAGE: Final = "src/candor/surface/portal/templates/portal/page.html"
SHEET: Final = "src/candor/ui/base.css"
SCRIPT: Final = "src/candor/ui/page.js"


@dataclass(frozen=True)
class Planted:
    """A violation, the rule that must notice it, and a twin that it must let pass."""

    rule: str
    path: str
    bad: str
    good: str


def python(rule: str, bad: str, good: str, path: str = SERVICE) -> Planted:
    return Planted(rule, path, f'"""Words."""\n{bad}\n', f'"""Words."""\n{good}\n')


PLANTED: Final = [
    python("reveal-listed", "x = mail.reveal()", "x = mail"),
    python("reveal-listed", "show = mail.reveal", "show = mail.masked"),
    python("imports-on-top", "def f():\n    import json", "import json"),
    python(
        "imports-on-top",
        "async def f():\n    if x:\n        from candor.domain import vault",
        "from candor.domain.vault import service",
    ),
    python("forbidden-call", "await tx.connection.commit()", "await tx.run(stmt)"),
    python("forbidden-call", "log = logging.getLogger('x')", "log = logger('x')"),
    python("forbidden-call", "b = Markup('<b>')", "b = render('b.html')"),
    python("forbidden-call", "eval('1')", "int('1')"),
    python("framework-in-place", "from litestar import get", "from candor.infra import web"),
    python("framework-in-place", "import jinja2", "import json"),
    python("framework-in-place", "import psycopg", "from candor.infra.db.pool import Tx"),
    python("log-without-people", "log.info('sent', email=x)", "log.info('sent', count=x)"),
    python("log-without-people", "_log.warning(f'no {x}')", "_log.warning('none', code=x)"),
    python("log-without-people", "log.info('x', a=m.reveal())", "log.info('x', a=m.code)"),
    python(
        "sql-in-files",
        "s = 'SELECT balance FROM loyalty.account'",
        "s = 'Select from the list what you like'",
    ),
    python("sql-in-files", "s = f'''\nUPDATE t SET a = {b}'''", "s = 'UPDATE your address'"),
    Planted("module-docstring", SERVICE, "x = 1\n", '"""Words."""\nx = 1\n'),
    python(
        "module-docstring", "x = 1", "", path="src/candor/domain/loyalty/__init__.py"
    ),
    Planted(
        "own-tables",
        QUERIES,
        "-- name: a\n-- Returns a.\nSELECT a FROM vault.subject_key",
        "-- name: a\n-- Returns a.\nSELECT a FROM vault.v_epochs JOIN loyalty.account USING (b)",
    ),
    Planted(
        "own-tables",
        QUERIES,
        "-- name: a\n-- Returns a.\nSELECT a FROM account",
        "-- name: a\n-- Returns a.\nWITH x AS (SELECT a FROM loyalty.account) SELECT a FROM x",
    ),
    Planted(
        "statement-style",
        QUERIES,
        "-- name: a\n-- Returns all.\nSELECT * FROM loyalty.account",
        "-- name: a\n-- Returns how many: SELECT * is not here.\n"
        "SELECT count(*) FROM loyalty.account",
    ),
    Planted(
        "statement-style",
        QUERIES,
        "-- name: a\nSELECT a FROM loyalty.account",
        "-- name: a\n-- Returns a.\nSELECT a FROM loyalty.account",
    ),
    Planted(
        "statement-style",
        QUERIES,
        "-- name: a\n-- Returns a.\nselect a from loyalty.account",
        "-- name: a\n-- Returns a.\nSELECT a FROM loyalty.account",
    ),
    Planted("tokens-only", SHEET, "a { color: #0a0; }", "a { color: var(--accent); }"),
    Planted("tokens-only", SHEET, "a { color: oklch(50% 0 0); }", "a { color: inherit; }"),
    Planted("tokens-only", SHEET, "a { margin: 4px; }", "a { margin: var(--space-1); /* 4px */ }"),
    Planted("tokens-only", SHEET, "@import 'x.css';", "@layer base {}"),
    Planted("nothing-inline", PAGE, "<p style='x'>", "<p class='x'>"),
    Planted("nothing-inline", PAGE, "<script>x()</script>", "<script src='/static/a.js'></script>"),
    Planted("nothing-inline", PAGE, '<a onclick="x()">', '<a href="/x">'),
    Planted(
        "nothing-inline", PAGE, '<img src="https://x.example/a.png">', '<img src="/static/a.svg">'
    ),
    Planted("nothing-inline", PAGE, '<path fill="#fff">', '<path fill="currentColor">'),
    Planted("nothing-inline", PAGE, "{{ words | safe }}", "{{ words }}"),
    Planted("text-not-markup", SCRIPT, "row.innerHTML = name;", "row.textContent = name;"),
    Planted("text-not-markup", SCRIPT, "document.write(name)", "document.title = name"),
    Planted("text-not-markup", SCRIPT, "eval(answer)", "JSON.parse(answer) // never eval(x)"),
    Planted(
        "forms-are-guarded",
        PAGE,
        '<form method="post"><button>Stop</button></form>',
        '<form method="post">{{ ui.csrf(view.csrf) }}<button>Stop</button></form>',
    ),
    Planted("words-of-the-project", "docs/a.md", "see iss" "ue 12", "see the list of changes"),
    Planted("words-of-the-project", "docs/a.md", "in an earlier ses" "sion", "the session ends"),
]  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p.rule}: {p.bad[-40:]!r}")
def test_rule_catches_what_was_planted(planted: Planted) -> None:
    assert planted.rule in {f.rule for f in check(Source.of(planted.path, planted.bad))}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p.rule}: {p.good[-40:]!r}")
def test_rule_lets_the_harmless_twin_pass(planted: Planted) -> None:
    assert planted.rule not in {f.rule for f in check(Source.of(planted.path, planted.good))}


def test_every_rule_has_something_planted_for_it() -> None:
    assert {rule.__name__.replace("_", "-") for rule in RULES} == {
        planted.rule.replace("forbidden-call", "forbidden-calls") for planted in PLANTED
    }


def test_every_rule_says_which_harm_it_stops() -> None:
    assert all("The harm:" in (rule.__doc__ or "") for rule in RULES)


def test_finding_points_at_the_line() -> None:
    (finding,) = check(Source.of(SHEET, "a {}\n\nb { color: #fff; }\n"))
    assert str(finding).startswith(f"{SHEET}:3: tokens-only:")


@pytest.mark.asvs("1.2.4", "1.3.2", "3.2.2")
def test_the_project_itself_has_no_findings() -> None:
    findings = [f for path in project_files() for f in check(Source.read(ROOT, path))]
    assert not [str(finding) for finding in findings]
