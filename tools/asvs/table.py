"""Reading the marks and the judgements, and writing the table of both."""

import ast
import csv
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TARGET: Final = ROOT / "docs/reference/asvs.md"
_HERE: Final = Path(__file__).parent
_TESTS: Final = ROOT / "tests"
VERDICTS: Final = ("design", "manual", "missing", "outside")
AIM: Final = 2  # the level that we aim at
_SHOWN_TESTS: Final = 3
_HEAD: Final = """\
# OWASP ASVS 5.0

What stands behind each requirement of the Application Security Verification Standard, level {aim}.
Written by `python -m tools.asvs` from marks on tests and from `tools/asvs/judged.toml`; the
requirements are paraphrased, the wording that counts is OWASP's. A requirement with a test is
*tested*, as far as that test goes; *design* says how it is built; *manual* needs somebody to look
in your installation; *missing* is not done, or not wholly; *outside* has nothing here to be about.

"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the standard."""

    id: str
    level: int
    chapter: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says about a requirement."""

    verdict: str
    why: str


def requirements() -> list[Requirement]:
    """Return all requirements in their order."""
    with (_HERE / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return [
            Requirement(row["id"], int(row["level"]), row["chapter"], row["paraphrase"])
            for row in csv.DictReader(file)
        ]


def judgements() -> dict[str, Judgement]:
    """Return what people said, by requirement."""
    given = tomllib.loads((_HERE / "judged.toml").read_text(encoding="utf-8"))
    return {
        which: Judgement(verdict, why)
        for verdict, lines in given.items()
        for which, why in lines.items()
    }


def marks() -> dict[str, list[str]]:
    """Return which tests say that they show what, read from their text: `path::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(_TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(ROOT).as_posix()
        for name, ids in _marked(tree):
            for which in ids:
                found[which].append(f"{where}::{name}")
    return dict(found)


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yield each marked function of a file, or the file itself (`pytestmark`), with its ids."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                ids = [one for mark in node.decorator_list for one in _ids(mark)]
                if ids:
                    yield node.name, ids
            case ast.Assign(targets=[ast.Name("pytestmark")], value=value):
                values = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                ids = [one for mark in values for one in _ids(mark)]
                if ids:
                    yield "all", ids
            case _:
                pass


def _ids(mark: ast.expr) -> list[str]:
    """Return the ids of `pytest.mark.asvs(...)`; none of anything else."""
    match mark:
        case ast.Call(func=ast.Attribute(attr="asvs"), args=given):
            return [str(one.value) for one in given if isinstance(one, ast.Constant)]
        case _:
            return []


def written() -> str:
    """Return the table."""
    tested, judged = marks(), judgements()
    aimed = [one for one in requirements() if one.level <= AIM]
    text = [_HEAD.format(aim=AIM), *_sums(aimed, tested, judged)]
    chapter = ""
    for one in aimed:
        if one.chapter != chapter:
            chapter = one.chapter
            text.append(
                f"\n## {chapter}\n\n| id | requirement | shown by |\n| --- | --- | --- |\n"
            )
        text.append(f"| {one.id} | {_cell(one.text)} | {_shown(one, tested, judged)} |\n")
    return "".join(text)


def _sums(
    aimed: Sequence[Requirement],
    tested: Mapping[str, Sequence[str]],
    judged: Mapping[str, Judgement],
) -> Iterator[str]:
    """Yield how many requirements are shown how, by level."""
    counts: Counter[tuple[int, str]] = Counter(
        (one.level, _verdict(one, tested, judged)) for one in aimed
    )
    verdicts = ("tested", *VERDICTS)
    yield "| level | " + " | ".join(verdicts) + " | all |\n" + "| --- " * 7 + "|\n"
    for level in range(1, AIM + 1):
        row = [counts[level, verdict] for verdict in verdicts]
        yield f"| {level} | " + " | ".join(map(str, [*row, sum(row)])) + " |\n"


def _verdict(
    one: Requirement, tested: Mapping[str, object], judged: Mapping[str, Judgement]
) -> str:
    """Return how a requirement is shown. What is missing stays so, whatever a test shows of it."""
    said = judged.get(one.id)
    if said and (said.verdict == "missing" or one.id not in tested):
        return said.verdict
    return "tested"


def _shown(
    one: Requirement, tested: Mapping[str, Sequence[str]], judged: Mapping[str, Judgement]
) -> str:
    said, tests = judged.get(one.id), tested.get(one.id, ())
    parts = [f"**{said.verdict}**: {_cell(said.why)}"] if said else []
    parts += [f"`{test}`" for test in tests[:_SHOWN_TESTS]]
    if len(tests) > _SHOWN_TESTS:
        parts.append(f"and {len(tests) - _SHOWN_TESTS} more")
    return "<br>".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
