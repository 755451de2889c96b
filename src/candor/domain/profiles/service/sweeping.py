"""What is over about who people are: answers by the catalogue, and those that rest on nothing.

An answer is kept for its purposes. When none of them is allowed with the person any more (a yes was
taken back or ran out, an objection stands), and that has been so for thirty days, it rests on
nothing and goes (GDPR Art. 5(1)(b), (e)). The days are for people who change their mind, and for
mails that ask to confirm. What rests on a contract or a law is not looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import Attribute, LegalBasis, days_of
from candor.domain.consent.model.choice import Choice, Record
from candor.domain.consent.model.decision import in_effect
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing, State
from candor.domain.consent.service import gate
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import over
from candor.domain.profiles.over import BEGINNING, AnswerKey
from candor.infra.db.pool import Tx
from candor.infra.holder import Expired, Round
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

GRACE: Final = timedelta(days=30)
SETTLED_FOR: Final = timedelta(days=365)  # P1Y
BY_CATALOGUE: Final = "retention"
UNDECLARED: Final = "undeclared"
NO_REASON: Final = "rests_on_nothing"
BY_TABLE: Final = "P1Y"
_PAGE: Final = 2_000
_FIRM: Final = frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION})


async def sweep(tx: Tx, one: Round, *, rules: Rules, clock: Clock) -> Sequence[Expired]:
    """Remove answers that are kept no longer or rest on nothing, and settled questions."""
    in_force = rules.in_force
    befores = {
        number: one.now - timedelta(days=days)
        for number, attribute in in_force.attributes_by_id.items()
        if (days := days_of(attribute.retention)) is not None
    }
    ids = list(in_force.attributes_by_id)
    return (
        one.found(
            "profiles.attribute",
            BY_CATALOGUE,
            await over.attributes(tx, one, befores=befores),
        ),
        one.found(
            "profiles.attribute",
            UNDECLARED,
            await over.undeclared_attributes(tx, one, attribute_ids=ids),
        ),
        one.found(
            "profiles.attribute",
            NO_REASON,
            await _without_reason(tx, one, befores, rules, clock),
        ),
        one.found(
            "profiles.review",
            BY_TABLE,
            await over.reviews(tx, one, before=one.now - SETTLED_FOR),
        ),
    )


async def _without_reason(
    tx: Tx, one: Round, befores: Mapping[int, datetime], rules: Rules, clock: Clock
) -> int:
    """Remove answers that rest on nothing, or count them; those that are over are not among them.

    Goes through all answers that could lose their reason, some at a time.
    """
    loose = {
        number: before
        for number, before in befores.items()
        if _can_lose_reason(rules.in_force.attributes_by_id[number], rules)
    }
    found = 0
    after: AnswerKey = BEGINNING
    while loose and (one.is_dry or found < one.at_most):
        page = await over.young_attributes(tx, one, befores=loose, after=after, page=_PAGE)
        if not page:
            break
        after = page[-1]
        gone = await _resting_on_nothing(tx, page, one.now, rules)
        if not one.is_dry:
            gone = gone[: one.at_most - found]
            await over.delete_answers(tx, gone)
            touched = {key.profile_id for key in gone}
            await feed.publish(tx, Changed.ATTRIBUTES, touched, clock)
        found += len(gone)
    return found


def _can_lose_reason(attribute: Attribute, rules: Rules) -> bool:
    """Tell whether there is a law under which nothing firm holds a fact."""
    bases = [rules.in_force.purposes[code].basis for code in attribute.purposes]
    return not any(set(basis.values()) <= _FIRM for basis in bases)


async def _resting_on_nothing(
    tx: Tx, page: Sequence[AnswerKey], now: datetime, rules: Rules
) -> list[AnswerKey]:
    states = await gate.states(tx, {key.profile_id for key in page})
    idle = [key for key in page if _is_idle(key, states, rules, now)]
    records: dict[tuple[UUID, int], list[Record]] = {}
    for record in await gate.history(tx, list({ProfileId(key.profile_id) for key in idle})):
        records.setdefault((record.profile_id, record.purpose_id), []).append(record)
    return [key for key in idle if _lost_at(key, records, rules) + GRACE <= now]


def _is_idle(
    key: AnswerKey, states: Mapping[ProfileId, State], rules: Rules, now: datetime
) -> bool:
    """Tell whether no purpose of an answer is allowed now; who is unknown is left alone."""
    state = states.get(ProfileId(key.profile_id))
    if state is None or state.standing != Standing.ACTIVE:
        return False
    attribute = rules.in_force.attributes_by_id[key.attribute_id]
    needed = rules.in_force.mask(attribute.purposes)
    return in_effect(state, rules.policy, now) & needed == 0


def _lost_at(
    key: AnswerKey, records: Mapping[tuple[UUID, int], Collection[Record]], rules: Rules
) -> datetime:
    """Return when the last purpose of an answer was lost, as choices tell; else its arrival."""
    attribute = rules.in_force.attributes_by_id[key.attribute_id]
    lost = [key.received_at]
    for code in attribute.purposes:
        said = records.get((key.profile_id, rules.policy.bits[code]), ())
        last = max(said, key=lambda r: (r.decided_at, r.choice != Choice.GRANTED), default=None)
        if last is not None:
            ran_out = last.expires_at if last.choice == Choice.GRANTED else None
            lost.append(ran_out or last.decided_at)
    return max(lost)
