"""One request to the API, and what every operation does alike."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.model.keys import APIKey, Scope
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.desk import Desk
from candor.surface.api.v1.keys import require
from candor.surface.api.v1.problems import NotAsDescribed, NotYet
from candor.surface.api.v1.shapes import Who
from candor.surface.api.v1.tallies import Tallies, actor_of
from candor.surface.plain.services import Services

NOBODY: Final = ProfileId(UUID(int=0))
_AHEAD: Final = timedelta(minutes=5)
_LONG_AGO: Final = datetime(1990, 1, 1, tzinfo=UTC)
_NEWEST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose key is known and may do what it asks for."""

    services: Services
    desk: Desk
    tallies: Tallies
    key: APIKey
    request_id: str
    places: Mapping[str, str]

    @property
    def actor(self) -> Actor:
        """Return the actor for the audit log: the key by its id."""
        return actor_of(self.key.key_id)

    @property
    def profile_id(self) -> ProfileId:
        """Return the profile that the path names."""
        return ProfileId(UUID(self.places["profile_id"]))

    @property
    def record_id(self) -> UUID:
        """Return the record that the path names."""
        return UUID(self.places["record_id"])

    async def rules(self, tx: ReadTx) -> Rules:
        """Return the rules in force."""
        return await self.services.rulebook.rules(tx)

    def source_id(self, in_force: InForce) -> int | None:
        """Return the number of the source in whose name the key records."""
        return in_force.numbers.sources.get(self.key.source_code or "")

    def instant(self, at: datetime) -> datetime:
        """Return a time in UTC that can be believed: the present, for a clock that runs ahead.

        Nothing is kept as said later than it came, so it cannot count over what is said next.

        Raises:
            NotYet: in the future by more than five minutes, or before 1990.
        """
        now = self.services.clock.now()
        if not _LONG_AGO <= at <= now + _AHEAD:
            raise NotYet
        return min(at.astimezone(UTC), now)

    async def people(self, tx: ReadTx, named: Sequence[Who]) -> list[ProfileId]:
        """Return the profile behind each reference; `NOBODY` where there is none.

        Raises:
            MissingScope: one is named by an identifier, and the key may not find people.
        """
        pairs = {one.named for one in named} - {None}
        owners: Mapping[tuple[str, str], ProfileId] = {}
        if pairs:
            require(self.key, Scope.PEOPLE_FIND)
            rules = await self.rules(tx)
            owners = await read.find_all(
                tx,
                [pair for pair in pairs if pair is not None],
                in_force=rules.in_force,
                vault=self.services.vault,
            )
        return [_profile(one, owners) for one in named]

    async def members(self, tx: ReadTx, profile_id: ProfileId) -> list[ProfileId]:
        """Return all profiles of a person who is there.

        Raises:
            NoSuchProfile: unknown or erased; from outside they look the same.
        """
        found = await gate.members(tx, profile_id)
        known = await gate.states(tx, [profile_id])
        if not found or known[profile_id].standing == Standing.ERASED:
            raise NoSuchProfile
        return found

    async def person(self, tx: ReadTx, who: Who) -> ProfileId:
        """Return the profile of a person who is there.

        Raises:
            NoSuchProfile: unknown or erased.
            MissingScope: named by an identifier, and the key may not find people.
        """
        (profile_id,) = await self.people(tx, [who])
        await self.members(tx, profile_id)
        return profile_id

    async def write_down(
        self,
        tx: Tx,
        action: str,
        about: Iterable[ProfileId],
        *,
        purpose: str | None = None,
        detail: Mapping[str, int | str] | None = None,
    ) -> None:
        """Write an entry about each of these people into the audit log."""
        subjects = await self.services.vault.pseudonyms(tx, about)
        if subjects:
            await audit.record(
                tx,
                actor=self.actor,
                action=action,
                clock=self.services.clock,
                subjects=subjects,
                purpose=purpose,
                detail=detail,
            )


def is_same_time(kept: datetime, given: datetime) -> bool:
    """Tell whether a time is the one that is kept: as it was given, or as `instant` returned it."""
    return timedelta(0) <= given - kept <= _AHEAD


def _profile(who: Who, owners: Mapping[tuple[str, str], ProfileId]) -> ProfileId:
    named = who.named
    if named is not None:
        return owners.get(named, NOBODY)
    return ProfileId(who.id) if isinstance(who.id, UUID) else NOBODY


def cursor(at: datetime, identity: UUID) -> str:
    """Return the place behind a line of a history, for the next page."""
    micro = (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{micro}/{identity.hex}".encode()).decode().rstrip("=")


def place(text: str | None) -> tuple[datetime, UUID]:
    """Return the place that a cursor names; the newest without one.

    Raises:
        NotAsDescribed: not one of ours.
    """
    if text is None:
        return _NEWEST
    try:
        micro, _, identity = urlsafe_b64decode(text + "=" * (-len(text) % 4)).partition(b"/")
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micro))
        return at, UUID(identity.decode())
    except (ValueError, OverflowError):
        message = "This `after` does not come from a page of ours."
        raise NotAsDescribed(message) from None
