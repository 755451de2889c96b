"""What stands with the person who is signed in: for this page, and for the letter."""

from uuid import UUID

from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate, history, preferences
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.gpc import says_no
from candor.surface.portal.allow.filling import SHOWN, Stands
from candor.surface.portal.desk import Sitting


async def stands_now(request: AnyRequest, sitting: Sitting) -> Stands:
    """Read what was answered, what is allowed, and what the address says was just done."""
    tx, ids, head = sitting.tx, sitting.person.profile_ids, sitting.person.head_id
    policy = sitting.rules.policy
    known = (await gate.states(tx, [head]))[head]
    done = id_of(request.query_params.get("done", ""))
    return Stands(
        decisions=await gate.explained(tx, head, policy=policy, now=sitting.reader.now),
        lines=await history.lately_chosen(tx, profile_ids=ids, at_most=SHOWN + 1),
        regime=known.regime,
        hears_browser=await hears_browser(request, sitting),
        is_restricted=known.standing == Standing.RESTRICTED,
        done=await history.choice_of(tx, profile_ids=ids, record_id=done) if done else None,
    )


async def hears_browser(request: AnyRequest, sitting: Sitting) -> bool:
    """Tell whether this or another browser of the person sends Global Privacy Control."""
    if says_no(request.scope["headers"]):
        return True
    stands = await preferences.standing(
        sitting.tx, sitting.person.head_id, policy=sitting.rules.policy
    )
    return stands is not None and stands.sends_gpc


def id_of(text: str) -> UUID | None:
    """Return the id that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
