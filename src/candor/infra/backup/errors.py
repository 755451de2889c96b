"""What can be wrong with a backup, and what to do then."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Tampered, Unavailable


class BackupBroken(Tampered):
    """A file of a backup is not what was written."""

    code: ClassVar[str] = "backup.broken"
    default_hint: ClassVar[str] = (
        "Do not use this backup: take an older one (candor backup list), find out who or what "
        "changed the file, and back up anew: candor backup create"
    )


class LedgerBroken(Tampered):
    """The ledger of erasures was changed or cut."""

    code: ClassVar[str] = "backup.ledger_broken"
    default_hint: ClassVar[str] = (
        "Restore the file from the other copy: one lies in the folder erasures of CANDOR_HOME, "
        "one in that of the backup folder. Treat it as an incident"
    )


class WrongKeyring(Refused):
    """The backup was sealed by another keyring."""

    code: ClassVar[str] = "backup.wrong_keyring"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Set CANDOR_KEYRING to the keyring that was in use when the backup was made; "
        "without it nobody can open the backup"
    )


class NoSuchBackup(Refused):
    """There is no such backup in the folder."""

    code: ClassVar[str] = "backup.not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See which there are: candor backup list"


class Busy(Refused):
    """Another backup, drill or restore is under way."""

    code: ClassVar[str] = "backup.busy"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Wait until it is done, then try again."


class NoRoom(Unavailable):
    """There is no room on the disk."""

    code: ClassVar[str] = "backup.no_room"
    default_hint: ClassVar[str] = (
        "Make room, or choose another disk; what was half done is taken away"
    )


class ProgramFailed(Unavailable):
    """A program of PostgreSQL did not do its work."""

    code: ClassVar[str] = "backup.program_failed"
    default_hint: ClassVar[str] = "See what it said above; then: candor doctor"
