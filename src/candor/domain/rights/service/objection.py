"""Objections: a purpose stops for a person, at once (GDPR Art. 21; CCPA 1798.120, .121).

Who objects is believed: the purpose is denied for them in the same transaction. To direct
marketing the right is absolute (Art. 21(2), (3)). Elsewhere a company may claim compelling grounds
(Art. 21(1)); Candor has no way to, so that an objection always stands. What rests on a contract or
a law cannot be objected to, and that is answered with its ground.

Nobody has to prove who they are to say no to sale, or to limit the use of sensitive data
(11 CCR 7026(d), 7027(e)).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from candor.domain.catalogue.model import InForce, LegalBasis, Purpose, Regime
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Ground, Request
from candor.domain.rights.model.task import Answer, Done, Planned
from candor.domain.rights.service import following
from candor.domain.rights.service.office import Office, Work, happened
from candor.domain.rights.service.people import WORKER, ask_all, members_of, surface_of
from candor.infra.db.pool import ReadTx

OBJECT: Final = "object"
STOP_SALE: Final = "stop_sale"
LIMIT: Final = "limit_sensitive"
_CANNOT: Final = frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION})


async def plan(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to stop one purpose, or all that can be; then systems outside hear of it."""
    in_force = (await office.rulebook.rules(tx)).in_force
    named = request.scope.get("purpose")
    if named is not None and named not in objectable(in_force, request.regime):
        return (Planned(OBJECT),)  # which refuses
    return (Planned(OBJECT), *await following.outside(tx, request, office))


async def plan_sale(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to stop sale and sharing; then systems outside hear of it."""
    return (Planned(STOP_SALE), *await following.outside(tx, request, office))


async def plan_limit(tx: ReadTx, request: Request, office: Office) -> Sequence[Planned]:
    """Plan to limit the use of sensitive data; then systems outside hear of it."""
    return (Planned(LIMIT), *await following.outside(tx, request, office))


def objectable(in_force: InForce, regime: Regime | None) -> tuple[str, ...]:
    """Return the purposes that a person under a law may stop: all but contract and law.

    Where the law is unknown, a purpose that some law lets people stop can be stopped.
    """
    return tuple(p.code for p in in_force.document.purposes if _can_stop(p, regime))


def of_sale(in_force: InForce) -> tuple[str, ...]:
    """Return the purposes that are sale or sharing, or cross-context advertising."""
    return tuple(p.code for p in in_force.document.purposes if p.is_sale)


def of_sensitive(in_force: InForce, regime: Regime | None) -> tuple[str, ...]:
    """Return the purposes that look at sensitive facts and are not needed for what was asked."""
    named = {
        code for a in in_force.document.attributes if a.is_sensitive for code in a.purposes
    }
    return tuple(code for code in objectable(in_force, regime) if code in named)


def _can_stop(purpose: Purpose, regime: Regime | None) -> bool:
    bases: Collection[LegalBasis | None] = (
        purpose.basis.values() if regime is None else (purpose.basis.get(regime),)
    )
    return any(basis not in _CANNOT for basis in bases)


async def object_to(work: Work) -> Answer:
    """Stop the purpose that the scope names, or all that can be; refused for what cannot be."""
    office, request = work.office, work.request
    async with office.database.read("rights") as tx:
        in_force = (await office.rulebook.rules(tx)).in_force
    can = objectable(in_force, request.regime)
    named = request.scope.get("purpose")
    if named is not None and named not in can:
        return Done({"refused": Ground.NOT_APPLICABLE.value})
    return await _stop(work, can if named is None else (str(named),))


async def stop_sale(work: Work) -> Answer:
    """Stop every purpose that is sale or sharing."""
    office = work.office
    async with office.database.read("rights") as tx:
        in_force = (await office.rulebook.rules(tx)).in_force
    return await _stop(work, of_sale(in_force))


async def limit_sensitive(work: Work) -> Answer:
    """Stop every purpose that looks at sensitive facts and is not needed."""
    office, request = work.office, work.request
    async with office.database.read("rights") as tx:
        in_force = (await office.rulebook.rules(tx)).in_force
    return await _stop(work, of_sensitive(in_force, request.regime))


async def _stop(work: Work, purposes: Iterable[str]) -> Answer:
    """Say no to purposes in every slice, in one transaction. Harmless twice."""
    office, request = work.office, work.request
    stopped = tuple(purposes)
    async with office.database.tx("rights") as tx:
        members = await members_of(tx, request)
        for code in stopped:
            await ask_all(
                office,
                lambda one, code=code: one.object_to(
                    tx, members, purpose=code, surface=surface_of(work), locale=request.locale
                ),
            )
        evidence = {"purposes": " ".join(stopped) or "none"}
        await happened(tx, request, What.STOPPED, actor=WORKER, office=office, detail=evidence)
    return Done(evidence)
