"""Whose normalised identifiers are, while the key of the blind index may be changing."""

from collections.abc import Iterable

from candor.domain.profiles import queries
from candor.domain.profiles.model import Owner
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx

Normalised = tuple[str, str]  # kind of identifier, and its one spelling


async def owners(
    tx: ReadTx, named: Iterable[Normalised], vault: Vault
) -> dict[Normalised, Owner]:
    """Return whose these identifiers are, in one query; an unknown one is missing.

    Looks under every version that finds people now. Whoever is missing is looked for again when
    another process changed the key since this one last asked.
    """
    wanted = set(named)
    found = await _look(tx, wanted, vault)
    if len(found) < len(wanted) and await vault.indexing.follow(tx):
        found |= await _look(tx, wanted - found.keys(), vault)
    return found


async def _look(
    tx: ReadTx, wanted: Iterable[Normalised], vault: Vault
) -> dict[Normalised, Owner]:
    places: dict[tuple[str, bytes], Normalised] = {}
    for kind, value in wanted:
        places[kind, vault.index(kind, value)] = (kind, value)
        older = vault.indexing.older_of(kind, value)
        if older is not None:
            places[kind, older] = (kind, value)
    if not places:
        return {}
    rows = await queries.owners(
        tx, kinds=[kind for kind, _ in places], indexes=[index for _, index in places]
    )
    return {places[row.kind, bytes(row.blind_index)]: row for row in rows}
