"""Handing an archive out: until it expires, so many times, each one written down."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.rights.errors import ArchiveOver, NoSuchRequest, TooManyDownloads
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Request, Right, State
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service.export.archive import Order, check_free
from candor.domain.rights.service.export.subject import subject_of
from candor.domain.rights.service.office import Office, happened
from candor.infra.db.pool import Tx
from candor.infra.jws import Signer
from candor.infra.web.reading import Reader
from candor.kernel.ids import ProfileId

MOST: Final = 20
WITH_ARCHIVE: Final = frozenset({Right.ACCESS, Right.PORTABILITY})


def is_ready(request: Request) -> bool:
    """Tell whether a request has, or had, an archive to download."""
    return (
        request.kind in WITH_ARCHIVE
        and request.state is State.FULFILLED
        and request.results_until is not None
    )


async def take(
    tx: Tx,
    request_id: UUID,
    *,
    whose: Collection[ProfileId] | None,
    actor: Actor,
    office: Office,
    reader: Reader,
    signer: Signer,
    keys_at: str,
) -> Order:
    """Count a download and return what `archive.stream` makes; audited. Commit before it is made.

    Args:
        tx: counts, and holds the request meanwhile: no two downloads are the twentieth.
        request_id: the request that asked for it.
        whose: all profiles of whoever is signed in; None: they have the link and proved it is them.
        actor: who downloads.
        office: what rights are carried out with.
        reader: language, time zone and moment of the page.
        signer: signs the list of files.
        keys_at: address of the public keys.

    Raises:
        NoSuchRequest: there is none, it is somebody else's, or it has no archive.
        ArchiveOver: it could be downloaded until a day that is past.
        TooManyDownloads: it was downloaded as often as it may be.
        Busy: they are downloading one this moment.
        NotAllowed, NoKey: the person was erased; commit, the refusal stands in the log.
    """
    request = await stored.locked_request(tx, request_id=request_id)
    if request is None or not is_ready(request):
        raise NoSuchRequest
    if whose is not None and request.person not in whose:
        raise NoSuchRequest
    if request.results_until is None or request.results_until <= office.clock.now():
        raise ArchiveOver
    if request.downloads >= MOST:
        raise TooManyDownloads
    subject = await subject_of(tx, request, office=office)
    check_free(subject.members)
    request = replace(request, downloads=request.downloads + 1)
    await stored.write_request(tx, request)
    await happened(
        tx, request, What.DOWNLOADED, actor=actor, office=office,
        detail={"times": request.downloads},
    )  # fmt: skip
    return Order(request, subject, reader, signer, keys_at)
