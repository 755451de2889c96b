"""The blind index and its versions: which keys find people now.

While the index moves from one version to the next, an identifier may stand under either, so it
is looked up under both; new ones are written under the version in use alone. A process that has
not heard of a new version yet misses people under the old one: whoever misses somebody calls
`follow` and looks again, and whoever writes calls `hold` before, which keeps the version as it
is until the commit. So no identifier can be written under two versions.
"""

from typing import Final

from candor.domain.vault.model import blind_index
from candor.domain.vault.model.life import Use, current, unfinished
from candor.domain.vault.queries import versions as queries
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider

_FIRST: Final = 1


class BlindIndex:
    """The index of one process."""

    def __init__(self, keyring: KeyProvider) -> None:
        """Begin with the first version; the database knows better and is asked when needed."""
        self._keyring = keyring
        self.version = _FIRST
        self.older: int | None = None
        self._key = self._key_of(_FIRST)
        self._older_key: bytes | None = None

    def of(self, kind: str, normalised: str) -> bytes:
        """Return the index of an identifier under the version in use."""
        return blind_index(self._key, kind, normalised)

    def older_of(self, kind: str, normalised: str) -> bytes | None:
        """Return its index under the version that is on its way out; None when there is none."""
        if self._older_key is None:
            return None
        return blind_index(self._older_key, kind, normalised)

    async def follow(self, tx: ReadTx) -> bool:
        """Read which versions find people; tell whether that changed."""
        there = await queries.versions(tx)
        number, older = current(there, Use.INDEX), unfinished(there, Use.INDEX)
        if (number, older) == (self.version, self.older):
            return False
        self.version, self.older = number, older
        self._key = self._key_of(number)
        self._older_key = None if older is None else self._key_of(older)
        return True

    async def hold(self, tx: Tx) -> bool:
        """Keep the version as it is until the commit; tell whether it is another than we knew.

        When it is not, whatever was looked up in this transaction before is still right: who
        wrote in between did so under the same version, and the database lets no two through.
        """
        await queries.hold_versions(tx, use=Use.INDEX)
        return await self.follow(tx)

    def _key_of(self, version: int) -> bytes:
        return self._keyring.fixed_key(f"blind index {version}")
