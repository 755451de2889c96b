"""Passkeys of staff and customers: added, used to sign in and to prove it again, removed.

One code for both sides of the counter. An answer counts for the challenge that this browser was
given minutes ago, once: the surface ends the ceremony in a transaction of its own before it asks
for a verdict here. User verification is demanded always, so a passkey is two factors: the device,
and what unlocks it. Attestation is not asked for; which device somebody uses is their affair.

Sources: Web Authentication Level 3, 7.1 and 7.2; NIST SP 800-63B-4, 3.2.5; ASVS 5.0 V6.
"""

import secrets
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from candor.domain.access.errors import (
    LastFactor,
    NoSuchPasskey,
    NotSignedIn,
    PasskeyDoubt,
    PasskeyRefused,
    TooManyPasskeys,
)
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.factors import Change
from candor.domain.access.model.passkey import (
    CHALLENGE_BYTES,
    CHALLENGE_LASTS,
    HANDLE_BYTES,
    LONGEST_ANSWER,
    MOST_PASSKEYS,
    Passkey,
    PasskeyCeremony,
    RelyingParty,
    cleaned_name,
)
from candor.domain.access.model.sign_in import Audience, Method, Session
from candor.domain.access.queries import members
from candor.domain.access.queries import passkeys as stored
from candor.domain.access.service import ceremonies, passkey_notices, sessions
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId

_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose passkey it is: a member of staff, or all profiles of a customer, and who acts."""

    audience: Audience
    bearer_id: UUID  # under which a new one is kept
    all_ids: tuple[UUID, ...]
    actor: Actor
    subjects: tuple[bytes | None, ...] = (None,)  # pseudonyms of a customer, for the log


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser is asked: options as JSON, and what its ceremony cookie must hold."""

    options: str
    browser: str


# ------------------------------------------------------------------------------ adding and keeping
async def ask_to_add(
    tx: Tx, bearer: Bearer, *, label: str, party: RelyingParty, clock: Clock
) -> Question:
    """Begin adding a passkey.

    Args:
        tx: the transaction of the request.
        bearer: whose it will be; that they proved it lately is for the caller to demand.
        label: what the device calls the account; it stays on that device.
        party: this installation.
        clock: the present.

    Raises:
        TooManyPasskeys: there are ten already.
    """
    known = await of(tx, bearer)
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    handle = known[0].user_handle if known else secrets.token_bytes(HANDLE_BYTES)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=handle,
        user_name=label,
        user_display_name=label,
        challenge=challenge,
        timeout=int(CHALLENGE_LASTS.total_seconds()) * _MILLISECONDS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    browser = await ceremonies.begin(
        tx,
        kind=PasskeyCeremony.ADD,
        audience=bearer.audience,
        clock=clock,
        bearer_id=bearer.bearer_id,
        secret=challenge,
        detail={"user_handle": handle.hex()},
        lasts=CHALLENGE_LASTS,
    )
    return Question(options_to_json(options), browser)


async def add(
    tx: Tx,
    bearer: Bearer,
    ceremony: Ceremony,
    answer: str,
    *,
    name: str,
    otherwise: str,
    party: RelyingParty,
    clock: Clock,
) -> Passkey:
    """Keep the passkey that a browser made for this ceremony; audited, and told by mail.

    Args:
        tx: the transaction of the request.
        bearer: who is signed in; must be whom the ceremony was begun for.
        ceremony: ended by the caller, in a transaction that is committed.
        answer: what the browser sent, JSON.
        name: what its bearer calls it.
        otherwise: what it is called when that is nothing.
        party: this installation.
        clock: the present.

    Raises:
        PasskeyRefused: not an answer to this challenge, from this origin, by a verified person;
            or a passkey that is known already.
        TooManyPasskeys: there are ten already.
    """
    if ceremony.bearer_id != bearer.bearer_id:
        raise PasskeyRefused(PasskeyDoubt.SOMEBODY_ELSES)
    if len(await of(tx, bearer)) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    credential = _read_new(answer)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=ceremony.secret,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # parsers of foreign bytes fail in many ways: each is a no
        raise PasskeyRefused(PasskeyDoubt.NOT_VERIFIED) from error
    passkey = Passkey(
        credential_id=made.credential_id,
        audience=bearer.audience,
        bearer_id=bearer.bearer_id,
        user_handle=bytes.fromhex(str(ceremony.detail["user_handle"])),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[one.value for one in credential.response.transports or ()],
        aaguid=_kind(made.aaguid),
        is_backed_up=made.credential_backed_up,
        name=cleaned_name(name, otherwise),
        created_at=clock.now(),
        last_used_at=None,
    )
    if not await stored.insert_passkey(tx, passkey):
        raise PasskeyRefused(PasskeyDoubt.TAKEN)
    await _note(tx, bearer, "access.passkey_added", clock)
    await passkey_notices.tell(
        tx, bearer.audience, bearer.bearer_id, Change.PASSKEY_ADDED, clock
    )
    return passkey


async def of(tx: ReadTx, bearer: Bearer) -> list[Passkey]:
    """Return somebody's passkeys, oldest first."""
    return await stored.passkeys_of(tx, bearer_ids=bearer.all_ids, audience=bearer.audience)


async def one_of(tx: ReadTx, bearer: Bearer, credential_id: bytes) -> Passkey:
    """Return one passkey of somebody.

    Raises:
        NoSuchPasskey: there is none, or it is somebody else's.
    """
    for passkey in await of(tx, bearer):
        if passkey.credential_id == credential_id:
            return passkey
    raise NoSuchPasskey


async def rename(
    tx: Tx, bearer: Bearer, credential_id: bytes, name: str, *, clock: Clock
) -> None:
    """Give a passkey another name; audited.

    Raises:
        NoSuchPasskey: there is none, it is somebody else's, or the name is empty.
    """
    kept = cleaned_name(name, "")
    changed = kept and await stored.rename_passkey(
        tx,
        credential_id=credential_id,
        bearer_ids=bearer.all_ids,
        audience=bearer.audience,
        name=kept,
    )
    if not changed:
        raise NoSuchPasskey
    await _note(tx, bearer, "access.passkey_renamed", clock)


async def remove(tx: Tx, bearer: Bearer, credential_id: bytes, *, clock: Clock) -> None:
    """Forget a passkey: it lets nobody in any more; audited, and told by mail.

    Locks the member of staff.

    Raises:
        NoSuchPasskey: there is none, or it is somebody else's.
        LastFactor: a member of staff would be left without a strong way in.
        NotSignedIn: the member of staff has left.
    """
    if bearer.audience is Audience.STAFF:
        factors = await stored.lock_staff_factors(tx, staff_id=bearer.bearer_id)
        if factors is None:
            raise NotSignedIn
        if not factors.without_one_passkey.may_prove:
            raise LastFactor
    gone = await stored.delete_passkey(
        tx,
        credential_id=credential_id,
        bearer_ids=bearer.all_ids,
        audience=bearer.audience,
    )
    if not gone:
        raise NoSuchPasskey
    await _note(tx, bearer, "access.passkey_removed", clock)
    await passkey_notices.tell(
        tx, bearer.audience, bearer.bearer_id, Change.PASSKEY_REMOVED, clock
    )


async def remove_since(tx: Tx, bearer: Bearer, since: datetime, *, clock: Clock) -> int:
    """Forget the passkeys of a customer that were added since somebody else came in; audited.

    Returns:
        how many. No mail tells of each: whoever asks for it came from one.
    """
    gone = await stored.delete_passkeys_since(
        tx, bearer_ids=bearer.all_ids, audience=bearer.audience, since=since
    )
    if gone:
        await _note(tx, bearer, "access.passkey_removed", clock, gone)
    return gone


async def may_add_without_proof(tx: Tx, bearer: Bearer) -> bool:
    """Tell whether somebody has nothing yet to prove with, so that their first factor may come.

    A member of staff who came by an invitation has only that; a customer can always ask for a code
    by mail. Locks the member of staff.
    """
    if bearer.audience is not Audience.STAFF:
        return False
    factors = await stored.lock_staff_factors(tx, staff_id=bearer.bearer_id)
    return factors is not None and not factors.may_prove


# ------------------------------------------------------------------------------ using
async def ask_to_sign_in(
    tx: Tx, audience: Audience, *, party: RelyingParty, clock: Clock
) -> Question:
    """Begin a sign-in: any passkey of this host may answer, nobody has to name themselves."""
    return await _ask(tx, PasskeyCeremony.SIGN_IN, audience, None, (), party, clock)


async def ask_to_prove(
    tx: Tx, bearer: Bearer, *, party: RelyingParty, clock: Clock
) -> Question:
    """Begin a proof that it is still the bearer: one of their own passkeys must answer.

    Raises:
        NoSuchPasskey: they have none.
    """
    known = await of(tx, bearer)
    if not known:
        raise NoSuchPasskey
    return await _ask(
        tx, PasskeyCeremony.PROVE, bearer.audience, bearer.bearer_id, known, party, clock
    )


async def recognise(
    tx: Tx,
    ceremony: Ceremony,
    answer: str,
    *,
    audience: Audience,
    party: RelyingParty,
    clock: Clock,
) -> Passkey:
    """Return the passkey that answered, whose bearer may come in. Locks it.

    Raises:
        PasskeyRefused: see `PasskeyDoubt`. Nothing else is told from outside.
    """
    passkey = await _used(tx, ceremony, answer, audience, party, clock, must_name_itself=True)
    if audience is Audience.STAFF:
        staff_id = StaffId(passkey.bearer_id)
        if await members.find_staff(tx, staff_id=staff_id) is None:
            raise PasskeyRefused(PasskeyDoubt.GONE, passkey.bearer_id)
    return passkey


async def prove(
    tx: Tx,
    bearer: Bearer,
    session: Session,
    ceremony: Ceremony,
    answer: str,
    *,
    party: RelyingParty,
    clock: Clock,
) -> str:
    """Note in a session that its bearer proved again who they are; audited. Locks the passkey.

    Returns:
        the session's new secret, for the cookie.

    Raises:
        PasskeyRefused: see `PasskeyDoubt`; also the passkey of somebody else.
        NotSignedIn: the session ended meanwhile.
    """
    if ceremony.bearer_id != bearer.bearer_id:
        raise PasskeyRefused(PasskeyDoubt.SOMEBODY_ELSES)
    passkey = await _used(tx, ceremony, answer, bearer.audience, party, clock)
    if passkey.bearer_id not in bearer.all_ids:
        raise PasskeyRefused(PasskeyDoubt.SOMEBODY_ELSES, passkey.bearer_id)
    return await sessions.prove(
        tx, session, methods=[Method.PASSKEY], actor=bearer.actor, clock=clock
    )


async def note_refusal(
    tx: Tx,
    error: PasskeyRefused,
    *,
    actor: Actor,
    subjects: Sequence[bytes | None] = (None,),
    clock: Clock,
) -> None:
    """Write down that an answer was refused, and why, in a transaction that stays."""
    detail = {} if error.bearer_id is None else {"bearer": str(error.bearer_id)}
    await audit.record(
        tx,
        actor=actor,
        action="access.passkey_refused",
        clock=clock,
        subjects=subjects,
        outcome=Outcome.REFUSED,
        reason=error.doubt,
        detail=detail if tuple(subjects) == (None,) else {},
    )


# ------------------------------------------------------------------------------ inside
async def _ask(
    tx: Tx,
    kind: PasskeyCeremony,
    audience: Audience,
    bearer_id: UUID | None,
    known: Sequence[Passkey],
    party: RelyingParty,
    clock: Clock,
) -> Question:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        timeout=int(CHALLENGE_LASTS.total_seconds()) * _MILLISECONDS,
        allow_credentials=[_descriptor(one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    browser = await ceremonies.begin(
        tx,
        kind=kind,
        audience=audience,
        clock=clock,
        bearer_id=bearer_id,
        secret=challenge,
        lasts=CHALLENGE_LASTS,
    )
    return Question(options_to_json(options), browser)


async def _used(
    tx: Tx,
    ceremony: Ceremony,
    answer: str,
    audience: Audience,
    party: RelyingParty,
    clock: Clock,
    *,
    must_name_itself: bool = False,
) -> Passkey:
    """Return the passkey that answered, after everything about the answer was checked."""
    credential = _read_used(answer)
    passkey = await stored.lock_passkey(tx, credential_id=credential.raw_id, audience=audience)
    if passkey is None:
        raise PasskeyRefused(PasskeyDoubt.UNKNOWN)
    if not _is_named(credential, passkey, must_name_itself=must_name_itself):
        raise PasskeyRefused(PasskeyDoubt.SOMEBODY_ELSES)
    used = _verified(credential, ceremony, passkey, party)
    if used.new_sign_count <= passkey.sign_count and (
        used.new_sign_count,
        passkey.sign_count,
    ) != (
        0,
        0,
    ):
        raise PasskeyRefused(PasskeyDoubt.COUNTER, passkey.bearer_id)
    now = clock.now()
    await stored.note_use(
        tx,
        credential_id=passkey.credential_id,
        sign_count=used.new_sign_count,
        is_backed_up=used.credential_backed_up,
        at=now,
    )
    return replace(passkey, sign_count=used.new_sign_count, last_used_at=now)


def _verified(
    credential: AuthenticationCredential,
    ceremony: Ceremony,
    passkey: Passkey,
    party: RelyingParty,
) -> VerifiedAuthentication:
    """Check challenge, origin, host, presence, verification and signature.

    The counter is not checked here: the library looks at it before the signature, so that whoever
    makes up an answer could raise the alarm of a copied passkey.
    """
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=ceremony.secret,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # parsers of foreign bytes fail in many ways: each is a no
        raise PasskeyRefused(PasskeyDoubt.NOT_VERIFIED) from error


def _is_named(
    credential: AuthenticationCredential, passkey: Passkey, *, must_name_itself: bool
) -> bool:
    """Tell whether the authenticator means the account that the passkey belongs to (7.2, 6)."""
    handle = credential.response.user_handle
    if handle is None:
        return not must_name_itself
    return secrets.compare_digest(bytes(handle), passkey.user_handle)


def _read_new(answer: str) -> RegistrationCredential:
    try:
        return parse_registration_credential_json(_parsed(answer))
    except Exception as error:  # as above
        raise PasskeyRefused(PasskeyDoubt.UNREADABLE) from error


def _read_used(answer: str) -> AuthenticationCredential:
    try:
        return parse_authentication_credential_json(_parsed(answer))
    except Exception as error:  # as above
        raise PasskeyRefused(PasskeyDoubt.UNREADABLE) from error


def _parsed(answer: str) -> dict[str, object]:
    """Return an answer as an object.

    Raises:
        PasskeyRefused: it is far too long.
        msgspec.DecodeError: it is none.
    """
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused(PasskeyDoubt.UNREADABLE)
    return msgspec.json.decode(answer, type=dict[str, object])


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {one.value: one for one in AuthenticatorTransport}
    reached = [known[name] for name in passkey.transports if name in known]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=reached or None)


def _kind(aaguid: str) -> UUID | None:
    """Return the kind of an authenticator; most that people have do not tell."""
    found = UUID(aaguid)
    return found if found.int else None


def read_id(text: str) -> bytes:
    """Return the id of a passkey as an address or a form holds it.

    Raises:
        NoSuchPasskey: it is none.
    """
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NoSuchPasskey from None


async def _note(tx: Tx, bearer: Bearer, action: str, clock: Clock, count: int = 1) -> None:
    await audit.record(
        tx,
        actor=bearer.actor,
        action=action,
        clock=clock,
        subjects=bearer.subjects,
        detail={"passkeys": count},
    )
