"""Whose earlier choices these are: found by exact identifiers, or begun as new profiles."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

from candor.domain.catalogue.model import InForce, Source
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles import queries
from candor.domain.profiles.model import Sighted, Sighting
from candor.domain.profiles.service import read, tombstones
from candor.domain.profiles.service.resolve import Batch, Resolver
from candor.domain.vault.service import Vault, normalise
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

Named = tuple[str, str]  # kind of identifier, and its text


async def known(
    tx: ReadTx,
    named: Sequence[Named],
    ids: Sequence[UUID],
    *,
    in_force: InForce,
    vault: Vault,
) -> tuple[dict[Named, ProfileId], set[UUID]]:
    """Return whom identifiers name, and which of some ids are profiles; the others are missing."""
    found = await read.find_all(tx, named, in_force=in_force, vault=vault)
    profiles = await queries.profiles(tx, profile_ids=list(ids)) if ids else []
    return found, {profile.profile_id for profile in profiles}


async def begin(
    tx: Tx,
    named: Sequence[tuple[Named, datetime]],
    *,
    source: Source,
    rules: Rules,
    vault: Vault,
    clock: Clock,
) -> dict[Named, ProfileId]:
    """Begin a profile for each identifier that nobody has yet, as if a source had sent it.

    Nobody vouches for it, so it is not verified and merges nobody. What is not well-formed or
    blocked is missing, and so is whoever was erased and has not come back: counted on their
    tombstone.
    """
    sightings: dict[Named, Sighting] = {}
    for (kind, text), seen_at in named:
        declared = rules.in_force.identifiers.get(kind)
        value = normalise(declared.normalise, text, None) if declared else None
        if declared is None or value is None or value in declared.blocked:
            continue
        sightings[kind, text] = Sighting(
            identifiers=(Sighted(kind, vault.index(kind, value), value, is_verified=False),),
            source_id=rules.in_force.numbers.sources[source.code],
            source_code=source.code,
            regime=source.regime.value if source.regime else None,
            seen_at=seen_at,
        )
    if not sightings:
        return {}
    resolver, batch = Resolver(vault, clock), Batch()
    buried = await resolver.buried(tx, batch, list(sightings.values()), rules)
    await tombstones.count(tx, Counter(chain.from_iterable(buried.values())))
    sightings = {
        named: sighting
        for place, (named, sighting) in enumerate(sightings.items())
        if place not in buried
    }
    owners = await resolver.resolve(tx, batch, list(sightings.values()), rules)
    return dict(zip(sightings, owners, strict=True))
