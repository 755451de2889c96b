"""Rules on Python: where personal data may show itself, and what a part may touch."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from tools.lint.source import Finding, Source

# Where plaintext is needed to do the work at all. Each line is a place to review for leaks.
REVEAL_ALLOWED: Final = (
    "candor.kernel.text",  # normalising an identifier
    "candor.infra.mail",  # a message gets its address as it is made
    "candor.domain.vault.*",  # sealing, opening, blind index
    "candor.cli.run",  # the invented address of the demo's customer, for whoever tries it
    "candor.surface.console.connections.looking",  # what would go, for whoever may see people
    "candor.surface.console.person.filling",  # staff read what the stated purpose opened
    "candor.surface.portal.person",  # the customer's name, language and time zone
    "candor.surface.console.contesting.opening",  # what a contested decision rests on
    "candor.surface.console.requests.opening",  # what was written in a request, for a reason
    "candor.surface.portal.facts.filling",  # the customer reads what is theirs
    "candor.surface.portal.facts.correcting",  # the same, on its way to be put right
    "candor.surface.portal.activity.filling",  # the same, in their purchases
    "candor.surface.portal.rights.reviewing",  # the same, in what machines decided about them
    "candor.surface.portal.rights.requests",  # what they wrote, and what was written to them
    "candor.surface.portal.rights.comparing",  # two facts, held against what somebody typed
    "candor.app.rights_letters",  # what was written to them, on its way into their letter
    "candor.domain.profiles.service.addresses",  # in which language to write to somebody
    "candor.domain.profiles.service.returning",  # an address that was forgotten, as it is marked
    "candor.domain.access.service.coming_back",  # sealing it while its owner waits for a code
    "candor.domain.profiles.service.birthdays",  # whether somebody is a minor
    "candor.domain.profiles.service.keep",  # writing an attribute down as it is sealed
    "candor.domain.profiles.service.leaving",  # what somebody erased could be found by
    "candor.domain.rights.service.erasure.needles",  # sealing that anew, and searching for it
    "candor.domain.rights.service.export.rows",  # a person's own archive, as it is sent to them
    "candor.domain.rights.service.words",  # sealing what was written in a request
    "candor.domain.rights.service.capturing",  # whose address a mail comes from
    "candor.domain.rights.service.downstream.introducing",  # sealing what systems know people by
    "candor.domain.rights.service.downstream.telling",  # naming the person to such a system
    "candor.domain.connections.service.exchange",  # how others call people: sealed, marked
    "candor.domain.connections.service.calling",  # what another system says, said at the door
    "candor.domain.connections.service.subscribing",  # a browser's address, checked and sealed
    "candor.domain.connections.adapters.*",  # what leaves, as its bytes are written
    "candor.domain.profiles.service.correct",  # checking what a customer says of themselves
    "candor.domain.rights.service.automated.recording",  # sealing what a machine decided by
    "candor.domain.rights.service.automated.telling",  # telling the person what it was
)

PERSONAL_WORDS: Final = frozenset({
    "address", "birthday", "birth_date", "card", "city", "customer_name",
    "date_of_birth", "display_name",
    "email", "e_mail", "first_name", "full_name", "iban",
    "identifier", "identifiers", "ip", "last_name",
    "mail", "msisdn", "name_of_person", "password", "phone", "plain",
    "plaintext", "postcode", "properties",
    "secret", "street", "subject_key", "token", "traits", "value", "write_key", "zip",
})  # fmt: skip
LOG_METHODS: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "bind", "log"}
)
LOGGERS: Final = frozenset({"log", "logger", "_log", "_logger", "logging"})

_ENDS: Final = ("candor.infra.db.*", "candor.infra.sql_mariadb")  # transactions
# call → where it is allowed, and what to do instead
FORBIDDEN_CALLS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "commit": (_ENDS, "the edge commits: a verb never ends its transaction"),
    "rollback": (_ENDS, "raise instead: the edge rolls back"),
    "getLogger": (("candor.infra.log", "candor.infra.log.*"), "take the one of infra.log"),
    "eval": ((), "nothing that comes as text is run"),
    "exec": ((), "nothing that comes as text is run"),
    "get_event_loop": ((), "use asyncio.get_running_loop"),
    "Markup": (("candor.infra.web", "candor.infra.web.*"), "markup lives in templates"),
}  # fmt: skip

FRAMEWORKS: Final = {
    "litestar": ("candor.app", "candor.app.*", "candor.surface", "candor.surface.*"),
    "jinja2": ("candor.infra.web", "candor.infra.web.*"),
    # doctor looks at a server that the pool may not reach at all
    "psycopg": ("candor.infra", "candor.infra.*", "candor.cli.doctor"),
}

# Keywords in capitals, or all in small letters; a sentence begins with one capital only.
_SQL: Final = re.compile(
    r"\s*(?:(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO)\s"
    r".*(?:\sFROM\s|\sSET\s|\sVALUES|\sAS\s*\()"
    r"|(?:select|insert into|update|delete from|with|merge into)\s"
    r".*(?:\sfrom\s\w+\.|\sset\s+\w+\s*=|\svalues\s*\(|\sas\s*\())",
    re.DOTALL,
)


def reveal_listed(source: Source) -> Iterator[Finding]:
    """Plaintext of a person shows only where somebody looked: `.reveal()` in listed modules.

    The harm: personal data that anybody opens anywhere ends in a log or an error report.
    """
    if _is_module(source, REVEAL_ALLOWED) or not source.path.startswith("src/"):
        return
    for node in _walk(source):
        if isinstance(node, ast.Attribute) and node.attr == "reveal":
            yield source.finding(
                node.lineno, "reveal-listed", "plaintext is opened outside the listed modules"
            )


def imports_on_top(source: Source) -> Iterator[Finding]:
    """Imports stand at the top of a file, none inside a function.

    The harm: a hidden import is a cycle that nobody had to face, and it fails at a bad time.
    """
    for function in _walk(source):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield source.finding(
                    node.lineno, "imports-on-top", f"import inside {function.name}()"
                )


def forbidden_calls(source: Source) -> Iterator[Finding]:
    """Some calls belong to one place each, or to none.

    The harm: a commit inside a verb tears an act from its audit entry; a logger of one's own
    escapes redaction; markup made in Python escapes the escaping.
    """
    if not source.path.startswith("src/"):
        return
    for node in _walk(source):
        if not isinstance(node, ast.Call):
            continue
        name = _last_name(node.func)
        allowed, instead = FORBIDDEN_CALLS.get(name, (("*",), ""))
        if not _is_module(source, allowed):
            yield source.finding(node.lineno, "forbidden-call", f"{name}(): {instead}")


def framework_in_place(source: Source) -> Iterator[Finding]:
    """Web framework, template engine and driver stay where they can be replaced.

    The harm: HTTP in the domain or SQL drivers in a page make each change touch everything.
    """
    if not source.path.startswith("src/"):
        return
    for node in _walk(source):
        for name in _imported(node):
            allowed = FRAMEWORKS.get(name.partition(".")[0], ("*",))
            if not _is_module(source, allowed):
                yield source.finding(
                    getattr(node, "lineno", 1),
                    "framework-in-place",
                    f"{name} does not belong here",
                )


def log_without_people(source: Source) -> Iterator[Finding]:
    """A log call names no personal field, opens no plaintext and builds no sentence.

    The harm: logs are copied to where no erasure reaches. Log codes, ids and counts.
    """
    for node in _walk(source):
        if not isinstance(node, ast.Call) or not _is_log_call(node.func):
            continue
        for keyword in node.keywords:
            if keyword.arg in PERSONAL_WORDS:
                yield source.finding(
                    node.lineno, "log-without-people", f"field {keyword.arg} in a log call"
                )
        for part in [*node.args, *(k.value for k in node.keywords)]:
            if isinstance(part, ast.JoinedStr):
                yield source.finding(
                    node.lineno, "log-without-people", "a log event is a fixed name with fields"
                )
            if any(isinstance(n, ast.Attribute) and n.attr == "reveal" for n in ast.walk(part)):
                yield source.finding(
                    node.lineno, "log-without-people", "plaintext in a log call"
                )


def sql_in_files(source: Source) -> Iterator[Finding]:
    """SQL stands in queries.sql, where it is prepared against the schema by a test.

    The harm: a statement in a string is not checked until a customer runs it.
    """
    is_ours = source.path.startswith(("src/candor/domain/", "src/candor/surface/"))
    # Databases of others have other tables: what is said to them stands with their adapter.
    if not is_ours or source.path.startswith("src/candor/domain/connections/adapters/"):
        return
    for node in _walk(source):
        match node:
            case ast.Constant(value=str(text)) if _SQL.match(f"{text} "):
                yield source.finding(node.lineno, "sql-in-files", "SQL outside queries.sql")
            case _:
                pass


def module_docstring(source: Source) -> Iterator[Finding]:
    """Every module says what it is for; the `__init__` of a slice says nothing else.

    The harm: the next reader has to guess what belongs here, and puts it somewhere else.
    """
    if source.tree is None or source.path.startswith("tests/"):
        return
    if not (ast.get_docstring(source.tree) or "").strip():
        yield source.finding(1, "module-docstring", "the module does not say what it is for")
    parts = source.path.split("/")
    is_slice = source.path.startswith("src/candor/domain/") and len(parts) == 5
    if is_slice and parts[-1] == "__init__.py" and len(source.tree.body) > 1:
        yield source.finding(
            source.tree.body[1].lineno,
            "module-docstring",
            "the __init__ of a slice holds only words",
        )


def _walk(source: Source) -> Iterator[ast.AST]:
    """Yield every node of the file; none if it is not Python."""
    if source.tree is not None:
        yield from ast.walk(source.tree)


def _is_module(source: Source, patterns: tuple[str, ...]) -> bool:
    """Tell whether the file is one of these modules."""
    return any(fnmatchcase(source.module, pattern) for pattern in patterns)


def _last_name(func: ast.expr) -> str:
    """Return the last part of what is called: `commit` of `conn.commit()`."""
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_log_call(func: ast.expr) -> bool:
    """Tell whether this is a call such as log.info or self._log.bind."""
    if not isinstance(func, ast.Attribute) or func.attr not in LOG_METHODS:
        return False
    return _last_name(func.value) in LOGGERS


def _imported(node: ast.AST) -> list[str]:
    """Return the names of modules that a statement imports."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(name)):
            return [name]
        case _:
            return []
