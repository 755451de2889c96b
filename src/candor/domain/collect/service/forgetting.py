"""Erasing what people did, and keeping the sums that a law wants, under a number of nobody."""

from collections.abc import Sequence
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.collect import queries
from candor.infra.db.pool import Tx
from candor.infra.holder import Erased
from candor.kernel.ids import ProfileId, random_id

_SUMS: Final = "collect.kept_sum"
_GROUND: Final = "legal_obligation"  # GDPR Art. 17(3)(b)


async def forget(
    tx: Tx, members: Sequence[ProfileId], *, in_force: InForce, at_most: int | None = None
) -> Erased:
    """Erase events, and with the last of them what was counted from them; sums of a law stay.

    Events of which a law keeps sums go first, all at once: so each is added up exactly once, and
    the account number is made here and kept nowhere else. It is random and holds no time, by which
    it would lead to the request. May be done again without harm.

    Args:
        tx: the caller commits.
        members: the profiles of one person.
        in_force: says of which events a law keeps sums.
        at_most: so many of the other events; None: all.
    """
    numbers = in_force.numbers.event_types
    wanted = [
        (numbers[event.code], event.statutory, event.amount)
        for event in in_force.document.events
        if event.statutory
    ]
    events, kept = 0, {}
    if wanted:
        summed = await queries.keep_sums(
            tx, profile_ids=members, account_id=random_id(), wanted=wanted
        )
        events, kept = summed.events, {_SUMS: (summed.sums, _GROUND)}
    if at_most is not None:
        some = await queries.delete_some_events(tx, profile_ids=members, at_most=at_most)
        if some >= at_most:
            return Erased({"collect.event": events + some}, kept, is_all=False)
        events += some
    else:
        events += await queries.delete_events(tx, profile_ids=members)
    gone = {
        "collect.event": events,
        "collect.tally": await queries.delete_tallies(tx, profile_ids=members),
        "collect.favourite": await queries.delete_favourites(tx, profile_ids=members),
    }
    return Erased(gone, kept)
