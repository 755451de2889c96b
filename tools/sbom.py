"""The bill of materials of what runs: `python -m tools.sbom` writes sbom.cdx.json (CycloneDX 1.6).

Made from the locked requirements and from what the installed packages say of themselves: name,
version, licence, hashes, and which needs which. The same input gives the same file, to the byte,
and no address of a registry stands in it; a test compares it with the lock file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution, version
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements/run.txt"
TARGET: Final = ROOT / "sbom.cdx.json"
# What says "dual" or nothing in its metadata, and what its licence file says.
_STATED: Final = {"python-dateutil": "Apache-2.0 OR BSD-3-Clause", "pyrage": "MIT"}
_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>\S+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_OWN: Final = version("candor")


def locked() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return version and SHA-256 hashes of every locked package, by its normal name."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for block in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8")):
        pin = _PIN.match(block)
        if pin:
            name = canonicalize_name(pin["name"])
            found[name] = (pin["version"], tuple(sorted(_HASH.findall(block))))
    return found


def licence(package: Distribution) -> str:
    """Return what a package says of its licence: the expression, the short text or the class."""
    said = package.metadata
    if "License-Expression" in said:
        return said["License-Expression"]
    classes = [
        line.rpartition(" :: ")[2]
        for line in said.get_all("Classifier") or ()
        if line.startswith("License :: OSI Approved :: ")
    ]
    short = (said["License"] if "License" in said else "").strip()  # noqa: SIM401 - no `get` in its type
    if package.name in _STATED:
        return _STATED[package.name]
    if short and len(short) < 40 and "\n" not in short:
        return short
    return classes[0] if classes else short.partition("\n")[0] or "unknown"


def bill() -> dict[str, object]:
    """Return the bill of materials, as CycloneDX 1.6 wants it."""
    packages = locked()
    names = {name: f"{name}=={number}" for name, (number, _) in packages.items()}
    graph = [{"ref": "candor", "dependsOn": sorted(names[name] for name in _asked())}]
    graph += [
        {"ref": ref, "dependsOn": sorted({names[n] for n in _needs(distribution(name), names)})}
        for name, ref in sorted(names.items())
    ]
    main = {"type": "application", "bom-ref": "candor", "name": "candor", "version": _OWN}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": main},
        "components": [_component(name, *said) for name, said in sorted(packages.items())],
        "dependencies": graph,
    }


def _component(name: str, number: str, hashes: tuple[str, ...]) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": f"{name}=={number}",
        "name": name,
        "version": number,
        "purl": f"pkg:pypi/{name}@{number}",
        "licenses": [{"license": {"name": licence(distribution(name))}}],
        "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
    }


def _needs(package: Distribution, known: Mapping[str, object]) -> Iterator[str]:
    """Yield which locked packages a package asks for."""
    for line in package.requires or ():
        asked = Requirement(line)
        name = canonicalize_name(asked.name)
        if name in known and (asked.marker is None or asked.marker.evaluate({"extra": ""})):
            yield name


def _asked() -> list[str]:
    """Return what we ask for ourselves."""
    text = (LOCK.with_suffix(".in")).read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return [
        canonicalize_name(Requirement(line).name)
        for line in lines
        if line and not line.startswith(("#", "-"))
    ]


def written() -> str:
    """Return the file: without a time or a random number, so that it changes with its content."""
    return json.dumps(bill(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
