"""The services of one process, and the gate that the vault asks."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from candor.domain.access.holder import AccessHolder
from candor.domain.access.service import (
    members,
)
from candor.domain.access.service.passwords import STRONG, Cost, Passwords
from candor.domain.audit.model import Actor, ActorKind
from candor.domain.audit.service.notary import Notary
from candor.domain.backup.service.place import Workshop
from candor.domain.backup.service.replaying import Opened
from candor.domain.collect.holder import CollectHolder
from candor.domain.collect.service.take import Door
from candor.domain.connections.holder import ConnectionsHolder
from candor.domain.consent.holder import ConsentHolder
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles.holder import ProfilesHolder
from candor.domain.rights.holder import RightsHolder
from candor.domain.shield.service.meters import Meters
from candor.domain.shield.service.throttles import Throttles
from candor.domain.vault.holder import VaultHolder
from candor.domain.vault.service import Note, Vault, Verdict, keys
from candor.infra import mail
from candor.infra.backup.ledger import Ledger
from candor.infra.backup.manifest import Seal
from candor.infra.db.pool import Database, ReadTx
from candor.infra.holder import Holder
from candor.infra.http import Outbound
from candor.infra.keyring import KeyProvider, open_keyring
from candor.infra.mail import Mailer
from candor.infra.mariadb_server import host_in
from candor.infra.settings import Settings
from candor.kernel.clock import Clock, SystemClock
from candor.kernel.ids import ProfileId
from candor.surface.plain.signing import notary

_POOL: Final = 12


@dataclass(frozen=True, slots=True)
class Candor:
    """The services of one process."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: KeyProvider
    rulebook: Rulebook
    vault: Vault
    door: Door
    holders: Mapping[str, Holder]
    mailer: Mailer
    throttles: Throttles
    meters: Meters
    outbound: Outbound
    passwords: Passwords

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Candor"]:
        """Open the database for the time of the block.

        Raises:
            ForeignKeyring: it belongs to another keyring.
        """
        await self.database.open()
        try:
            async with self.database.tx("bind") as tx:
                await keys.bind(tx, self.keyring.fingerprint, clock=self.clock)
            yield self
        finally:
            await self.outbound.close()
            await self.database.close()


def workshop(settings: Settings, clock: Clock | None = None) -> Workshop:
    """Return what backups of this installation are made and brought back with."""
    clock = clock or SystemClock()
    keyring = open_keyring(settings, Outbound(allowed_private=settings.outbound_hosts))

    @asynccontextmanager
    async def opener(url: str) -> AsyncGenerator[Opened]:
        # A replay reads the ledger of erasures and must not write what it reads.
        async with compose(settings, url, clock=clock, pool=2, note=_nowhere).running() as it:

            async def signs(tx: ReadTx) -> Notary:
                return await notary(tx, keyring, settings.public_url)

            yield Opened(it.database, it.vault, it.holders, it.clock, it.rulebook, signs)

    return Workshop(settings, keyring, ledger_of(settings, keyring), clock, opener)


def _nowhere(_profile_ids: Sequence[ProfileId], _at: datetime, _transaction: str) -> None:
    """Note an erasure nowhere: it stands in the ledger already."""


def ledger_of(settings: Settings, keyring: KeyProvider) -> Ledger:
    """Return the ledger of erasures of this installation."""
    folders = [settings.home, *([settings.backup_folder] if settings.backup_folder else [])]
    return Ledger(Seal(keyring.fixed_key("backup")).ledger_key, folders)


def compose(
    settings: Settings,
    database_url: str,
    *,
    clock: Clock | None = None,
    pool: int = _POOL,
    note: Note | None = None,
    password_cost: Cost = STRONG,
) -> Candor:
    """Make the services of one process; nothing is connected yet.

    `password_cost` is less in tests alone.
    `note` takes the place of the ledger of erasures: for a replay, which reads from it.
    """
    clock = clock or SystemClock()
    database = Database(database_url, max_size=pool)
    # The demo's CRM listens on a socket in our own data folder: nobody else can put one there.
    hosts = (*settings.outbound_hosts, host_in(settings.home))
    outbound = Outbound(allowed_private=hosts, folders=settings.drop_folders)
    keyring = open_keyring(settings, outbound)
    rulebook = Rulebook()

    async def ask_gate(
        tx: ReadTx, profile_ids: Sequence[ProfileId], purpose: str, actor: Actor
    ) -> Mapping[ProfileId, Verdict]:
        rules = await rulebook.rules(tx)
        if actor.kind is ActorKind.STAFF and not await _is_work_of(tx, actor, purpose, rules):
            return dict.fromkeys(profile_ids, Verdict(allowed=False, reason="not_your_work"))
        return await gate.verdicts(
            tx, profile_ids, purpose, actor, policy=rules.policy, now=clock.now()
        )

    vault = Vault(
        keyring,
        clock,
        ask_gate,
        note or ledger_of(settings, keyring).note,
        epoch_lasts=timedelta(days=settings.epoch_days),
    )
    holders: list[Holder] = [
        AccessHolder(),
        VaultHolder(vault),
        ConsentHolder(vault, rulebook, clock),
        ProfilesHolder(vault, rulebook, clock),
        CollectHolder(rulebook),
        ConnectionsHolder(clock),
        RightsHolder(vault, rulebook),
    ]
    throttles = Throttles(keyring.fixed_key("throttles"), clock)
    return Candor(
        settings=settings,
        clock=clock,
        database=database,
        keyring=keyring,
        rulebook=rulebook,
        vault=vault,
        door=Door(database, vault, rulebook, clock),
        holders={holder.name: holder for holder in holders},
        mailer=mail.mailer(settings, clock),
        throttles=throttles,
        meters=Meters(database, throttles, clock),
        outbound=outbound,
        passwords=Passwords(keyring.fixed_key("passwords"), password_cost),
    )


async def _is_work_of(tx: ReadTx, actor: Actor, purpose: str, rules: Rules) -> bool:
    """Tell whether a purpose is one of the role of a member of staff; nobody unknown has one."""
    declared = rules.in_force.purposes.get(purpose)
    role = await members.role_of(tx, actor.id)
    return declared is not None and role is not None and declared.is_work_of(role)
