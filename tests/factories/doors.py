"""People and attackers at the doors, and somebody who solves challenges."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from altcha import v2 as altcha

from candor.app import Candor
from candor.domain.access.model.sign_in import Audience
from candor.domain.shield.errors import ChallengeNeeded
from candor.domain.shield.model.challenge import Work
from candor.surface.plain.caller import Caller
from candor.surface.plain.doors import Attempt, Doors

RIGHT: Final = "the right password"


def caller(address: str = "192.0.2.7", network: str = "") -> Caller:
    """Return a caller; the network is that of the address."""
    return Caller(address, network or address.rpartition(".")[0] + ".0/24", "Firefox on Linux")


def at(account: str, address: str = "192.0.2.7", **more: object) -> Attempt:
    """Return somebody at the console's door."""
    return replace(Attempt(Audience.STAFF, account, caller(address)), **more)


def solution(task: str) -> str:
    """Return what a browser sends that has solved a task."""
    challenge = altcha.Challenge.from_dict(json.loads(task))
    solved = altcha.solve_challenge(challenge)
    assert solved is not None
    return altcha.Payload(challenge, solved).to_base64()


def known_at(door: "Door", who: Attempt) -> Attempt:
    """Return somebody whose browser signed in to this account before."""
    kept = door.doors.remember(who).value
    assert kept is not None
    return replace(who, kept=kept)


@dataclass(slots=True)
class Door:
    """A sign-in form, as a page uses the doors."""

    doors: Doors

    @staticmethod
    def of(candor: Candor) -> "Door":
        """Return the form of one process, whose challenges take next to no work."""
        doors = Doors(
            candor.settings,
            candor.clock,
            candor.database,
            candor.keyring,
            candor.throttles,
            lambda _step: Work(1, "0"),
        )
        return Door(doors)

    async def sign_in(
        self, who: Attempt, password: str, fields: Mapping[str, str] | None = None
    ) -> bool:
        """Try a password once.

        Raises:
            TooMany, ChallengeNeeded.
        """
        await self.doors.before(who, fields or {})
        if password == RIGHT:
            await self.doors.passed(who)
            return True
        await self.doors.failed(who)
        return False

    async def persist(self, who: Attempt, password: str) -> bool:
        """Try a password, solving what is asked for.

        Raises:
            TooMany.
        """
        try:
            return await self.sign_in(who, password)
        except ChallengeNeeded:
            view = await self.doors.challenge(who)
            assert view is not None
            return await self.sign_in(who, password, {"altcha": solution(view.task)})
