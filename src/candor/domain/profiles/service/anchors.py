"""Opening one identifier of a person, so that what another system says can be said at the door.

The door finds people by identifiers. When the other system changed the one that both sides knew,
what it says is still about the same person: an identifier of ours says so.
"""

from collections.abc import Collection, Sequence

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.profiles import queries
from candor.domain.profiles.model import SealedIdentifier
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii


async def open_anchor(
    tx: Tx,
    profile_id: ProfileId,
    *,
    purposes: Sequence[str],
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> tuple[str, Pii[str]] | None:
    """Open the identifier that names a person best, for the first purpose that may use it.

    Decided and written down first (`Vault.open`). None: no identifier may be used for any of the
    purposes, all of which the caller knows to be allowed now.

    Raises:
        NotAllowed: the purpose is refused meanwhile; commit the transaction, it holds the entry.
        NoKey: the person was erased.
    """
    joined = await queries.members(tx, profile_id=profile_id)
    rows = await queries.identifiers(
        tx, profile_ids=[ProfileId(one.profile_id) for one in joined]
    )
    usable = [one for one in rows if _purpose(one, purposes, in_force) is not None]
    if not usable:
        return None
    best = max(
        usable,
        key=lambda one: (
            in_force.identifiers[one.kind].priority,
            one.profile_id == profile_id,
            one.first_seen_at,
        ),
    )
    field = SealedField(
        name=best.kind,
        profile_id=ProfileId(best.profile_id),
        place=IDENTIFIER,
        sealed=best.sealed,
        row=best.blind_index,
    )
    purpose = _purpose(best, purposes, in_force)
    opened = await vault.open(tx, [field], purpose=purpose or "", actor=actor)
    return best.kind, opened[0].map(bytes.decode)


def _purpose(row: SealedIdentifier, purposes: Collection[str], in_force: InForce) -> str | None:
    """Return the first purpose for which an identifier of a person may be used."""
    declared = in_force.identifiers.get(row.kind)
    if declared is None or not declared.names_person:
        return None
    return next((one for one in purposes if one in declared.purposes), None)
