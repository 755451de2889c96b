"""Runbooks: what to do about an alert, step by step."""

from dataclasses import dataclass
from typing import Final

_STEP: Final = ". "


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a runbook: sentences, or steps in their order."""

    title: str
    text: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do about the alerts of one rule."""

    title: str
    sections: tuple[Section, ...]


def read(text: str) -> Runbook:
    """Read a runbook: `# title`, then `## section` with one paragraph or numbered steps."""
    head, *parts = text.split("\n## ")
    return Runbook(head.removeprefix("# ").strip(), tuple(_section(part) for part in parts))


def _section(part: str) -> Section:
    title, _, body = part.partition("\n")
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    steps = [line.partition(_STEP) for line in lines]
    if lines and all(number.isdecimal() and step for number, _, step in steps):
        return Section(title.strip(), "", tuple(step for _, _, step in steps))
    return Section(title.strip(), " ".join(lines), ())
