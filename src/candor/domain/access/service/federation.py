"""Staff who come through their company's identity provider (OpenID Connect).

Somebody is known by issuer and subject, never by an address: addresses are given to others. The
two are connected by the member of staff themselves, signed in and freshly proved (so an invitation
leads there), or, only where the administrator allowed it in the settings, by a verified address
that one member of staff has. A session is strong only if the provider says that two factors were
used, and lately: what a single sign-on of this morning proves is not enough for what is risky.
"""

import hmac
from uuid import UUID

from candor.domain.access.errors import (
    CeremonyOver,
    LastFactor,
    NotBound,
    ProviderDoubt,
    ProviderRefused,
)
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.federation import (
    CEREMONY,
    PROVIDER_LASTS,
    Binding,
    Going,
    Intent,
    Provider,
    Returned,
    Vouched,
)
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import (
    PROOF_LASTS,
    Audience,
    Method,
    Origin,
    Session,
)
from candor.domain.access.model.staff import is_grave
from candor.domain.access.queries import factors as stored_factors
from candor.domain.access.queries import federation as stored
from candor.domain.access.queries import members
from candor.domain.access.queries import passkeys as stored_passkeys
from candor.domain.access.service import ceremonies, sessions
from candor.domain.access.service.providers import state_hash
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId


async def begin(tx: Tx, going: Going, *, staff_id: UUID | None, clock: Clock) -> str:
    """Keep what is needed when the browser comes back; return what its cookie must hold."""
    return await ceremonies.begin(
        tx,
        kind=CEREMONY,
        audience=Audience.STAFF,
        clock=clock,
        bearer_id=staff_id,
        secret=state_hash(going.state),
        detail=going.detail,
        lasts=PROVIDER_LASTS,
    )


async def end(tx: Tx, browser: str, *, clock: Clock) -> Ceremony:
    """Return what a browser that came back had set out for, once.

    Raises:
        ProviderRefused: it never set out, came back before, or too late.
    """
    try:
        return await ceremonies.use(
            tx, browser, kind=CEREMONY, audience=Audience.STAFF, clock=clock
        )
    except CeremonyOver as error:
        raise ProviderRefused(ProviderDoubt.STATE) from error


def going_of(ceremony: Ceremony, returned: Returned) -> Going:
    """Return what was kept for a browser that came back.

    Raises:
        ProviderRefused: it came back with the state of another browser, or of none.
    """
    if not hmac.compare_digest(ceremony.secret, state_hash(returned.state)):
        raise ProviderRefused(ProviderDoubt.STATE)
    kept = {name: str(value) for name, value in ceremony.detail.items()}
    return Going(
        intent=Intent(kept["intent"]),
        state=returned.state,
        nonce=kept["nonce"],
        verifier=kept["verifier"],
        goes_on=kept["goes_on"],
    )


async def sign_in(
    tx: Tx, who: Vouched, *, provider: Provider, origin: Origin, clock: Clock
) -> str:
    """Begin a session of whom the provider vouches for; audited; return the cookie's secret.

    Raises:
        NotBound: nobody here, or somebody who left.
    """
    binding = await stored.find_binding(tx, issuer=who.issuer, subject=who.subject)
    staff_id = binding.staff_id if binding else await _bound_by_mail(tx, who, provider, clock)
    if staff_id is None:
        raise NotBound
    now = clock.now()
    await stored.note_vouched(tx, issuer=who.issuer, subject=who.subject, at=now)
    return await sessions.begin(
        tx,
        audience=Audience.STAFF,
        bearer_id=staff_id,
        methods=[Method.OIDC],
        is_strong=who.has_many_factors and who.is_fresh(now - PROOF_LASTS),
        origin=origin,
        clock=clock,
    )


async def prove(
    tx: Tx, session: Session, who: Vouched, *, begun: Ceremony, clock: Clock
) -> str:
    """Note in a session that its bearer proved again who they are; return its new secret.

    Raises:
        ProviderRefused: not anew, not by two factors, or somebody else.
        NotSignedIn: the session ended meanwhile.
    """
    binding = await stored.find_binding(tx, issuer=who.issuer, subject=who.subject)
    is_own = binding is not None and binding.staff_id == session.bearer_id == begun.bearer_id
    if not is_own:
        raise ProviderRefused(ProviderDoubt.SOMEBODY_ELSE)
    if not (who.has_many_factors and who.is_fresh(begun.created_at)):
        raise ProviderRefused(ProviderDoubt.NOT_FRESH)
    await stored.note_vouched(tx, issuer=who.issuer, subject=who.subject, at=clock.now())
    actor = Actor.staff(session.bearer_id)
    return await sessions.prove(tx, session, methods=[Method.OIDC], actor=actor, clock=clock)


async def connect(
    tx: Tx, session: Session, who: Vouched, *, begun: Ceremony, clock: Clock
) -> None:
    """Let the provider vouch for the member of staff who is signed in; audited.

    Raises:
        ProviderRefused: begun by another, or this subject is somebody else already.
    """
    if begun.bearer_id != session.bearer_id:
        raise ProviderRefused(ProviderDoubt.SOMEBODY_ELSE)
    binding = await stored.find_binding(tx, issuer=who.issuer, subject=who.subject)
    if binding is not None and binding.staff_id == session.bearer_id:
        return
    await _bind(tx, who, session.bearer_id, "by_themselves", clock)


async def disconnect(
    tx: Tx, staff_id: UUID, issuer: str, subject: str, *, clock: Clock
) -> None:
    """End that a provider vouches for a member of staff; audited. Locks the member.

    Raises:
        LastFactor: they would be left without a strong way in.
        NotBound: it does not vouch for them.
    """
    factors = await stored_passkeys.lock_staff_factors(tx, staff_id=staff_id)
    if factors is not None and not factors.without_one_provider.may_prove:
        raise LastFactor
    gone = await stored.delete_binding(tx, issuer=issuer, subject=subject, staff_id=staff_id)
    if not gone:
        raise NotBound
    await audit.record(
        tx, actor=Actor.staff(staff_id), action="access.provider_disconnected", clock=clock
    )


async def sign_out(tx: Tx, issuer: str, subject: str, *, clock: Clock) -> int:
    """End all sign-ins of whom the provider signed out; audited; return how many.

    A subject that is nobody here ends nothing, and the provider is not told so.
    """
    binding = await stored.find_binding(tx, issuer=issuer, subject=subject)
    if binding is None:
        return 0
    ended = await sessions.end_all_of_staff(tx, binding.staff_id, clock=clock)
    await audit.record(
        tx,
        actor=Actor.machine("console"),
        action="access.signed_out_by_provider",
        clock=clock,
        detail={"staff": str(binding.staff_id), "sign_ins": ended},
    )
    return ended


async def of_staff(tx: ReadTx, staff_id: UUID) -> list[Binding]:
    """Return the providers that vouch for a member of staff."""
    return await stored.bindings_of(tx, staff_id=staff_id)


async def note_refusal(tx: Tx, doubt: ProviderDoubt, *, clock: Clock) -> None:
    """Write down that an answer of the provider was refused, and why."""
    await audit.record(
        tx,
        actor=Actor.machine("console"),
        action="access.provider_refused",
        clock=clock,
        outcome=Outcome.REFUSED,
        reason=doubt,
    )


async def _bound_by_mail(tx: Tx, who: Vouched, provider: Provider, clock: Clock) -> UUID | None:
    """Connect the one member of staff with this verified address, where that is allowed.

    Not to a grave role that nobody has set up yet: an account stands from the moment that one
    person proposes it, and may let somebody in only when a second has approved.
    """
    if not provider.may_bind_by_mail or who.email is None:
        return None
    found = await stored.unbound_by_mail(tx, issuer=who.issuer, email=who.email)
    if len(found) != 1 or not await _is_let_in(tx, found[0]):
        return None
    await _bind(tx, who, found[0], "by_address", clock)
    return found[0]


async def _is_let_in(tx: ReadTx, staff_id: UUID) -> bool:
    """Tell whether nobody else has to approve that somebody comes in."""
    member = await members.find_staff(tx, staff_id=StaffId(staff_id))
    factors = await stored_factors.factors_of(tx, staff_ids=[staff_id])
    if member is None or member.role not in set(Role):
        return False
    return not is_grave(Role(member.role)) or not all(one.is_empty for one in factors)


async def _bind(tx: Tx, who: Vouched, staff_id: UUID, how: str, clock: Clock) -> None:
    bound = await stored.insert_binding(
        tx, issuer=who.issuer, subject=who.subject, staff_id=staff_id, at=clock.now()
    )
    if not bound:
        raise ProviderRefused(ProviderDoubt.TAKEN)
    await audit.record(
        tx,
        actor=Actor.staff(staff_id),
        action="access.provider_connected",
        clock=clock,
        detail={"how": how},
    )
