"""What is over at the door: events by the catalogue, what was counted from them by its table."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from candor.domain.catalogue.model import InForce, days_of
from candor.domain.collect import over
from candor.infra.db.pool import Tx
from candor.infra.holder import Expired, Round

COUNTED_FOR: Final = timedelta(days=1_096)  # P3Y
BY_CATALOGUE: Final = "retention"
UNDECLARED: Final = "undeclared"
BY_TABLE: Final = "P3Y"
BY_LAW: Final = "keep_until"


async def sweep(tx: Tx, one: Round, *, in_force: InForce) -> Sequence[Expired]:
    """Remove events that are kept no longer, and what was counted too long ago.

    An event of a type that is declared no more goes at once: nothing says what it is for.
    """
    befores = {
        number: one.now - timedelta(days=days)
        for number, event in in_force.events_by_id.items()
        if (days := days_of(event.retention)) is not None
    }
    ids = list(in_force.events_by_id)
    counted = one.now - COUNTED_FOR
    return (
        one.found("collect.event", BY_CATALOGUE, await over.events(tx, one, befores=befores)),
        one.found(
            "collect.event",
            UNDECLARED,
            await over.undeclared_events(tx, one, event_type_ids=ids),
        ),
        one.found(
            "collect.tally", BY_TABLE, await over.tallies(tx, one, before=counted.date())
        ),
        one.found(
            "collect.favourite", BY_TABLE, await over.favourites(tx, one, before=counted)
        ),
        one.found("collect.kept_sum", BY_LAW, await over.kept_sums(tx, one)),
    )
