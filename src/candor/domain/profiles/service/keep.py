"""Writing what sources say about people: each source keeps its own, youngest answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.vault.model import Place, SubjectKey
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

ATTRIBUTE: Final = Place("profiles.attribute", "sealed")
_PREFIX: Final = ATTRIBUTE.prefix()
NOTHING: Final = Pii(b"null")  # a person's empty answer, as it is sealed


@dataclass(frozen=True, slots=True)
class Said:
    """One source's answer on its way in. `purposes` is the mask that allowed keeping it."""

    profile_id: ProfileId
    attribute_id: int
    source_id: int
    value: Pii[Any]
    purposes: int
    changed_by: str
    observed_at: datetime


def row_of(attribute_id: int, source_id: int) -> bytes:
    """Return what binds a sealed answer to its row."""
    return attribute_id.to_bytes(2) + source_id.to_bytes(2)


async def put(
    tx: Tx, said: Sequence[Said], keys: dict[ProfileId, SubjectKey], clock: Clock
) -> None:
    """Keep answers, sealed with their profiles' keys; of several in one go the youngest counts.

    An answer for a profile without a key (erased meanwhile) is left out.
    """
    youngest: dict[tuple[ProfileId, int, int], Said] = {}
    for one in said:
        place = (one.profile_id, one.attribute_id, one.source_id)
        standing = youngest.get(place)
        if one.profile_id in keys and (
            standing is None or standing.observed_at <= one.observed_at
        ):
            youngest[place] = one
    if not youngest:
        return
    # One order for everybody, so that two writers cannot wait for each other.
    rows = [youngest[place] for place in sorted(youngest)]
    await queries.put_attributes(
        tx,
        {
            "at": clock.now(),
            "profile_ids": [one.profile_id for one in rows],
            "attribute_ids": [one.attribute_id for one in rows],
            "source_ids": [one.source_id for one in rows],
            "sealed": [
                keys[one.profile_id].seal(
                    _PREFIX,
                    msgspec.json.encode(one.value.reveal()),
                    row_of(one.attribute_id, one.source_id),
                )
                for one in rows
            ],
            "purposes": [one.purposes for one in rows],
            "changed_by": [one.changed_by for one in rows],
            "observed_at": [one.observed_at for one in rows],
        },
    )
    await feed.publish(tx, Changed.ATTRIBUTES, {one.profile_id for one in rows}, clock)
