"""Looking for what is left of somebody erased, knowing nothing of who keeps what.

The catalogue of the database says which columns lead an index: each is asked for every word, so
that the answer takes as long in a large database as in a small one. What no index leads is looked
through at night (`deep`).
"""

from collections.abc import Sequence
from typing import Any, Final

from candor.domain.rights.model.happening import What
from candor.domain.rights.model.task import Answer, ByHand, Done
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.erasure.traces import Trace, by_table, may_stay
from candor.domain.rights.service.office import Work, happened, write_to
from candor.domain.rights.service.people import WORKER
from candor.infra.db import survey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Needle, Sort

TRACE_FOUND: Final = What.TRACE_FOUND
_PART: Final = "rights"


async def scan(work: Work) -> Answer:
    """Look everywhere at once; whatever may not stand there is for a person to see to."""
    async with work.office.database.tx(_PART) as tx:
        evidence = await looked(tx, work)
        left = evidence["left"]
        if left:
            await report(tx, work, left)
            return ByHand(TRACE_FOUND.value)
    return Done(evidence)


async def looked(tx: Tx, work: Work) -> dict[str, Any]:
    """Return, as evidence, how many columns were asked, and what stays and is left by table."""
    found = await needles.kept(tx, work.request, office=work.office)
    asked = await survey.probes(tx)
    traces = await quick(tx, found, asked)
    return {
        "columns": len(asked),
        "words": len(found),
        "stay": dict(by_table(traces, allowed=True)),
        "left": dict(by_table(traces, allowed=False)),
        "at": work.office.clock.now().isoformat(),
    }


async def report(tx: Tx, work: Work, left: dict[str, int]) -> None:
    """Tell those who see to privacy in which tables something was left."""
    await happened(
        tx,
        work.request,
        TRACE_FOUND,
        actor=WORKER,
        office=work.office,
        detail=left,
    )
    await write_to(tx, work.request, "stuck")


async def quick(
    tx: ReadTx, found: Sequence[Needle], probes: Sequence[survey.Probe]
) -> list[Trace]:
    """Return where these words stand, by the columns that lead an index."""
    words = needles.plain(found)
    sorts = {_bare(word): needle.sort for word, needle in zip(words, found, strict=True)}
    traces: list[Trace] = []
    for probe in probes:
        rows: dict[Sort, int] = {}
        for word, count in (await survey.matching(tx, probe, words)).items():
            sort = sorts[_bare(word)]
            rows[sort] = rows.get(sort, 0) + count
        traces += [
            Trace(probe.table, sort, count, may_stay(sort, probe.about, at_the_end=True))
            for sort, count in rows.items()
        ]
    return traces


def _bare(word: str) -> str:
    """Return a word in the one form in which ids compare, whatever column they came from."""
    return word.replace("-", "")
