"""Telling a system outside by OpenDSR: asking once, then asking how it stands until it is done.

Nothing is believed that is not signed with the certificate that somebody put here. A system that
does not answer is asked again and again; one that lets its own time pass is a person's business.
What came of it is written down as counts, codes and the hash of its last answer.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from candor.domain.catalogue.model import InForce, Regime
from candor.domain.consent.service import gate
from candor.domain.rights.model.downstream import Downstream, Identity, Protocol
from candor.domain.rights.model.opendsr import (
    CUSTOMER,
    DEVICES,
    DOMAIN_HEADER,
    EMAIL,
    OLD_HEADERS,
    REGULATIONS,
    SIGNATURE_HEADER,
    TYPES,
    VERSION,
    Answered,
    Named,
    Received,
    Sent,
    Told,
    moment,
    request_id_of,
)
from candor.domain.rights.model.request import Right
from candor.domain.rights.model.task import Answer, ByHand, Done, Failed, Later
from candor.domain.rights.queries import downstreams as stored
from candor.domain.rights.service.downstream.introducing import opened_of, remembered
from candor.domain.rights.service.downstream.systems import callback_of, token_of
from candor.domain.rights.service.office import Office, Work
from candor.infra import http, x509
from candor.infra.db.pool import Tx
from candor.infra.http import Outbound, OutboundFailed, OutboundRefused
from candor.infra.x509 import BadCertificate, BadDomainSignature

_Said = TypeVar("_Said", bound=msgspec.Struct)
_CREATED: Final = 201
_GONE_WRONG: Final = frozenset({400, 404, 405, 409, 410, 422})  # asking again will not help
_SOON: Final = timedelta(minutes=1)
_SELDOM: Final = timedelta(hours=6)
_GRACE: Final = timedelta(days=1)  # beyond the time that it named itself
_AT_MOST: Final = timedelta(days=45)
_WORDS: Final[Mapping[Right, str]] = {right: word for word, right in TYPES.items()}
_REGULATION: Final[Mapping[Regime, str]] = {regime: w for w, regime in REGULATIONS.items()}


class Teller:
    """Tells systems outside. One per process."""

    def __init__(self, outbound: Outbound, public_url: str) -> None:
        """Take the way out, and the address under which we are called back."""
        self._outbound = outbound
        self._public_url = public_url

    async def tell(self, work: Work) -> Answer:
        """Tell one system of a request, or ask how it stands there."""
        system = await _system(work)
        if system is None or system.ended_at is not None:
            return Done({"not_told": "ended"})
        if system.protocol != Protocol.OPENDSR or work.request.kind not in _WORDS:
            return ByHand("not_in_protocol")
        try:
            if "asked" in work.task.evidence:
                answer = await self._look(work, system)
            else:
                answer = await self._ask(work, system)
        except (OutboundFailed, OutboundRefused, BadDomainSignature, BadCertificate) as error:
            answer = Failed(error.code)
        await _note(work, system, answer)
        return answer

    async def _ask(self, work: Work, system: Downstream) -> Answer:
        """Ask a system for what the person asks for; harmless twice, as it knows the id again."""
        office, ref = work.office, request_id_of(work.task.task_id)
        async with office.database.tx("rights") as tx:
            in_force = (await office.rulebook.rules(tx)).in_force
            known = await _identities(work, tx)
        named = _named(known, system, in_force)
        if not named:
            return Done({"identities": 0})
        request = work.request
        body = msgspec.json.encode(
            Sent(
                regulation=_REGULATION.get(request.regime or Regime.GDPR, "gdpr"),
                subject_request_id=ref,
                subject_request_type=_WORDS[request.kind],
                submitted_time=request.received_at,
                subject_identities=named,
                api_version=VERSION,
                status_callback_urls=[callback_of(self._public_url, system)],
            )
        )
        answer = await self._request("POST", "/requests", work.office, system, body)
        if answer.status != _CREATED:
            return _refusal(answer.status)
        told = _verified(answer, system, office, Received)
        encoded = b64encode(body).decode()
        if told is None or told.subject_request_id.lower() != ref:
            return Failed("opendsr.wrong_answer")
        if told.encoded_request is not None and told.encoded_request != encoded:
            return Failed("opendsr.wrong_answer")
        now = office.clock.now()
        until = _until(told.expected_completion_time, now)
        evidence = {
            "asked": ref,
            "asked_at": moment(now),
            "until": moment(until),
            "identities": len(named),
            "looks": 0,
        }
        return Later(now + _SOON, evidence, is_asked=True)

    async def _look(self, work: Work, system: Downstream) -> Answer:
        """Ask how a request stands; what is done is done, what was cancelled is a person's."""
        known, now = dict(work.task.evidence), work.office.clock.now()
        until = datetime.fromisoformat(str(known["until"])) + _GRACE
        is_late = now > until
        try:
            path = f"/requests/{known['asked']}"
            answer = await self._request("GET", path, work.office, system, None)
        except OutboundFailed:
            if is_late:
                return ByHand("no_answer")
            raise
        if answer.status >= 300:
            return ByHand("no_answer") if is_late else _refusal(answer.status)
        told = _verified(answer, system, work.office, Told)
        if told is None or told.subject_request_id.lower() != known["asked"]:
            return Failed("opendsr.wrong_answer")
        if told.request_status == Answered.COMPLETED:
            known["answer"] = hashlib.sha256(answer.body).hexdigest()
            known["results"] = told.results_count or 0
            return Done(known)
        if told.request_status == Answered.CANCELLED:
            return ByHand("cancelled_there")
        if is_late:
            return ByHand("no_answer")
        looks = int(known["looks"]) + 1
        known["looks"] = looks
        wait = min(_SOON * 2 ** min(looks, 10), _SELDOM)
        return Later(now + wait, known, is_asked=True)

    async def _request(
        self, method: str, path: str, office: Office, system: Downstream, body: bytes | None
    ) -> http.Answer:
        headers = {"content-type": "application/json"} if body is not None else {}
        token = token_of(system, office.keyring)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self._outbound.request(
            method, system.base_url.rstrip("/") + path, headers=headers, content=body
        )


async def _system(work: Work) -> Downstream | None:
    async with work.office.database.read("rights") as tx:
        return await stored.downstream(tx, downstream_id=UUID(work.task.party))


async def _identities(work: Work, tx: Tx) -> Sequence[Identity]:
    person = work.request.person
    if work.request.kind == Right.ERASURE or person is None:
        return await remembered(tx, work.request, work.office)
    members = await gate.members(tx, person) or [person]
    return await opened_of(tx, members, work.office)


def _named(known: Sequence[Identity], system: Downstream, in_force: InForce) -> list[Named]:
    """Return the identities by which a system knows the person, in the protocol's words."""
    found: dict[tuple[str, str], Named] = {}
    for one in known:
        declared = in_force.identifiers.get(one.kind)
        if declared is None or one.kind not in system.identities:
            continue
        if declared.normalise == "email":
            word = EMAIL
        elif declared.names_person:
            word = CUSTOMER
        else:
            word = one.kind if one.kind in DEVICES else "android_id"
        value = one.value.reveal()
        found[word, value] = Named(identity_type=word, identity_value=value)
    return list(found.values())


def _verified(
    answer: http.Answer, system: Downstream, office: Office, of: type[_Said]
) -> _Said | None:
    """Return an answer once its signature holds; None: it is not of this form.

    Raises:
        BadDomainSignature, BadCertificate.
    """
    check_signed(answer.headers, answer.body, system, office)
    try:
        return msgspec.json.decode(answer.body, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def check_signed(
    headers: Mapping[str, str], body: bytes, system: Downstream, office: Office
) -> None:
    """Check that a system signed these bytes; names of headers are in lower case.

    Raises:
        BadDomainSignature: it did not, or says that it is another domain.
        BadCertificate: the certificate that is kept is not valid for it now.
    """
    domain = _header(headers, DOMAIN_HEADER)
    if domain.lower() != system.domain.lower() or system.certificate is None:
        raise BadDomainSignature
    x509.verify(
        system.certificate,
        domain=system.domain,
        body=body,
        signature=_header(headers, SIGNATURE_HEADER),
        now=office.clock.now(),
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    for one in (name, *OLD_HEADERS[name]):
        if one.lower() in headers:
            return headers[one.lower()]
    return ""


def _refusal(status: int) -> Answer:
    if status in _GONE_WRONG:
        return ByHand(f"refused_{status}")
    return Failed(f"opendsr.status_{status}")


def _until(expected: str | None, now: datetime) -> datetime:
    """Return by when a system wants to be done; its word counts up to 45 days."""
    try:
        given = datetime.fromisoformat(expected or "")
    except ValueError:
        return now + _AT_MOST
    if given.tzinfo is None:
        return now + _AT_MOST
    return min(max(given, now), now + _AT_MOST)


async def _note(work: Work, system: Downstream, answer: Answer) -> None:
    """Keep how a system answered last, for the page that lists them."""
    problem = None
    if isinstance(answer, Failed):
        problem = answer.problem
    elif isinstance(answer, ByHand):
        problem = answer.why
    async with work.office.database.tx("rights") as tx:
        await stored.note_answer(
            tx,
            downstream_id=system.downstream_id,
            answered_at=None if problem else work.office.clock.now(),
            problem=problem,
        )
