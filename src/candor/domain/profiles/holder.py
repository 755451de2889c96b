"""How profiles answer rights: identifiers, attributes, merges."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.profiles import queries
from candor.infra.db.pool import Tx
from candor.infra.holder import Batch, Erased, Holder
from candor.kernel.ids import ProfileId


class ProfilesHolder(Holder):
    """The holder of who a person is."""

    name: ClassVar[str] = "profiles"

    @override
    async def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Return what is kept, sealed values as their place only: the portal opens them."""
        identifiers = await queries.identifiers(tx, profile_ids=members)
        attributes = await queries.attributes(tx, profile_ids=members)
        merges = await queries.journal(tx, profile_ids=members)
        found = {
            "profiles.identifier": [
                {
                    "kind": i.kind,
                    "source_id": i.source_id,
                    "first_seen_at": i.first_seen_at.isoformat(),
                }
                for i in identifiers
            ],
            "profiles.attribute": [
                {
                    "attribute_id": a.attribute_id,
                    "source_id": a.source_id,
                    "observed_at": a.observed_at.isoformat(),
                }
                for a in attributes
            ],
            "profiles.merge": [
                {
                    "merge_id": str(m.merge_id),
                    "rule": m.rule,
                    "merged_at": m.merged_at.isoformat(),
                }
                for m in merges
            ],
        }
        for table, rows in found.items():
            yield Batch(table, rows)

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase identifiers, attributes and open questions; the bare ids stay as tombstones."""
        return Erased(
            {
                "profiles.identifier": await queries.delete_identifiers(
                    tx, profile_ids=members
                ),
                "profiles.attribute": await queries.delete_attributes(tx, profile_ids=members),
                "profiles.review": await queries.delete_reviews(tx, profile_ids=members),
            }
        )
