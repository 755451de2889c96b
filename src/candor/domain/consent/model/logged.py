"""A choice in the audit log, and whether it is the one that a receipt is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit.model.leaf import Line, moment
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.receipt import Receipt

ACTION: Final = "consent.recorded"


def detail_of(record_id: UUID, choice: Choice, decided_at: datetime) -> Mapping[str, int | str]:
    """Return what the log says of a choice beside whose it is, and for which purpose."""
    return {
        "choice": choice.value,
        "decided_at": moment(decided_at),
        "record": record_id.hex,
    }


def is_of(line: Line, receipt: Receipt) -> bool:
    """Tell whether an entry of the log is the choice behind a receipt: the same in every word.

    The words that were shown are not in the log; the receipt itself is signed over them.
    """
    event, purposes = receipt.event, [one.code for one in receipt.processing.purposes]
    said = detail_of(
        UUID(receipt.record_id), event.choice, datetime.fromisoformat(event.event_time)
    )
    return (
        (line.action, line.outcome, [line.purpose]) == (ACTION, "done", purposes)
        and line.subject == receipt.pii_principal_id
        and line.detail == said
    )
