"""Hold what is locked against advisories that were brought in: no network is needed.

`python -m tools.advisories FOLDER` reads every `*.json` there, each one advisory in the form of
OSV (the open vulnerability schema), as exported from the advisory database of the Python Packaging
Authority, and prints which locked packages are affected; exit code 1 when one is. With a network,
`make audit` asks the same question of the live database.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools.sbom import locked


@dataclass(frozen=True, slots=True)
class Range:
    """From a version on, up to one that is fixed or the last that is affected."""

    introduced: Version
    fixed: Version | None
    last_affected: Version | None

    def holds(self, version: Version) -> bool:
        """Tell whether a version lies within."""
        if version < self.introduced:
            return False
        if self.fixed is not None:
            return version < self.fixed
        return self.last_affected is None or version <= self.last_affected


@dataclass(frozen=True, slots=True)
class Affected:
    """A package and the versions of it that are affected."""

    name: str
    ranges: tuple[Range, ...]
    versions: frozenset[str]

    def holds(self, version: str) -> bool:
        """Tell whether a version is affected."""
        if version in self.versions:
            return True
        return any(one.holds(Version(version)) for one in self.ranges)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A weakness that somebody made known."""

    id: str
    summary: str
    is_withdrawn: bool
    affected: tuple[Affected, ...]

    @staticmethod
    def of_folder(folder: Path) -> "list[Advisory]":
        """Return every advisory of a folder.

        Raises:
            ValueError: a file is none; it is named.
        """
        found: list[Advisory] = []
        for path in sorted(folder.rglob("*.json")):
            try:
                found.append(read(json.loads(path.read_text(encoding="utf-8"))))
            except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion) as error:
                message = f"{path.name} is not an advisory in the form of OSV"
                raise ValueError(message) from error
        return found


@dataclass(frozen=True, slots=True)
class Finding:
    """A locked package that an advisory is about."""

    name: str
    version: str
    advisory: str
    summary: str


def read(raw: Mapping[str, Any]) -> Advisory:
    """Return an advisory from its decoded JSON."""
    which = raw["id"]
    if not isinstance(which, str):
        message = "an advisory has an id"
        raise TypeError(message)
    parts = [
        Affected(
            canonicalize_name(one["package"]["name"]),
            tuple(_range(each["events"]) for each in one.get("ranges", ()) if _is_ours(each)),
            frozenset(one.get("versions", ())),
        )
        for one in raw.get("affected", ())
        if one["package"]["ecosystem"] == "PyPI"
    ]
    return Advisory(which, raw.get("summary") or "", "withdrawn" in raw, tuple(parts))


def _is_ours(given: Mapping[str, Any]) -> bool:
    """Tell whether a range is one of versions; those of commits say nothing about a release."""
    return given["type"] in {"ECOSYSTEM", "SEMVER"}


def _range(events: Sequence[Mapping[str, str]]) -> Range:
    said = {kind: number for event in events for kind, number in event.items()}
    fixed, last = said.get("fixed"), said.get("last_affected")
    return Range(
        Version(said.get("introduced", "0")),
        Version(fixed) if fixed else None,
        Version(last) if last else None,
    )


def affected(packages: Mapping[str, str], advisories: Iterable[Advisory]) -> list[Finding]:
    """Return which packages (version by normal name) are affected by what."""
    return [
        Finding(part.name, packages[part.name], one.id, one.summary)
        for one in advisories
        if not one.is_withdrawn
        for part in one.affected
        if part.name in packages and part.holds(packages[part.name])
    ]


def _main(folder: Path) -> int:
    packages = {name: number for name, (number, _) in locked().items()}
    advisories = Advisory.of_folder(folder)
    found = affected(packages, advisories)
    for one in found:
        sys.stdout.write(f"{one.name} {one.version}: {one.advisory} {one.summary}\n")
    sys.stdout.write(
        f"{len(packages)} packages, {len(advisories)} advisories, {len(found)} affected\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
