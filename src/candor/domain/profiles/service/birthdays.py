"""A birthday that makes somebody a minor: from then on a guardian says yes for them (GDPR Art. 8).

Follows the attribute that the catalogue names `birthday`. It only ever makes the law stricter:
another birthday that would make them grown up is a matter for a colleague
(`guardians.set_minor`). The country of the person is not known, so the age is the strictest of
their law.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.age import minor_until
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate, guardians
from candor.domain.profiles.service.keep import Said
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

ATTRIBUTE: Final = "birthday"
_DAY_CHARACTERS: Final = 10  # of an ISO 8601 date; sources may send a moment


async def note(
    tx: Tx, said: Sequence[Said], *, actor: Actor, rules: Rules, vault: Vault, clock: Clock
) -> frozenset[ProfileId]:
    """Mark those as minors whose birthday says so; return their profiles.

    Costs nothing when no birthday is among what was said. See `guardians.set_minor` for what is
    locked, folded, published and audited.
    """
    number = rules.in_force.numbers.attributes.get(ATTRIBUTE)
    told = {one.profile_id: one for one in said if one.attribute_id == number}
    if number is None or not told:
        return frozenset()
    states = await gate.states(tx, told)
    touched: set[ProfileId] = set()
    for profile_id, one in sorted(told.items()):  # one order for everybody
        state = states.get(profile_id)
        birthday = _day(one.value.reveal())
        if state is None or birthday is None:
            continue
        until = minor_until(birthday, Regime(state.regime) if state.regime else None)
        is_later = state.minor_until is None or until > state.minor_until
        if until > clock.now().date() and is_later:
            await guardians.set_minor(
                tx,
                profile_id,
                until,
                actor=actor,
                vault=vault,
                policy=rules.policy,
                clock=clock,
            )
            touched |= set(await gate.members(tx, profile_id))
    return frozenset(touched)


def _day(value: Any) -> date | None:  # noqa: ANN401 - whatever a source sent
    """Return a day, or None when the value is none."""
    try:
        return date.fromisoformat(str(value)[:_DAY_CHARACTERS])
    except ValueError:
        return None
