"""A stretch of the log worked out anew: its rows against its tiles of level 0.

Where a row and its hash disagree, the tile above tells which of the two was changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from candor.domain.audit.model.leaf import HASH_BYTES, Line, canonical, leaf_hash
from candor.domain.audit.model.tiles import FULL_BYTES, Place, Tile, split, top
from candor.domain.audit.model.verdict import Finding, Flaw


@dataclass(slots=True)
class Stretch:
    """What came of it. Plain values: it travels between processes."""

    begin: int  # the first tile
    tops: list[bytes] = field(default_factory=list[bytes])  # roots of the full tiles
    kept: dict[int, bytes] = field(default_factory=dict[int, bytes])  # tiles that heads cut
    doubtful: dict[int, "Doubt"] = field(default_factory=dict[int, "Doubt"])
    findings: list[Finding] = field(default_factory=list[Finding])
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A tile that disagrees with its rows: what they come to, and what was held against them."""

    worked_out: bytes
    findings: tuple[Finding, ...]


def compared(
    stretch: Stretch,
    tile: Tile,
    lines: Mapping[int, Line],
    *,
    above: bytes | None,
    not_before: str,
    is_cut: bool,
) -> None:
    """Work out one tile anew and note what came of it.

    Args:
        stretch: where it is noted.
        tile: of level 0.
        lines: its entries as they stand in the database.
        above: the hash of this tile in the one above; None for a tile that is not full.
        not_before: entries that claim an earlier time came in late.
        is_cut: whether a head ends inside of it.
    """
    ids = tile.entry_ids or []
    hashes = tile.hashes
    worked_out, findings = _leaves(hashes, ids, lines)
    if _is_shuffled(findings, hashes, worked_out):
        findings, worked_out = [changed(tile.place)], hashes
    elif _is_the_tile(findings, worked_out, above):
        findings, hashes = [changed(tile.place)], worked_out
    stretch.findings += findings
    stretch.findings += [
        Finding(Flaw.LATE, str(one))
        for one in ids
        if one in lines and lines[one].recorded_at < not_before
    ]
    stretch.entries += len(ids)
    if len(hashes) == FULL_BYTES:
        stretch.tops.append(top(hashes))
    if is_cut or len(hashes) < FULL_BYTES:
        stretch.kept[tile.tile_index] = hashes
        if findings and hashes != worked_out:
            stretch.doubtful[tile.tile_index] = Doubt(worked_out, tuple(findings))


def changed(place: Place) -> Finding:
    """Return that a tile was changed."""
    return Finding(Flaw.TILE, f"{place.level}/{place.number}")


def _is_shuffled(findings: Sequence[Finding], stored: bytes, worked_out: bytes) -> bool:
    """Tell whether nothing was changed but the order in which a tile lists its entries."""
    return _are_there(findings) and sorted(split(stored)) == sorted(split(worked_out))


def _is_the_tile(findings: Sequence[Finding], worked_out: bytes, above: bytes | None) -> bool:
    """Tell whether the tile was changed and not its entries: the one above fits the entries."""
    is_full = len(worked_out) == FULL_BYTES
    return _are_there(findings) and is_full and top(worked_out) == above


def _are_there(findings: Sequence[Finding]) -> bool:
    """Tell whether rows differ and none is gone."""
    return bool(findings) and all(finding.flaw is Flaw.CHANGED for finding in findings)


def _leaves(
    stored: bytes, ids: Sequence[int], lines: Mapping[int, Line]
) -> tuple[bytes, list[Finding]]:
    """Return the hashes worked out from rows, and where they differ from what is stored."""
    rows = [lines[one] for one in ids if one in lines]
    if len(rows) == len(ids):
        whole = b"".join([leaf_hash(canonical(row)) for row in rows])
        if whole == stored:
            return stored, []  # nearly always
    worked_out = bytearray()
    findings: list[Finding] = []
    for place, entry_id in enumerate(ids):
        kept = stored[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        line = lines.get(entry_id)
        found = leaf_hash(canonical(line)) if line is not None else kept
        if line is None:
            findings.append(Finding(Flaw.MISSING, str(entry_id)))
        elif found != kept:
            findings.append(Finding(Flaw.CHANGED, str(entry_id)))
        worked_out += found
    return bytes(worked_out), findings
