"""Who signs the heads of the log, and which signatures count."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from candor.domain.audit.errors import BadCheckpoint
from candor.domain.audit.model.checkpoint import Head, head_of
from candor.infra import note
from candor.infra.keyring import KeyProvider
from candor.infra.note import BadNote, NoteSigner, Verifier

LOG_PATH: Final = "/trust/log"


@dataclass(frozen=True, slots=True)
class Verifiers:
    """All keys that may have signed heads of a log."""

    keys: tuple[Verifier, ...]  # the one that signs first
    is_named: bool = False  # a log of somebody else: under no other name than its keys have

    def opened(self, signed: str) -> Head:
        """Return the head that one of the keys signed, under whatever name the log had then.

        Raises:
            BadCheckpoint: signed by none of them, changed, or no checkpoint.
        """
        try:
            names = note.names_in(signed)
            text = note.opened(signed, self.keys if self.is_named else self._under(names))
        except BadNote as error:
            raise BadCheckpoint(error.message) from None
        head = head_of(text)
        if head.origin not in ({one.name for one in self.keys} if self.is_named else names):
            raise BadCheckpoint("It is signed in the name of another log.")
        return head

    def _under(self, names: Iterable[str]) -> list[Verifier]:
        return [Verifier(name, one.key) for name in names for one in self.keys]


@dataclass(frozen=True, slots=True)
class Notary:
    """The key that signs, and all that ever did: what they signed counts for ever."""

    signer: NoteSigner
    verifiers: tuple[Verifier, ...]  # the one that signs first

    @property
    def origin(self) -> str:
        """Return the name of the log."""
        return self.signer.verifier.name

    def sign(self, size: int, root: bytes) -> str:
        """Return the signed head of a size. The same head gives the same characters."""
        return self.signer.sign(Head(self.origin, size, root).text)

    def opened(self, signed: str) -> Head:
        """Return the head that one of our keys signed, under whatever name the log had then.

        Raises:
            BadCheckpoint: signed by none of them, changed, or no checkpoint.
        """
        return self.known.opened(signed)

    @property
    def known(self) -> Verifiers:
        """Return all keys that ever signed."""
        return Verifiers(self.verifiers)


def notary_of(keyring: KeyProvider, *, number: int, public_url: str) -> Notary:
    """Return who signs the heads of the log of this installation.

    Keys are numbered from 1. The one of the highest number signs; the public parts of the others
    stay known, so that what they signed can be verified for ever.

    Args:
        keyring: where the secrets are derived from.
        number: of the key that signs.
        public_url: the address of this installation, which names the log.
    """
    name = f"{urlsplit(public_url).netloc}{LOG_PATH}"
    signers = [
        NoteSigner(name, keyring.fixed_key(f"checkpoints/{n}")) for n in range(number, 0, -1)
    ]
    return Notary(signers[0], tuple(signer.verifier for signer in signers))
