"""What can go wrong with sealed data; each cause has its own error.

A key that the keyring does not have is `candor.infra.keyring.MissingEpoch`.
"""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Tampered


class SealBroken(Tampered):
    """A sealed value was changed, or put in another place than it was sealed for."""

    code: ClassVar[str] = "vault.seal_broken"
    default_hint: ClassVar[str] = (
        "Do not overwrite it. Compare with a backup; open an incident."
    )


class WrongKey(Tampered):
    """The key of the epoch does not open this subject key."""

    code: ClassVar[str] = "vault.wrong_key"
    default_hint: ClassVar[str] = (
        "Check that keyring and database belong together: candor doctor"
    )


class Malformed(Tampered):
    """A sealed value is not in a form that Candor ever wrote."""

    code: ClassVar[str] = "vault.malformed"
    default_hint: ClassVar[str] = "It may come from a newer version of Candor, or be cut short."


class NoKey(Refused):
    """This profile has no key: it was erased, or never was."""

    code: ClassVar[str] = "vault.no_key"
    kind: ClassVar[Kind] = Kind.GONE


class NotAllowed(Refused):
    """Nothing may be read for this purpose."""

    code: ClassVar[str] = "vault.not_allowed"
    kind: ClassVar[Kind] = Kind.NEEDS_CONSENT


class ForeignKeyring(Tampered):
    """This keyring belongs to another database."""

    code: ClassVar[str] = "vault.foreign_keyring"
    default_hint: ClassVar[str] = (
        "Put back the keyring that this database began with, or its recovery copy: "
        "candor keys restore --help. With another one, people would be begun a second time."
    )


class RotationUnderWay(Refused):
    """The last change of this key is not finished."""

    code: ClassVar[str] = "vault.rotation_under_way"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "It goes on by itself every night, or: candor keys rotate index"
    )
