"""Passkeys on pages: what console and portal do alike, from the browser's question to its answer.

The browser's script (`ui/candor-passkey.js`) fetches a challenge and sends the answer in a form.
A challenge is used up before its answer is looked at, in a transaction of its own: whoever answers
wrongly begins anew. A passkey cannot be guessed, so no form here asks for a challenge of the
shield; asking is limited by address, because each question is a row.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from litestar import Response
from litestar.datastructures import Cookie

from candor.domain.access.errors import PasskeyRefused
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.passkey import (
    Passkey,
    PasskeyCeremony,
    RelyingParty,
    relying_party,
)
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import ceremonies, passkeys, sessions
from candor.domain.access.service.passkeys import Bearer, Question
from candor.domain.audit.model import Actor
from candor.domain.shield.errors import TooMany
from candor.domain.shield.model.limit import Limit
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.plain import answers, ceremony_cookie
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visit, Visits

_QUESTIONS: Final = Limit("passkey questions", 30, timedelta(minutes=5))
_ACTORS: Final = {
    Audience.STAFF: Actor.machine("console"),
    Audience.CUSTOMER: Actor.machine("portal"),
}
Begin = Callable[[Tx, Passkey], Awaitable[str]]
ANSWER: Final = "answer"  # the field of a form


class PasskeyDesk:
    """The passkeys of one audience."""

    def __init__(self, services: Services, visits: Visits, audience: Audience) -> None:
        """Take what pages are made with."""
        self._services = services
        self._visits = visits
        self._audience = audience

    # ------------------------------------------------------------------------- sign-in
    async def ask_to_sign_in(self, request: AnyRequest) -> Response[str]:
        """Answer the script with a challenge that any passkey of this host may take up.

        Raises:
            ForeignForm, TooMany.
        """
        await self._visits.form(request, self._visits.token_before(request))
        await self._limit(request)
        party = await self._party()
        async with self._services.database.tx() as tx:
            question = await passkeys.ask_to_sign_in(
                tx, self._audience, party=party, clock=self._services.clock
            )
        return self._asked(question)

    async def sign_in(self, request: AnyRequest, fields: dict[str, str], begin: Begin) -> str:
        """Begin a session of whoever answered; return the secret for its cookie.

        Args:
            request: of the form.
            fields: what it sent.
            begin: begins the session, in the transaction in which the passkey was used.

        Raises:
            CeremonyOver: no question waits for an answer of this browser.
            PasskeyRefused: written down, also as a sign-in that failed.
        """
        doors = self._services.doors
        attempt = doors.attempt(request, self._audience, "")
        party = await self._party()
        ceremony = await self._end(request, PasskeyCeremony.SIGN_IN)
        try:
            async with self._services.database.tx() as tx:
                passkey = await passkeys.recognise(
                    tx,
                    ceremony,
                    fields.get(ANSWER, ""),
                    audience=self._audience,
                    party=party,
                    clock=self._services.clock,
                )
                return await begin(tx, passkey)
        except PasskeyRefused as error:
            await self._note(error, _ACTORS[self._audience])
            await doors.failed(attempt)
            raise

    # ------------------------------------------------------------------------- step-up
    async def ask_to_prove(
        self, request: AnyRequest, visit: Visit, bearer: Bearer
    ) -> Response[str]:
        """Answer the script with a challenge for a passkey of the person who is signed in.

        Raises:
            ForeignForm, TooMany, NoSuchPasskey.
        """
        await self._visits.form(request, visit.csrf_token)
        await self._limit(request)
        party = await self._party()
        async with self._services.database.tx(visit.request_id) as tx:
            question = await passkeys.ask_to_prove(
                tx, bearer, party=party, clock=self._services.clock
            )
        return self._asked(question)

    async def prove(
        self, request: AnyRequest, visit: Visit, bearer: Bearer, fields: dict[str, str]
    ) -> Cookie:
        """Note the proof in the session; return the cookie of its new secret.

        Raises:
            CeremonyOver, PasskeyRefused, NotSignedIn.
        """
        party = await self._party()
        ceremony = await self._end(request, PasskeyCeremony.PROVE)
        try:
            async with self._services.database.tx(visit.request_id) as tx:
                secret = await passkeys.prove(
                    tx,
                    bearer,
                    visit.session,
                    ceremony,
                    fields.get(ANSWER, ""),
                    party=party,
                    clock=self._services.clock,
                )
        except PasskeyRefused as error:
            await self._note(error, bearer.actor, bearer)
            raise
        return self._visits.cookie(self._audience, secret)

    # ------------------------------------------------------------------------- adding
    async def ask_to_add(
        self, request: AnyRequest, visit: Visit, bearer: Bearer, label: str
    ) -> Response[str]:
        """Answer the script with what an authenticator needs to make a passkey.

        Raises:
            ForeignForm, TooMany, ProofNeeded, TooManyPasskeys.
        """
        await self._visits.form(request, visit.csrf_token)
        await self._limit(request)
        party = await self._party()
        async with self._services.database.tx(visit.request_id) as tx:
            await self.require_proof(tx, visit, bearer)
            question = await passkeys.ask_to_add(
                tx, bearer, label=label, party=party, clock=self._services.clock
            )
        return self._asked(question)

    async def add(
        self, request: AnyRequest, visit: Visit, bearer: Bearer, fields: dict[str, str]
    ) -> Passkey:
        """Keep the passkey that was made.

        Raises:
            CeremonyOver, PasskeyRefused, ProofNeeded, TooManyPasskeys.
        """
        party = await self._party()
        ceremony = await self._end(request, PasskeyCeremony.ADD)
        device = self._services.doors.attempt(request, self._audience, "").caller.device
        try:
            async with self._services.database.tx(visit.request_id) as tx:
                await self.require_proof(tx, visit, bearer)
                return await passkeys.add(
                    tx,
                    bearer,
                    ceremony,
                    fields.get(ANSWER, ""),
                    name=fields.get("name", ""),
                    otherwise=device or party.name,
                    party=party,
                    clock=self._services.clock,
                )
        except PasskeyRefused as error:
            await self._note(error, bearer.actor, bearer)
            raise

    async def require_proof(self, tx: Tx, visit: Visit, bearer: Bearer) -> None:
        """Demand a fresh proof, unless there is nothing yet to prove with.

        Raises:
            ProofNeeded: there is, and it was not given lately.
        """
        if not await passkeys.may_add_without_proof(tx, bearer):
            sessions.require_proof(visit.session, self._services.clock)

    def forget_ceremony(self) -> Cookie:
        """Return the cookie that takes the ceremony's away: it is over."""
        return ceremony_cookie.cookie(self._services, "")

    # ------------------------------------------------------------------------- inside
    async def _party(self) -> RelyingParty:
        async with self._services.database.read() as tx:
            rules = await self._services.rulebook.rules(tx)
        company = rules.in_force.document.company
        return relying_party(self._services.settings.public_url, company)

    async def _limit(self, request: AnyRequest) -> None:
        """Count a question of this address.

        Raises:
            TooMany: so many that no person asks them.
        """
        caller = self._services.doors.attempt(request, self._audience, "").caller
        async with self._services.database.tx() as tx:
            taken = await self._services.throttles.take(tx, _QUESTIONS, caller.address)
        if not taken.is_allowed:
            raise TooMany(taken.wait_seconds)

    async def _end(self, request: AnyRequest, kind: PasskeyCeremony) -> Ceremony:
        """Use the question of this browser up, so that it takes no second answer."""
        browser = ceremony_cookie.browser_of(self._services, request)
        async with self._services.database.tx() as tx:
            return await ceremonies.use(
                tx, browser, kind=kind, audience=self._audience, clock=self._services.clock
            )

    async def _note(
        self, error: PasskeyRefused, actor: Actor, bearer: Bearer | None = None
    ) -> None:
        """Write a refusal down in a transaction that stays."""
        subjects = await self._subjects(error) if bearer is None else bearer.subjects
        async with self._services.database.tx() as tx:
            await passkeys.note_refusal(
                tx, error, actor=actor, subjects=subjects, clock=self._services.clock
            )

    async def _subjects(self, error: PasskeyRefused) -> tuple[bytes | None, ...]:
        """Return the pseudonyms of the customer whose passkey was refused, where it is known."""
        if self._audience is not Audience.CUSTOMER or error.bearer_id is None:
            return (None,)
        async with self._services.database.read() as tx:
            found = await self._services.vault.pseudonyms(tx, [ProfileId(error.bearer_id)])
        return tuple(found) or (None,)

    def _asked(self, question: Question) -> Response[str]:
        answer = Response(
            question.options, headers=answers.HEADERS, media_type="application/json"
        )
        answer.set_cookie(ceremony_cookie.cookie(self._services, question.browser))
        return answer
