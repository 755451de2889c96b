"""Who signs the heads of the audit log, by the version of the key that is in use now."""

from candor.domain.audit.service.notary import Notary, notary_of
from candor.domain.vault.service import keys
from candor.domain.vault.service.keys import Use
from candor.infra.db.pool import ReadTx
from candor.infra.keyring import KeyProvider


async def notary(tx: ReadTx, keyring: KeyProvider, public_url: str) -> Notary:
    """Return who signs, with the public parts of all keys that ever signed."""
    number = await keys.version(tx, Use.CHECKPOINT)
    return notary_of(keyring, number=number, public_url=public_url)
