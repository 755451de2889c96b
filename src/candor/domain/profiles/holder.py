"""How profiles answer rights: identifiers, attributes, merges."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles import queries
from candor.domain.profiles.service import correct, giving, leaving, sweeping
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import (
    Batch,
    Erased,
    Expired,
    Exported,
    Holder,
    Needle,
    Opener,
    Round,
)
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii


class ProfilesHolder(Holder):
    """The holder of who a person is."""

    name: ClassVar[str] = "profiles"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    def __init__(self, vault: Vault, rulebook: Rulebook, clock: Clock) -> None:
        """Take the vault, what is declared, and the clock."""
        self._vault = vault
        self._rulebook = rulebook
        self._clock = clock

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give identifiers, every source's answers, and what was taken for one person."""
        async for batch in giving.give(tx, members, opener):
            yield batch

    @override
    async def needles(self, tx: Tx, members: Sequence[ProfileId]) -> Sequence[Needle]:
        """Give identifiers, what they are looked up by, and telling facts."""
        in_force = (await self._rulebook.rules(tx)).in_force
        return await leaving.needles(tx, members, vault=self._vault, in_force=in_force)

    @override
    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Put up tombstones and take the identifiers away."""
        gone = await leaving.cut_off(
            tx,
            members,
            vault=self._vault,
            in_force=(await self._rulebook.rules(tx)).in_force,
            clock=self._clock,
        )
        return {"profiles.identifier": gone}

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase identifiers, attributes, questions, and by what merges were found.

        The bare ids and that they were one person stay.
        """
        return Erased(
            {
                "profiles.identifier": await queries.delete_identifiers(
                    tx, profile_ids=members
                ),
                "profiles.attribute": await queries.delete_attributes(tx, profile_ids=members),
                "profiles.review": await queries.delete_reviews(tx, profile_ids=members),
                "profiles.apart": await queries.delete_aparts(tx, profile_ids=members),
                "profiles.merge": await queries.blank_evidence(tx, profile_ids=members),
            }
        )

    @override
    async def rectify_person(
        self, tx: Tx, members: Sequence[ProfileId], *, code: str, value: Pii[Any]
    ) -> bool:
        """Keep what the person says of a declared fact; theirs wins over each source's.

        Raises:
            NotCorrectable, WrongAnswer, NoSuchProfile: as `service.correct`.
        """
        in_force = (await self._rulebook.rules(tx)).in_force
        if not members or code not in in_force.attributes:
            return False
        await correct.rectify(
            tx,
            members[0],
            code,
            value,
            in_force=in_force,
            vault=self._vault,
            clock=self._clock,
        )
        return True

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove answers that are kept no longer or rest on nothing, and settled questions."""
        rules = await self._rulebook.rules(tx)
        return await sweeping.sweep(tx, round_, rules=rules, clock=self._clock)
