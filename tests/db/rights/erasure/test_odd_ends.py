"""What seldom happens while somebody is erased."""

import pytest

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.rights.model.request import State
from candor.domain.rights.model.task import Done, Later
from candor.domain.rights.service import carrying
from candor.domain.rights.service.erasure import deep, purging
from candor.domain.rights.service.office import Work
from candor.kernel.errors import Bug
from tests.factories import erasing


async def work_of(candor: Candor, step: str, *, is_carried: bool) -> Work:
    """Return a task of somebody's erasure."""
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    if is_carried:
        request = await erasing.carried(candor, request)
    task = next(
        task for name, task in (await erasing.tasks(candor, request)).items() if name == step
    )
    return Work(office_of(candor), request, task)


async def test_a_certificate_is_signed_once(candor: Candor) -> None:
    work = await work_of(candor, "certificate", is_carried=True)
    assert isinstance(await work.office.steps["certificate"](work), Done)
    assert (await erasing.said(candor, work.request)).count("certified") == 1


async def test_nothing_that_did_not_happen_is_certified(candor: Candor) -> None:
    work = await work_of(candor, "certificate", is_carried=False)
    with pytest.raises(Bug):
        await work.office.steps["certificate"](work)


async def test_a_purge_that_takes_long_goes_on_later(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 1)
    monkeypatch.setattr(purging, "_LONGEST", -1.0)
    work = await work_of(candor, "purge collect", is_carried=False)
    taken = await carrying._take(work.office, work.request.request_id)
    assert taken is not None
    assert isinstance(await work.office.steps["destroy"](taken), Done)
    assert isinstance(await purging.purge(work), Later)
    assert (await erasing.carried(candor, work.request)).state is State.FULFILLED


async def test_whoever_began_before_is_waited_for(candor: Candor) -> None:
    work = await work_of(candor, "purge_again", is_carried=False)
    async with candor.database.tx() as tx:
        await candor.vault.keys(tx, [])
        await tx.connection.execute("SELECT pg_current_xact_id()")
        answer = await purging.purge_again(work)
    assert isinstance(answer, Later)
    assert answer.evidence["since"]


async def test_the_words_of_an_open_request_are_kept(candor: Candor) -> None:
    work = await work_of(candor, "destroy", is_carried=False)
    taken = await carrying._take(work.office, work.request.request_id)
    assert taken is not None
    assert isinstance(await work.office.steps["destroy"](taken), Done)
    assert (await deep.search(work.office, means_of(candor))).erasures == 1
    assert (await deep.search(work.office, means_of(candor))).erasures == 1
    assert "searched" not in await erasing.said(candor, work.request)
