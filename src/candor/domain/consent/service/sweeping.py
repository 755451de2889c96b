"""What is over about choices, and who is left as they are.

A choice is evidence for three years after another took its place; the one that counts stays as long
as it counts (GDPR Art. 7(1)). So a sweep changes no decision of the gate; a property test holds
that. Of people who were erased all goes three years after their last word.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.consent.queries import over
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Expired, Round

EVIDENCE_FOR: Final = timedelta(days=1_096)  # P3Y
MESSAGES_FOR: Final = timedelta(days=90)  # P90D
REPLACED: Final = "replaced"
ERASED: Final = "erased"


async def sweep(tx: Tx, one: Round) -> Sequence[Expired]:
    """Remove what is over; states of erased people go last, when their evidence is gone."""
    evidence, lately = one.now - EVIDENCE_FOR, one.now - MESSAGES_FOR
    found: list[Expired] = []
    for table in over.TABLES:
        rows = await over.replaced(tx, one, table, before=evidence)
        found.append(one.found(table, REPLACED, rows))
        rows = await over.of_erased(tx, one, table, before=evidence)
        found.append(one.found(table, ERASED, rows))
    is_bare = all(expired.is_all for expired in found)
    states = await over.states_of_erased(tx, one, before=evidence) if is_bare else one.at_most
    found += [
        one.found("consent.state", ERASED, states),
        one.found("consent.contact", "P90D", await over.contacts(tx, one, before=lately)),
        one.found(
            "consent.confirmation", "P90D", await over.confirmations(tx, one, before=lately)
        ),
        one.found("consent.guardian", "P3Y", await over.guardians(tx, one, before=evidence)),
    ]
    return found


async def spared(tx: ReadTx, held: Collection[UUID]) -> frozenset[UUID]:
    """Return whom a sweep leaves as they are: everybody held, and everybody restricted.

    Who restricted may want the data kept (GDPR Art. 18(1)(b), (c)).
    """
    companions = await over.companions(tx, profile_ids=held) if held else []
    return frozenset((*held, *companions, *await over.restricted(tx)))
