"""How consent answers rights.

What was chosen and signalled stays after erasure, as evidence, under a bare pseudonym (GDPR
Art. 7(1), 17(3)(e)); what only served to write to the person goes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar, Final

from typing_extensions import override

from candor.domain.audit.model import Actor
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import holding
from candor.domain.consent.service import choices, gate, giving, sweeping
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.consent.service.stopping import Hand, refuse
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Batch, Erased, Expired, Exported, Holder, Opener, Round
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

# Why choices stay: to prove them (GDPR Art. 7(1), 17(3)(e)), under a pseudonym that leads nowhere.
# It is no ground by which an erasure is a part of one: nothing is left by which they are known.
EVIDENCE: Final = "evidence"


class ConsentHolder(Holder):
    """The holder of choices, preferences and signals."""

    name: ClassVar[str] = "consent"
    exported: ClassVar[Sequence[Exported]] = giving.EXPORTED

    def __init__(self, vault: Vault, rulebook: Rulebook, clock: Clock) -> None:
        """Take what choices are recorded and folded with."""
        self._vault = vault
        self._rulebook = rulebook
        self._clock = clock

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give everything that was chosen, preferred, signalled, asked and sent."""
        del opener
        async for batch in giving.give(tx, members):
            yield batch

    @override
    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Mark the profiles as erased: nothing is allowed any more."""
        await choices.set_standing(tx, members, Standing.ERASED, self._clock)
        return {}

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Mark the profiles as erased: nothing is allowed any more. The evidence stays."""
        await choices.set_standing(tx, members, Standing.ERASED, self._clock)
        await holding.bare_states(tx, profile_ids=members)
        stays = await holding.evidence(tx, profile_ids=members)
        return Erased(
            {
                "consent.reach": await holding.delete_reach(tx, profile_ids=members),
                "consent.contact": await holding.delete_contacts(tx, profile_ids=members),
                "consent.confirmation": await holding.delete_confirmations(
                    tx, profile_ids=members
                ),
                "consent.guardian": await holding.delete_guardians(tx, profile_ids=members),
            },
            {
                "consent.record": (stays.records, EVIDENCE),
                "consent.wish": (stays.wishes, EVIDENCE),
                "consent.signal": (stays.signals, EVIDENCE),
            },
        )

    @override
    async def restrict_person(
        self, tx: Tx, members: Sequence[ProfileId], *, is_restricted: bool
    ) -> bool:
        """Empty the masks of the person, or fold them as they were; nobody erased comes back."""
        known = await gate.states(tx, members)
        if not known or any(s.standing == Standing.ERASED for s in known.values()):
            return False
        standing = Standing.RESTRICTED if is_restricted else Standing.ACTIVE
        await choices.set_standing(tx, members, standing, self._clock)
        policy = (await self._rulebook.rules(tx)).policy
        await choices.refold(tx, members, policy=policy, clock=self._clock)
        return True

    @override
    async def object_to(
        self, tx: Tx, members: Sequence[ProfileId], *, purpose: str, surface: str, locale: str
    ) -> bool:
        """Say no to a purpose for the person, who said so; what is refused already stays so."""
        policy = (await self._rulebook.rules(tx)).policy
        bit = policy.bits.get(purpose)
        if not members or bit is None or bit not in policy.declared:
            return False
        pseudonym = next(iter(await self._vault.pseudonyms(tx, members[:1])), None)
        hand = Hand(
            actor=Actor.customer(members[0], pseudonym),
            surface=surface,
            vault=self._vault,
            policy=policy,
            clock=self._clock,
            locale=locale,
        )
        await refuse(tx, members[0], [bit], hand)
        return True

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove replaced evidence, that about erased people, and what served to write."""
        return await sweeping.sweep(tx, round_)
