"""The console's page of the log's proof: what stands, and the proof of an entry as a file."""

from collections.abc import Callable

from candor.app import Candor, registry_of
from candor.domain.access.model.roles import Role
from candor.domain.audit import jobs
from candor.domain.audit import service as audit
from tests.factories.logs import seal
from tests.web.console.conftest import Clerk, Hire, words_of

PAGE = "/console/audit/proof"
Anybody = Callable[[], Clerk]


async def test_it_says_what_stands(candor: Candor, hire: Hire) -> None:
    clerk = await hire(Role.SECURITY)
    assert "No head is signed yet" in await clerk.words(PAGE)
    head = await seal(candor)
    assert (await jobs.verify(registry_of(candor))).is_whole
    words = await clerk.words(PAGE)
    assert f"{head.size} entries. Anybody finds it at /trust/log" in words
    assert "Last verified whole" in words
    assert "localhost:8700/trust/log+" in words


async def test_an_entry_is_given_with_its_proof_and_that_is_written_down(
    candor: Candor, hire: Hire
) -> None:
    clerk = await hire(Role.AUDITOR)
    await seal(candor)
    answer = await clerk.get(f"{PAGE}?entry=1")
    assert answer.text.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert 'filename="candor-entry-1.tlog-proof"' in answer.headers["content-disposition"]
    async with candor.database.read() as tx:
        (entry,) = await audit.newest(tx, action="audit.proved")
    assert entry.detail == {"entry": 1}


async def test_an_entry_that_is_none_is_told_on_the_page(candor: Candor, hire: Hire) -> None:
    clerk = await hire(Role.SECURITY)
    await seal(candor)
    for asked in ("0", "999999", "x", "-1", "9" * 30):
        answer = await clerk.get(f"{PAGE}?entry={asked}")
        assert answer.status_code == 404
        assert "There is no such entry" in words_of(answer.text)


async def test_an_entry_of_a_moment_ago_waits_for_a_head(candor: Candor, hire: Hire) -> None:
    clerk = await hire(Role.SECURITY)
    await clerk.page("/console/audit")
    async with candor.database.read() as tx:
        (entry, *_) = await audit.newest(tx)
    answer = await clerk.get(f"{PAGE}?entry={entry.entry_id}")
    assert "A checkpoint is signed every minute" in words_of(answer.text)


async def test_a_log_that_differs_is_said(candor: Candor, hire: Hire) -> None:
    clerk = await hire(Role.SECURITY)
    await seal(candor)
    notebook = registry_of(candor).notebook
    (path,) = notebook.folder.iterdir()
    path.write_text(path.read_text().replace("\n", "x\n", 1))
    assert not (await jobs.verify(registry_of(candor))).is_whole
    assert "not what was written" in await clerk.words(PAGE)
