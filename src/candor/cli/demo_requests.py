"""What some customers of the demo company asked for, and what a machine decided about one of them.

Made once, after the year is in, by the same verbs as everybody's requests: so the queue of the
privacy officer is not empty, and the customer of the tour sees a decision that they can contest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from candor.app import Candor, office_of
from candor.demo import known
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import lookup
from candor.domain.rights.model.automated import Decided
from candor.domain.rights.model.request import Channel, Proof, Right
from candor.domain.rights.service import asking, carrying
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.automated import recording
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_ACTOR: Final = Actor.machine("demo")
_NUMBERS: Final = [f"N{number}" for number in range(100_700, 100_800)]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Something that was asked for, so many days ago."""

    kind: Right
    channel: Channel
    days_ago: int
    proof: Proof = Proof.NONE
    words: str | None = None


_WISHES: Final = (
    _Wish(Right.ACCESS, Channel.MAIL, 26, words="Please send me everything you have about me."),
    _Wish(Right.ERASURE, Channel.LETTER, 19, words="Bitte löschen Sie alles über mich."),
    _Wish(Right.RECTIFICATION, Channel.PHONE, 6, Proof.DATA_POINTS, "My name is misspelt."),
    _Wish(Right.COMPLAINT, Channel.MAIL, 3, Proof.MAILBOX, "Why did I get this mail twice?"),
    _Wish(Right.ACCESS, Channel.PORTAL, 2, Proof.ACCOUNT),
    _Wish(Right.OBJECTION, Channel.PORTAL, 1, Proof.ACCOUNT),
)


async def make(candor: Candor) -> int:
    """Make the requests and the decision, once; return how many requests there are."""
    office = office_of(candor)
    async with candor.database.read("demo") as tx:
        people = await _people(tx, candor)
    for profile_id, wish in zip(people, _WISHES, strict=False):
        await _ask(office, profile_id, wish)
    await _decide(candor, office)
    return min(len(people), len(_WISHES))


async def _people(tx: ReadTx, candor: Candor) -> Sequence[ProfileId]:
    """Return some people of the demo, the customer of the tour not among them."""
    kind, shown = known.CUSTOMER
    named = [(kind, number) for number in _NUMBERS if number != shown]
    owners = await lookup.owners(tx, named, candor.vault)
    found = [ProfileId(owners[one].profile_id) for one in named if one in owners]
    return list(dict.fromkeys(found))


async def _ask(office: Office, profile_id: ProfileId, wish: _Wish) -> None:
    """Ask for something as that person would have; what a machine can do is done at once."""
    asked = Asked(
        wish.kind,
        wish.channel,
        profile_id,
        proof=wish.proof,
        received_at=office.clock.now() - timedelta(days=wish.days_ago),
        words=None if wish.words is None else Pii(wish.words),
        external_ref=f"demo-{wish.kind}-{wish.days_ago}",
    )
    async with office.database.tx("demo") as tx:
        opened = await asking.ask(tx, asked, actor=_ACTOR, office=office)
    await carrying.carry(office, opened.request.request_id)


async def _decide(candor: Candor, office: Office) -> None:
    """Keep what the demo's machine decided about the customer of the tour."""
    async with candor.database.tx("demo") as tx:
        owner = (await lookup.owners(tx, [known.CUSTOMER], candor.vault)).get(known.CUSTOMER)
        if owner is None:
            return
        decided = Decided(
            decision_id=uuid5(NAMESPACE_URL, "candor:demo:invoice_limit"),
            code="invoice_limit",
            outcome="pay_first",
            inputs={"Order Completed": Pii(12), "Order Refunded": Pii(3), "country": Pii("GB")},
            decided_at=office.clock.now() - timedelta(days=9),
        )
        await recording.record(
            tx, ProfileId(owner.profile_id), decided, actor=_ACTOR, office=office
        )
