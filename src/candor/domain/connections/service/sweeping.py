"""What is over at connections: deliveries, records gone elsewhere, silent browsers, files."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from candor.domain.connections.queries import files, over
from candor.infra.db.pool import Tx
from candor.infra.holder import Expired, Round

KEPT_FOR: Final = timedelta(days=90)  # P90D
SILENT_FOR: Final = timedelta(days=366)  # P12M


async def sweep(tx: Tx, one: Round) -> Sequence[Expired]:
    """Remove what is over, or count it."""
    before = one.now - KEPT_FOR
    silent = await over.subscriptions(tx, one, before=one.now - SILENT_FOR)
    return (
        one.found("connections.link", "P90D", await over.links(tx, one, before=before)),
        one.found(
            "connections.delivery", "P90D", await over.deliveries(tx, one, before=before)
        ),
        one.found("connections.subscription", "P12M", silent),
        one.found(
            "connections.file_person", "P90D", await files.sweep_people(tx, one, before=before)
        ),
    )
