"""What stops a backup from being used."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused, Tampered


class NoBackupFolder(Refused):
    """No folder for backups is set."""

    code: ClassVar[str] = "backup.no_folder"
    default_hint: ClassVar[str] = (
        "Set CANDOR_BACKUP_FOLDER to a folder, best on another disk or machine."
    )


class NotReplayed(Refused):
    """The database is older than the ledger of erasures: people in it were erased since."""

    code: ClassVar[str] = "backup.not_replayed"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Carry the erasures out again: candor backup replay"


class StillThere(Tampered):
    """After the replay something of an erased person is still in the database."""

    code: ClassVar[str] = "backup.still_there"
    default_hint: ClassVar[str] = "Do not open this database; report it as a fault of Candor."


class CountsDiffer(Tampered):
    """A restored table has not the rows that the backup had."""

    code: ClassVar[str] = "backup.counts_differ"
    default_hint: ClassVar[str] = "Do not rely on this backup; take an older one, back up anew."


class LogFlawed(Tampered):
    """The audit log in the backup does not prove itself."""

    code: ClassVar[str] = "backup.log_flawed"
    default_hint: ClassVar[str] = (
        "Treat it as an incident: candor audit verify tells whether the log of today has the same."
    )


class StillRunning(Refused):
    """The database server is running."""

    code: ClassVar[str] = "backup.still_running"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Stop Candor first; the restored database takes its place."


class NotEmpty(Refused):
    """The database that is to be restored into is not empty."""

    code: ClassVar[str] = "backup.not_empty"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = (
        "Make an empty database and name it in CANDOR_DATABASE_URL and CANDOR_OWNER_URL."
    )
