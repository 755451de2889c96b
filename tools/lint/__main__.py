"""Run the house rules over the project: `python -m tools.lint [FILE…]`.

Exits with 1 when there are findings.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tools.lint import page_rules, python_rules, sql_rules, words_rules
from tools.lint.source import Finding, Rule, Source

ROOT: Final = Path(__file__).resolve().parents[2]
SUFFIXES: Final = frozenset({
    ".py", ".sql", ".css", ".html", ".js", ".md", ".toml", ".txt", ".in", ".json", ".svg", "",
})  # fmt: skip
RULES: Final[tuple[Rule, ...]] = (
    python_rules.reveal_listed,
    python_rules.imports_on_top,
    python_rules.forbidden_calls,
    python_rules.framework_in_place,
    python_rules.log_without_people,
    python_rules.sql_in_files,
    python_rules.module_docstring,
    sql_rules.own_tables,
    sql_rules.statement_style,
    page_rules.tokens_only,
    page_rules.nothing_inline,
    page_rules.text_not_markup,
    page_rules.forms_are_guarded,
    words_rules.words_of_the_project,
)


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files of the project that rules read: what git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in sorted(set(filter(None, listed.split("\0")))):
        path = root / name
        if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink():
            yield path


def check(source: Source, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Return everything that the rules find in one file."""
    return [finding for rule in rules for finding in rule(source)]


def main(arguments: list[str]) -> int:
    """Check the named files, or all; print findings and a closing line."""
    paths = [Path(name).resolve() for name in arguments] or list(project_files())
    findings: list[Finding] = []
    for path in paths:
        try:
            findings += check(Source.read(ROOT, path))
        except UnicodeDecodeError:
            continue
        except SyntaxError as error:
            findings.append(Finding(str(path), error.lineno or 1, "syntax", error.msg))
    for finding in findings:
        print(finding)
    print(f"{len(paths)} files, {len(RULES)} rules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
