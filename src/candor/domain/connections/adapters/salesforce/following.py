"""What changed in Salesforce, and whom it holds.

Two tracks in one call: records by their own `SystemModstamp`, and by that of their Individual
record, where choices stand there. Each goes on behind an instant and a record id, so two changes of
one instant are seen; deleted records come along. When a track is at its end, the next one begins
five minutes before this was asked, by the clock of Salesforce.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from typing_extensions import override

from candor.domain.connections.adapters.salesforce.calls import Api
from candor.domain.connections.adapters.salesforce.finding import is_id, times
from candor.domain.connections.adapters.salesforce.records import (
    INDIVIDUAL,
    STAMP,
    Names,
    Row,
    heard_of,
    individual_in,
    instant,
    literal,
    quoted,
)
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Heard, Page

PAGE: Final = 200
OVERLAP: Final = timedelta(minutes=5)
_BETWEEN: Final = "|"
_OWN: Final = STAMP
_OTHER: Final = f"{INDIVIDUAL}.{STAMP}"


@dataclass(frozen=True, slots=True)
class Track:
    """Up to where everything was seen."""

    at: datetime | None = None  # None: nothing yet
    after: str = ""  # of those of that instant

    @override
    def __str__(self) -> str:
        """Return it as it is kept."""
        return f"{'' if self.at is None else literal(self.at)}{_BETWEEN}{self.after}"

    @classmethod
    def of(cls, at: str, after: str) -> "Track":
        """Return it from what was kept; what makes no sense begins anew."""
        since = instant(at)
        return cls() if since is None else cls(since, after if is_id(after) else "")

    def condition(self, field: str) -> str:
        """Return the condition of a question."""
        if self.at is None:
            return f"{field} != null"
        at = literal(self.at)
        within = f" OR ({field} = {at} AND Id > {quoted(self.after)})" if self.after else ""
        return f"({field} > {at}{within})"

    def behind(self, rows: Sequence[Row], stamps: Sequence[datetime], now: datetime) -> "Track":
        """Return where to go on."""
        if len(rows) >= PAGE:
            return Track(stamps[-1], str(rows[-1]["Id"]))
        return Track(now - OVERLAP)


async def poll(api: Api, names: Names, cursor: str | None, *, unknown: str) -> Page:
    """Return what changed since a cursor; some of it is seen again.

    Raises:
        Unreached, NotLetIn.
    """
    tracks = _read(cursor)
    fields = [_OWN, _OTHER] if names.has_individuals else [_OWN]
    selected = f"{names.selected}, IsDeleted, MasterRecordId"
    selected += f", {_OTHER}" if names.has_individuals else ""
    questions = [
        f"SELECT {selected} FROM {api.people} WHERE {track.condition(field)} "
        f"ORDER BY {field}, Id LIMIT {PAGE}"
        for track, field in zip(tracks, fields, strict=False)
    ]
    answers, now = await api.rows(questions, is_all=True)
    going_on = [
        track.behind(rows, [_stamp(row, field) for row in rows], now)
        for track, rows, field in zip(tracks, answers, fields, strict=False)
    ]
    rows = {str(row["Id"]): row for some in answers for row in some}
    heard = await _heard(api, names, list(rows.values()), unknown)
    is_all = all(len(some) < PAGE for some in answers)
    # A track that is at its end waits for the other, and loses nothing by beginning earlier.
    cursor = _BETWEEN.join(str(one) for one in (*going_on, *tracks[len(going_on) :]))
    return Page(heard, cursor, is_all=is_all)


def _read(cursor: str | None) -> list[Track]:
    parts = (cursor or "").split(_BETWEEN)
    if len(parts) != 4:
        return [Track(), Track()]
    return [Track.of(parts[0], parts[1]), Track.of(parts[2], parts[3])]


def _stamp(row: Row, field: str) -> datetime:
    held = row if field == _OWN else individual_in(row)
    at = instant(held.get(STAMP))
    if at is None:
        problem = "bad_answer"
        raise Unreached(problem)
    return at


async def _heard(api: Api, names: Names, rows: Sequence[Row], unknown: str) -> list[Heard]:
    """Return records with the times of their choices; one merged into another is that other."""
    own = [row for row in rows if not row.get("MasterRecordId")]
    chosen = await times(api, names, own)
    return [
        heard_of(row, names, chosen.get(str(row["Id"]), {}), unknown=unknown) for row in own
    ]


async def compare(api: Api, names: Names, after: str | None) -> Page:
    """Return some of those whom it holds, with their choices.

    Raises:
        Unreached, NotLetIn.
    """
    behind = f"WHERE Id > {quoted(after)} " if after and is_id(after) else ""
    question = f"SELECT {names.selected} FROM {api.people} {behind}ORDER BY Id LIMIT {PAGE}"
    (rows,), _ = await api.rows([question])
    heard = [heard_of(row, names, {}) for row in rows]
    is_all = len(rows) < PAGE
    return Page(heard, None if is_all else str(rows[-1]["Id"]), is_all=is_all)
