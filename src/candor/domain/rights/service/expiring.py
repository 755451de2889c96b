"""What is over about requests: as their law says; decisions by machine: as the catalogue says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from candor.domain.catalogue.model import InForce, days_of
from candor.domain.rights.model.clock import Laws
from candor.domain.rights.queries import over
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.infra.holder import Expired, Round
from candor.kernel.ids import ProfileId

HOLDS_FOR: Final = timedelta(days=1_096)  # P3Y
BY_LAW: Final = "keep_requests"
BY_CATALOGUE: Final = "retention"
UNDECLARED: Final = "undeclared"
_LONGEST: Final = 1_096  # days that what nobody declares any more is kept


async def sweep(
    tx: Tx, one: Round, *, in_force: InForce, laws: Laws, vault: Vault
) -> Sequence[Expired]:
    """Remove requests, decisions and lifted holds whose time is over, or count them."""
    befores = {
        decision.code: one.now - timedelta(days=days_of(decision.retention) or _LONGEST)
        for decision in in_force.document.decisions
    }
    table = "rights.automated_decision"
    return (
        one.found(table, BY_CATALOGUE, await over.decisions(tx, one, befores=befores)),
        one.found(
            table,
            UNDECLARED,
            await over.undeclared_decisions(
                tx, one, codes=list(befores), before=one.now - timedelta(days=_LONGEST)
            ),
        ),
        one.found("rights.request", BY_LAW, await _requests(tx, one, laws, vault)),
        one.found("rights.hold", "P3Y", await over.holds(tx, one, before=one.now - HOLDS_FOR)),
    )


async def _requests(tx: Tx, one: Round, laws: Laws, vault: Vault) -> int:
    """Remove requests with all that belongs to them, and the keys that sealed their words."""
    befores = {
        regime.value: one.now - timedelta(days=days_of(law.keep_requests) or _LONGEST)
        for regime, law in laws.by_regime.items()
    }
    found = await over.over_requests(tx, one, befores=befores)
    if found and not one.is_dry:
        await over.delete_requests(tx, found)
        keys = await vault.keys(tx, [ProfileId(request_id) for request_id in found])
        if keys:
            await vault.destroy(tx, list(keys))
    return len(found)
