"""The ASGI application of OpenDSR: `/opendsr/v2/…`, for controllers whose processor we are.

A controller comes with a key of the API that may write requests and whose word about who somebody
is counts (`rights:write`, `rights:prove`): it has made sure of that itself, as the law asks of it.
Every answer about a request is signed with the key of our domain. The routes of version 1, and
those that bear the older names, lead to the same place (10.1).
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from candor.domain.access.errors import WrongAPIKey
from candor.domain.access.model.keys import APIKey
from candor.domain.access.model.keys import Scope as May
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.opendsr import (
    CUSTOMER,
    DEVICES,
    DOMAIN_HEADER,
    EMAIL,
    REGULATIONS,
    SIGNATURE_HEADER,
    TYPES,
    VERSION,
    Answered,
    Detail,
    Discovery,
    Error,
    Errors,
    Received,
    Sent,
    SupportedIdentity,
    answered,
    moment,
    results_at,
    told_of,
)
from candor.domain.rights.model.request import Channel, Ground, Proof
from candor.domain.rights.service import deciding, exchanging
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.downstream.hearing import heard
from candor.domain.rights.service.downstream.systems import CALLBACKS
from candor.domain.rights.service.exchanging import Taken
from candor.domain.shield.errors import TooMany
from candor.infra import metrics, x509
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.http import OutboundRefused
from candor.infra.log import logger
from candor.infra.x509 import DomainSigner
from candor.kernel.errors import CandorError, Kind, Refused, Unavailable
from candor.kernel.ids import ProfileId, new_id
from candor.surface.api.opendsr.results import Results, fetched, hand_out
from candor.surface.api.v1.keys import Keys, require
from candor.surface.api.v1.tallies import actor_of
from candor.surface.api.wire import (
    Header,
    Receive,
    Reply,
    Scope,
    Send,
    TooLong,
    answer,
    body_of,
    kinds_normalised,
    person_of,
)
from candor.surface.plain.services import Services
from candor.surface.plain.traps import Traps

PREFIX: Final = "/opendsr/"
_NAMES: Final = r"/opendsr/(?:v[12]/)?"
_DISCOVERY: Final = re.compile(rf"{_NAMES}discovery/?")
_CERTIFICATE: Final = re.compile(rf"{_NAMES}certificate\.pem")
_LIST: Final = rf"{_NAMES}(?:requests|opengdpr_requests|opendsr_requests)"
_REQUESTS: Final = re.compile(rf"{_LIST}/?")
_REQUEST: Final = re.compile(rf"{_LIST}/(?P<id>[0-9a-fA-F-]{{36}})/?")
_RESULTS: Final = re.compile(rf"{_LIST}/(?P<id>[0-9a-fA-F-]{{36}})/results/?")
_CALLBACK: Final = re.compile(
    rf"{CALLBACKS}/(?P<id>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})"
)
_SUBMITTED_LONG_AGO: Final = timedelta(days=45)
_log: Final = logger("opendsr")
_encode: Final = msgspec.json.encode
_STATUS: Final[Mapping[Kind, int]] = {
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.GONE: 410,
    Kind.LIMITED: 429,
}


class WrongRequest(Refused):
    """The request is not one that the protocol knows."""

    code: ClassVar[str] = "opendsr.wrong_request"
    default_hint: ClassVar[str] = "See /opendsr/v2/discovery for what is understood."


class NotHeard(Refused):
    """This callback was not signed by the system that it is said to be from."""

    code: ClassVar[str] = "opendsr.not_heard"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Sign the exact bytes of the body; see section 8.8."


class OpenDSR:
    """The protocol, as the web sees it. One per process."""

    def __init__(self, services: Services) -> None:
        """Take what it works with."""
        self._services = services
        self._keys = Keys(
            services.database,
            services.clock,
            services.pace,
            Traps(services.database, services.clock, services.doors),
        )

    @cached_property
    def _signer(self) -> DomainSigner:
        services, settings = self._services, self._services.settings
        return x509.signer_of(
            services.keyring.fixed_key(x509.USE),
            settings.public_url,
            settings.opendsr_certificate,
            now=services.clock.now(),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            reply = await self._answer(scope, receive)
        except Refused as error:
            reply = _problem(_status(error), error)
        except Unavailable as error:
            reply = _problem(503, error)
        except Exception as error:  # noqa: BLE001 - whatever broke, the controller reads an error
            _log.error("a request broke", exc_info=error)
            reply = _problem(500, WrongRequest("Something broke here.", hint=""))
        if isinstance(reply, Results):
            await hand_out(reply, receive, send)
            return
        if reply.status >= 400:
            metrics.REQUESTS.labels("opendsr", str(reply.status)).inc()
        await answer(send, reply)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | Results:
        path, method = scope["path"], scope["method"]
        if _DISCOVERY.fullmatch(path) and method == "GET":
            return await self._discovery()
        if _CERTIFICATE.fullmatch(path) and method == "GET":
            pem = self._signer.certificate.encode()
            return Reply(200, pem, "application/x-pem-file")
        if _REQUESTS.fullmatch(path) and method == "POST":
            key = await self._key(scope, May.RIGHTS_WRITE)
            require(key, May.RIGHTS_PROVE)
            return await self._take(key, await body_of(receive))
        if (found := _CALLBACK.fullmatch(path)) and method == "POST":
            return await self._called(scope, UUID(found["id"]), await body_of(receive))
        found = _REQUEST.fullmatch(path)
        if found and method == "GET":
            return await self._tell(await self._key(scope, May.RIGHTS_READ), found["id"])
        if found and method == "DELETE":
            return await self._cancel(await self._key(scope, May.RIGHTS_WRITE), found["id"])
        if (found := _RESULTS.fullmatch(path)) and method == "GET":
            return await self._results(await self._key(scope, May.RIGHTS_READ), found["id"])
        known = (_DISCOVERY, _CERTIFICATE, _REQUESTS, _REQUEST, _RESULTS, _CALLBACK)
        is_known = any(one.fullmatch(path) for one in known)
        return _problem(405 if is_known else 404, WrongRequest("There is nothing here."))

    async def _key(self, scope: Scope, may: May) -> APIKey:
        headers = dict(scope["headers"])
        key = await self._keys.key(headers.get(b"authorization"), scope, remembered=False)
        require(key, may)
        return key

    async def _discovery(self) -> Reply:
        """Tell what is understood (6)."""
        async with self._services.database.read() as tx:
            in_force = (await self._services.rulebook.rules(tx)).in_force
        told = Discovery(
            api_version=VERSION,
            supported_identities=[SupportedIdentity(one, "raw") for one in _kinds(in_force)],
            supported_subject_request_types=list(TYPES),
            processor_certificate=(
                f"{self._services.settings.public_url}{PREFIX}v2/certificate.pem"
            ),
        )
        return Reply(200, _encode(told))

    async def _take(self, key: APIKey, body: bytes) -> Reply:
        """Take a request (7); the same again, unchanged, changes nothing."""
        sent = _read(body)
        self._check(sent)
        services, ref = self._services, sent.subject_request_id.lower()
        async with services.database.tx(new_id().hex) as tx:
            in_force = (await services.rulebook.rules(tx)).in_force
            who = await self._who(tx, sent, in_force)
            taken = await exchanging.take(
                tx,
                Asked(
                    kind=TYPES[sent.subject_request_type],
                    channel=Channel.OPENDSR,
                    profile_id=who,
                    regime=REGULATIONS.get(sent.regulation or ""),
                    proof=Proof.AUTHORITY,
                    received_at=max(
                        sent.submitted_time, services.clock.now() - _SUBMITTED_LONG_AGO
                    ),
                ),
                exchanging.Sent(
                    party=_party(key),
                    ref=ref,
                    word=sent.subject_request_type,
                    content=_content(sent),
                    callbacks=sent.status_callback_urls,
                ),
                actor=actor_of(key.key_id),
                office=services.office,
            )
            if who is None and taken.is_new:
                await self._nobody(tx, taken, actor_of(key.key_id))
        request = taken.request
        told = Received(
            controller_id=_controller(key),
            expected_completion_time=moment(request.due_at or request.received_at),
            received_time=moment(request.received_at),
            encoded_request=b64encode(body).decode(),
            subject_request_id=ref,
            api_version=VERSION,
        )
        return self._signed(201, _encode(told))

    async def _nobody(self, tx: Tx, taken: Taken, actor: Actor) -> None:
        """Close a request about somebody of whom nothing is held: there is nothing to do."""
        await deciding.refuse(
            tx,
            taken.request.request_id,
            Ground.NO_DATA,
            actor=actor,
            office=self._services.office,
        )

    async def _tell(self, key: APIKey, ref: str) -> Reply:
        """Tell how a request stands (8); of another controller's: 404."""
        async with self._services.database.read() as tx:
            taken = await exchanging.by_ref(tx, party=_party(key), ref=ref.lower())
        told = told_of(
            taken.request,
            controller=_controller(key),
            ref=ref.lower(),
            results_url=results_at(self._services.settings.public_url, ref.lower()),
        )
        return self._signed(200, _encode(told))

    async def _results(self, key: APIKey, ref: str) -> Results:
        """Hand out the archive that a request asked for (8.4); counted; of another's: 404."""
        async with self._services.database.read() as tx:
            taken = await exchanging.by_ref(tx, party=_party(key), ref=ref.lower())
        return await fetched(taken.request, actor=actor_of(key.key_id), services=self._services)

    async def _cancel(self, key: APIKey, ref: str) -> Reply:
        """Take a request back, while it is pending (9)."""
        services = self._services
        async with services.database.tx(new_id().hex) as tx:
            taken = await exchanging.by_ref(tx, party=_party(key), ref=ref.lower())
            if answered(taken.request) is not Answered.PENDING:
                raise WrongRequest("It is not pending any more.")
            await exchanging.take_back(
                tx, taken, actor=actor_of(key.key_id), office=services.office
            )
        told = Received(
            controller_id=_controller(key),
            received_time=moment(services.clock.now()),
            subject_request_id=ref.lower(),
            api_version=VERSION,
        )
        return self._signed(202, _encode(told))

    async def _called(self, scope: Scope, system_id: UUID, body: bytes) -> Reply:
        """Hear from a system that we asked that something changed (8.6-8.8).

        Its signature is verified before anything is read; what it says is only a reason to
        ask it ourselves, at once.
        """
        services = self._services
        services.pace.before_key(scope)
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        async with services.database.tx(new_id().hex) as tx:
            is_heard = await heard(
                tx,
                system_id,
                headers,
                body,
                public_url=services.settings.public_url,
                office=services.office,
            )
        if not is_heard:
            services.pace.wrong_key(scope)
            raise NotHeard
        return Reply(202)

    def _signed(self, status: int, body: bytes) -> Reply:
        headers: list[Header] = [
            (DOMAIN_HEADER.lower().encode(), self._signer.domain.encode()),
            (SIGNATURE_HEADER.lower().encode(), self._signer.sign(body).encode()),
        ]
        return Reply(status, body, headers=headers)

    def _check(self, sent: Sent) -> None:
        """Refuse what cannot be done as it is asked.

        Raises:
            WrongRequest: an unknown type or regulation, nobody named, or a bad callback.
        """
        if sent.subject_request_type not in TYPES:
            raise WrongRequest("subject_request_type is not one that is supported.")
        if sent.regulation is not None and sent.regulation not in REGULATIONS:
            raise WrongRequest("regulation is gdpr or ccpa.")
        if not any(one.identity_format == "raw" for one in sent.subject_identities):
            raise WrongRequest("Nobody is named in a way that is supported: identities, raw.")
        if sent.submitted_time.tzinfo is None:
            raise WrongRequest("submitted_time needs a zone (RFC 3339).")
        try:
            for url in sent.status_callback_urls:
                self._services.outbound.check(url)
        except OutboundRefused:
            said = "A status callback is no address that can be called."
            raise WrongRequest(said) from None

    async def _who(self, tx: ReadTx, sent: Sent, in_force: InForce) -> ProfileId | None:
        raw = [one for one in sent.subject_identities if one.identity_format == "raw"]
        kinds = _kinds(in_force)
        return await person_of(
            tx,
            emails=[one.identity_value for one in raw if one.identity_type == EMAIL],
            others=[
                (kind, one.identity_value)
                for one in raw
                if one.identity_type != EMAIL
                for kind in kinds.get(one.identity_type, ())
            ],
            in_force=in_force,
            vault=self._services.vault,
        )


def _kinds(in_force: InForce) -> dict[str, list[str]]:
    """Return the identifiers of the catalogue behind each kind of identity that is understood.

    Customer numbers are exact identifiers that name a person; devices are those that do not.
    """
    exact = [
        (kind, one.names_person)
        for kind, one in sorted(in_force.identifiers.items())
        if one.normalise in {"exact", "digits"}
    ]
    people = [kind for kind, names in exact if names]
    devices = [kind for kind, names in exact if not names]
    found = {EMAIL: kinds_normalised(in_force, "email"), CUSTOMER: people}
    found |= dict.fromkeys(DEVICES, devices)
    return {name: kinds for name, kinds in found.items() if kinds}


def _read(body: bytes) -> Sent:
    """Return what was sent.

    Raises:
        WrongRequest: not of this form; values are not repeated.
    """
    try:
        return msgspec.json.decode(body, type=Sent)
    except msgspec.ValidationError as error:
        where = re.search(r"`\$\.?([a-z_.\[\]]{1,80})`", str(error))
        field = where[1] if where else "the body"
        raise WrongRequest(f"{field} is missing or not as the protocol says.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongRequest("The body is not JSON.") from None


def _content(sent: Sent) -> bytes:
    return _encode(
        [
            sent.subject_request_type,
            sent.regulation,
            sorted(
                (one.identity_type, one.identity_value, one.identity_format)
                for one in sent.subject_identities
            ),
        ]
    )


def _controller(key: APIKey) -> str:
    """Return how we call a controller: the source of its key, so that a new key changes nothing."""
    return key.source_code or key.key_id.hex


def _party(key: APIKey) -> str:
    return f"opendsr:{_controller(key)}"


def _status(error: Refused) -> int:
    if isinstance(error, WrongAPIKey):
        return 401
    if isinstance(error, TooLong):
        return 413
    return _STATUS.get(error.kind, 400)


def _problem(status: int, error: CandorError) -> Reply:
    reason = error.code.rpartition(".")[2]
    told = Errors(
        Error(
            code=status,
            message=error.message,
            errors=[Detail(domain="Validation", reason=reason, message=error.hint)],
        )
    )
    headers: list[Header] = []
    if isinstance(error, TooMany):
        headers.append((b"retry-after", str(error.wait_seconds).encode()))
    if isinstance(error, WrongAPIKey):
        headers.append((b"www-authenticate", b'Bearer realm="candor"'))
    return Reply(status, _encode(told), headers=headers)
