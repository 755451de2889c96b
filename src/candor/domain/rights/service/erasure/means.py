"""What an erasure needs of other slices: handed to it by the composition root."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.jws import Signer
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Means:
    """What is handed to an erasure."""

    # Locks who belongs to a person, in the order in which merges do; returns their profiles.
    whole_person: Callable[[Tx, ProfileId], Awaitable[list[ProfileId]]]
    # Who signs certificates here, by the version of the key that is in use now.
    signer: Callable[[ReadTx], Awaitable[Signer]]
    # The day on which the last backup that was made before an instant is gone; None: none is made.
    backups_gone_by: Callable[[datetime], date | None]
    # Where letters lie that were not sent for want of a mail server: those to somebody erased go.
    letters: Sequence[Path] = ()
    # Where this installation writes other files, in which nobody may be named: its log.
    folders: Sequence[Path] = ()
