"""What an erasure is handed of other slices, and of this installation."""

from datetime import date, datetime, timedelta
from typing import Final

from candor.app.process import Candor
from candor.domain.consent.service.receipts import issuer_of
from candor.domain.profiles.service import leaving
from candor.domain.rights.service.erasure.means import Means
from candor.domain.vault.service import keys
from candor.domain.vault.service.keys import Use
from candor.infra.db.pool import ReadTx
from candor.infra.jws import Signer
from candor.infra.settings import Settings

# A backup is kept a while longer for those that were made on top of it.
_CHAIN: Final = timedelta(weeks=1)


def means_of(candor: Candor) -> Means:
    """Return what erasures are carried out with in one process."""
    settings = candor.settings

    async def signer(tx: ReadTx) -> Signer:
        number = max(settings.receipt_key, await keys.version(tx, Use.RECEIPT))
        return issuer_of(candor.keyring, number=number, choose_at="").signer

    def gone_by(at: datetime) -> date | None:
        return backups_gone_by(settings, at)

    return Means(
        whole_person=leaving.whole_person,
        signer=signer,
        backups_gone_by=gone_by,
        letters=(settings.home / "outbox",),
        folders=(settings.data_folder / "log",),
    )


def backups_gone_by(settings: Settings, at: datetime) -> date | None:
    """Return the day on which the last backup made before an instant is gone.

    By the setting `backup_keep`; None when this installation makes none by itself.
    """
    if settings.backup_folder is None:
        return None
    days, weeks = settings.backup_keep
    return (at + max(timedelta(days=days), timedelta(weeks=weeks)) + _CHAIN).date()
