"""A small installation whose backups tests take, break and restore."""

from asyncio import to_thread
from pathlib import Path

from candor.app import Candor, workshop
from candor.domain.backup.service import deeds
from candor.domain.backup.service.place import Workshop, silent
from candor.domain.rights.service.erasing import erase
from candor.infra.backup.manifest import Manifest
from candor.infra.db.embedded import Urls
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST


def make_workshop(home: Path, urls: Urls | None, candor: Candor | None = None) -> Workshop:
    """Return the workshop of an installation: on a server of the tests, or an embedded one."""
    environment = {
        "CANDOR_HOME": str(home),
        "CANDOR_BACKUP_FOLDER": str(home / "backups"),
    }
    if urls is not None:
        environment |= {"CANDOR_DATABASE_URL": urls.app, "CANDOR_OWNER_URL": urls.owner}
    return workshop(Settings.load(environment), candor.clock if candor else None)


async def back_up(shop: Workshop, owner_url: str, *, is_full: bool = True) -> Manifest:
    """Take a backup."""
    return await to_thread(deeds.create, shop, owner_url, silent, is_full=is_full)


async def erase_person(candor: Candor, profile_id: ProfileId) -> None:
    """Erase somebody, as rights do."""
    async with candor.database.tx() as tx:
        await erase(
            tx,
            [profile_id],
            holders=candor.holders,
            vault=candor.vault,
            actor=TEST,
            clock=candor.clock,
        )
