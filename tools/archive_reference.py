"""Writes docs/reference/archive.md: what an archive holds, from what the holders declare."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from candor.domain.access.holder import AccessHolder
from candor.domain.collect.holder import CollectHolder
from candor.domain.consent.holder import ConsentHolder
from candor.domain.profiles.holder import ProfilesHolder
from candor.domain.rights.holder import RightsHolder
from candor.domain.rights.service.export.schema import FORMAT
from candor.domain.vault.holder import VaultHolder
from candor.infra.holder import Exported

FILE: Final = Path(__file__).resolve().parents[1] / "docs/reference/archive.md"
_HOLDERS: Final = (
    ProfilesHolder, CollectHolder, ConsentHolder, VaultHolder, RightsHolder, AccessHolder,
)  # fmt: skip
_HEAD: Final = f"""\
# The archive of a person

Written by `python -m tools.archive_reference`. Format `{FORMAT}`.
[Why it is so](../explanation/export.md).

| file | what |
| --- | --- |
| `index.html` | everything to read, in the person's language; stands alone |
| `data.json` | everything for machines: `tables` has an array of objects for each table below |
| `csv/<table>.csv` | the same, one file per table: UTF-8 with a byte order mark, RFC 4180 |
| `schema.json` | JSON Schema 2020-12 of `data.json` |
| `README.txt` | what is what |
| `manifest.json` | each file with size and SHA-256; what is not in here |
| `manifest.jws` | the same, signed (JWS, Ed25519) with the key of receipts |

Instants are RFC 3339 in UTC. Amounts (`minor`) are in hundredths. In CSV an apostrophe stands
before a text that begins like a formula; lists of codes are joined by "; ", anything deeper is
JSON. `origin` says what may be taken along: `provided` and `observed` may, `inferred` and `ours`
may not.
"""


def written() -> str:
    """Return the page."""
    return _HEAD + "".join(_table(table) for table in _tables())


def _tables() -> Iterator[Exported]:
    for holder in _HOLDERS:
        yield from holder.exported


def _table(table: Exported) -> str:
    lines = [f"\n## `{table.table}`\n{table.title}. Origin: {table.origin.value}.\n\n"]
    lines.append("| column | holds |\n| --- | --- |\n")
    lines += [f"| `{column.name}` | {column.kind.value} |\n" for column in table.columns]
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
