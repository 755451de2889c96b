"""Which yeses of a call are believed. A no always is; whatever is unknown about a yes means no.

A write key that stands in a page is public, so a call can claim anything: words that were never
published here or belong to another purpose, and a yes to messages for an address that nobody has
proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from candor.domain.collect.model import Load, NoticeShown, Taken
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate, notices
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId

UNKNOWN_WORDS: Final = "unknown_words"
UNPROVEN: Final = "unproven_address"
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to


@dataclass(frozen=True, slots=True)
class Yeses:
    """What the yeses of some calls are held against."""

    rules: Rules
    editions: dict[tuple[str, int], int]  # of words, by their id and purpose
    proven: frozenset[ProfileId]  # whose address is known to be theirs
    to_confirm: frozenset[int]  # purposes whose yes needs that
    vouching: frozenset[str]  # sources that have checked addresses themselves

    @classmethod
    async def of(
        cls,
        tx: ReadTx,
        fresh: Sequence[tuple[Load, Taken]],
        owners: Sequence[ProfileId],
        rules: Rules,
    ) -> "Yeses":
        """Look up what calls speak of; no query without a choice that needs one."""
        document, bits = rules.in_force.document, rules.in_force.numbers.purposes
        to_confirm = frozenset(bits[one.code] for one in document.purposes if one.confirm)
        mails = {one.kind for one in document.identifiers if one.normalise == _MAIL}
        vouching = frozenset(one.code for one in document.sources if mails & {*one.verifies})
        ids = {
            words.id for _, taken in fresh if taken.choices for words in taken.shown.values()
        }
        doubtful = {
            owner
            for (load, taken), owner in zip(fresh, owners, strict=True)
            if load.source_code not in vouching
            and any(says_yes and bit in to_confirm for bit, says_yes in taken.choices)
        }
        point = 0
        for kind in mails:
            point |= rules.policy.points.get(kind, 0)
        states = await gate.states(tx, doubtful) if doubtful else {}
        return cls(
            rules,
            await notices.editions(tx, ids),
            frozenset(one for one, state in states.items() if state.points & point),
            to_confirm,
            vouching,
        )

    def doubt(self, load: Load, taken: Taken, owner: ProfileId, bit: int) -> str:
        """Return why a yes of a call is not believed; empty: it is."""
        shown = taken.shown.get(bit)
        if shown is not None and (shown.id, bit) not in self.editions:
            return UNKNOWN_WORDS
        is_vouched = load.source_code in self.vouching or owner in self.proven
        return UNPROVEN if bit in self.to_confirm and not is_vouched else ""

    def edition(self, bit: int, shown: NoticeShown | None) -> int:
        """Return the edition that a choice was made under; without its words, the one in force."""
        in_force = self.rules.policy.editions.get(bit, 1)
        return in_force if shown is None else self.editions.get((shown.id, bit), in_force)
