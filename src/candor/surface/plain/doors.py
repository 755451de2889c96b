"""The doors: what stands between a form and a password or code.

A page asks in this order: `attempt` (who is it about, where does it come from), `before` (may it
be tried; the form's own fields carry a solved challenge or a ticket), then looks at the password,
then says `passed` or `failed`. A try counts from `before` on: one that never says how it ended
was a failure. A page that shows the form again asks `challenge` what the form must show, and
passes it to the macro in `ui/components/challenge.html`.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, cast

from litestar.datastructures import Cookie

from candor.domain.access.model.sign_in import Audience, Origin
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Outcome
from candor.domain.shield.errors import ChallengeNeeded, TooMany
from candor.domain.shield.model.attempts import Try
from candor.domain.shield.model.challenge import Work, work_of
from candor.domain.shield.service.attempts import Attempts, Paid
from candor.domain.shield.service.devices import DEVICE_LASTS, Devices
from candor.domain.shield.service.throttles import Throttles
from candor.infra.db.pool import Database
from candor.infra.keyring import KeyProvider
from candor.infra.settings import Settings
from candor.kernel.clock import Clock
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.caller import Caller, caller_of

__all__ = ["Attempt", "ChallengeNeeded", "ChallengeView", "Doors", "TooMany"]

SOLUTION: Final = "altcha"  # names of the fields that the macro adds to a form
TICKET: Final = "ticket"
_MARK_BYTES: Final = 8
_SURFACES: Final = {Audience.STAFF: "console", Audience.CUSTOMER: "portal"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at a door.

    `account` is opaque: "staff:ada" in small letters, or the blind index of an identifier in hex;
    "" while the page does not know it. `kept` is what the browser's own cookie says.
    """

    audience: Audience
    account: str
    caller: Caller
    kept: str = ""
    is_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """What a form must show: macro `challenge` of `ui/components/challenge.html`."""

    task: str  # JSON for the script
    ticket: str
    ready_at: datetime
    wait_seconds: int  # until the ticket is good


class Doors:
    """The shield in front of every form that takes a password or a code. One per process."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        keyring: KeyProvider,
        throttles: Throttles,
        work: Callable[[int], Work] = work_of,
    ) -> None:
        """Take what counts, what signs, and how much work each step of a challenge is."""
        self._settings = settings
        self._clock = clock
        self._database = database
        self._attempts = Attempts(keyring.fixed_key("altcha"), throttles, clock, work)
        self._devices = Devices(keyring.fixed_key("devices"), clock)
        self._network_key = keyring.fixed_key("networks")

    def __deepcopy__(self, memo: dict[int, object]) -> "Doors":
        """Stay the same: the framework copies guards with what they are bound to, pools too."""
        del memo
        return self

    def attempt(
        self,
        request: AnyRequest,
        audience: Audience,
        account: str,
        *,
        is_second_factor: bool = False,
    ) -> Attempt:
        """Return who stands at a door: address, network, and what the browser keeps."""
        return Attempt(
            audience,
            account,
            self.caller(cast("Mapping[str, object]", request.scope)),
            request.cookies.get(self._cookie_name(audience), ""),
            is_second_factor,
        )

    def caller(self, scope: Mapping[str, object]) -> Caller:
        """Return where a request comes from, of its raw ASGI scope."""
        headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        client = cast("tuple[str, int] | None", scope.get("client"))
        return caller_of(headers, client, self._settings.trusted_proxies)

    def origin(self, caller: Caller) -> Origin:
        """Return what a session keeps of where it comes from."""
        return Origin(caller.device, caller.mark(self._network_key))

    async def before(self, attempt: Attempt, fields: Mapping[str, str]) -> None:
        """Let a try through, or say what it takes. Counts it as failed until `passed`.

        In a transaction of its own. Fields: `altcha` and `ticket`, as the macro sends them.

        Raises:
            TooMany: `wait_seconds` says for how long; of the address, never of the account.
            ChallengeNeeded: show the form again, with `challenge`.
        """
        who = self._try(attempt)
        paid = Paid(fields.get(SOLUTION, ""), fields.get(TICKET, ""))
        async with self._database.read() as tx:
            await self._attempts.refuse_early(tx, who, paid)
        async with self._database.tx() as tx:
            await self._attempts.begin(tx, who, paid)

    async def failed(self, attempt: Attempt, subject: bytes | None = None) -> None:
        """Write a failure into the audit log, in a transaction of its own.

        Args:
            attempt: what `before` let through.
            subject: pseudonym of the customer, where the account is one.
        """
        async with self._database.tx() as tx:
            await audit.record(
                tx,
                actor=Actor.machine(_SURFACES[attempt.audience]),
                action="access.sign_in_failed",
                clock=self._clock,
                subjects=[subject],
                outcome=Outcome.REFUSED,
                detail={
                    "audience": attempt.audience.value,
                    "network": attempt.caller.mark(self._network_key).hex(),
                    "account": self._account_mark(attempt),
                },
            )

    async def passed(self, attempt: Attempt) -> None:
        """Take back what this browser failed on this account, in a transaction of its own.

        What others failed stays counted: nobody clears the way for an attacker by signing in.
        """
        async with self._database.tx() as tx:
            await self._attempts.passed(tx, self._try(attempt))

    async def challenge(
        self, attempt: Attempt, fields: Mapping[str, str] | None = None
    ) -> ChallengeView | None:
        """Return what the form must show now; None: nothing.

        Args:
            attempt: as far as it is known; its account may be "".
            fields: of the form that is shown again: a ticket that stood in it stays good, so
                that nobody waits twice.
        """
        ticket = fields.get(TICKET, "") if fields else ""
        async with self._database.read() as tx:
            found = await self._attempts.challenge(tx, self._try(attempt), ticket)
        if found is None:
            return None
        left = (found.ready_at - self._clock.now()) / timedelta(seconds=1)
        return ChallengeView(found.task, found.ticket, found.ready_at, max(0, ceil(left)))

    def knows(self, attempt: Attempt) -> bool:
        """Tell whether this browser signed in to the account before, here."""
        return bool(self._try(attempt).device)

    def remember(self, attempt: Attempt) -> Cookie:
        """Return the cookie by which a browser that signed in is known at this door again."""
        kept = self._devices.remembering(_account(attempt), attempt.kept)
        return Cookie(
            key=self._cookie_name(attempt.audience),
            value=kept,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
            max_age=int(DEVICE_LASTS.total_seconds()),
        )

    def _try(self, attempt: Attempt) -> Try:
        account = _account(attempt)
        return Try(
            account,
            attempt.caller.address,
            attempt.caller.network,
            self._devices.known(account, attempt.kept),
            attempt.is_second_factor,
            self._labels(attempt),
        )

    def _labels(self, attempt: Attempt) -> tuple[str, ...]:
        """Return the names under which measures may stand against a stranger at this door."""
        return (
            f"network:{attempt.caller.mark(self._network_key).hex()}",
            f"account:{self._account_mark(attempt)}",  # of no account: stands against nobody
            f"machine:{_SURFACES[attempt.audience]}",
        )

    def _account_mark(self, attempt: Attempt) -> str:
        """Return by what an account is recognised this month; "": none was named.

        No mark lasts as long as the log does.
        """
        if not attempt.account:
            return ""
        month = self._clock.now().strftime("%Y-%m")
        text = f"account\x00{month}\x00{_account(attempt)}".encode()
        return hmac.digest(self._network_key, text, "sha256")[:_MARK_BYTES].hex()

    def _cookie_name(self, audience: Audience) -> str:
        prefix = "__Host-" if self._is_secure else ""
        return f"{prefix}candor_known_{audience}"

    @property
    def _is_secure(self) -> bool:
        return self._settings.public_url.startswith("https://")


def _account(attempt: Attempt) -> str:
    """Return the account under which an attempt counts; audiences never share one."""
    return f"{attempt.audience}\x00{attempt.account}" if attempt.account else ""
