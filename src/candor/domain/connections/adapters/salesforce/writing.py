"""Bringing records to what parcels say, and removing them.

Read, compare, write. Who would be given a yes that is not there yet is written alone and under a
condition; all others many at once. Individual records come into being before the person's own, so
that a record never names one that is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from candor.domain.connections.adapters.guarding import differing, hinges_on_times, overrules
from candor.domain.connections.adapters.salesforce.calls import (
    SUBREQUESTS,
    Api,
    Fault,
    Part,
    Result,
    converted,
    reply_to,
)
from candor.domain.connections.adapters.salesforce.finding import (
    find,
    held_by,
    key_of,
    times,
)
from candor.domain.connections.adapters.salesforce.records import (
    INDIVIDUAL,
    MODIFIED,
    REQUIRED,
    Names,
    Record,
    Row,
    fields_of,
    heard_of,
    individual_in,
    individual_of,
    instant,
)
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Parcel,
    Reply,
)
from candor.kernel.pii import Pii

_RACED: Final = frozenset({"DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"})
_A_SECOND: Final = 1.0


@dataclass(slots=True)
class _Case:
    """A parcel, the records it is about, and what becomes of it."""

    parcel: Parcel
    rows: list[Row]
    held: Mapping[str, bool]
    individual_id: str | None
    reply: Reply | None = None

    @property
    def row(self) -> Row | None:
        """Return the record that is the person."""
        return self.rows[0] if self.rows else None

    @property
    def record_id(self) -> str:
        """Return how it is called; empty: it is not there yet."""
        return str(self.rows[0]["Id"]) if self.rows else ""

    @property
    def choices(self) -> dict[str, bool]:
        """Return the choices that are written."""
        return differing(self.parcel, self.held)

    @property
    def is_delicate(self) -> bool:
        """Tell whether a no that came up meanwhile could be written over."""
        return self.row is not None and any(self.choices.values())

    @property
    def stamps(self) -> list[datetime | None]:
        """Return when its records changed last."""
        row = self.row or {}
        return [instant(held.get(MODIFIED)) for held in (row, individual_in(row)) if held]

    def settle(self, reply: Reply) -> None:
        """Note an answer; what went wrong first counts."""
        if self.reply is None or isinstance(self.reply, Acknowledged):
            self.reply = reply

    @property
    def done(self) -> Acknowledged:
        """Return that it is done."""
        return Acknowledged(Pii(self.record_id))


@dataclass(frozen=True, slots=True)
class Writing:
    """Writing over one connection."""

    api: Api
    names: Names

    @property
    def unknown(self) -> str:
        """Return what stands for a required name that is not known."""
        return self.api.line.settings.get("unknown") or "–"

    async def put(self, parcels: Sequence[Parcel]) -> list[Reply]:
        """Bring records to what parcels say; one answer for each, in their order.

        Raises:
            Unreached, NotLetIn.
        """
        found, read_at = await find(self.api, self.names, parcels)
        cases = [
            _Case(parcel, rows, held_by(rows, self.names), _individual(rows))
            for parcel, rows in zip(parcels, found, strict=True)
        ]
        await self._tell_news(await self._overruled(cases))
        open_ones = [one for one in cases if one.reply is None]
        await self._begin_individuals(open_ones)
        await self._write_delicate([one for one in open_ones if one.is_delicate], read_at)
        known = [one for one in open_ones if one.rows and not one.is_delicate]
        await self._write_known(known)
        await self._write_new([one for one in open_ones if not one.rows])
        return [one.reply or Later("incomplete") for one in cases]

    # -------------------------------------------------------------- news
    async def _overruled(self, cases: Sequence[_Case]) -> list[_Case]:
        """Return the cases in which a no would be lost that we have not heard."""
        rows = [
            row for one in cases if hinges_on_times(one.parcel, one.held) for row in one.rows
        ]
        chosen = await times(self.api, self.names, rows)

        def chosen_in(one: _Case) -> dict[str, datetime]:
            found: dict[str, datetime] = {}
            for row in one.rows:
                for there, at in chosen.get(str(row["Id"]), {}).items():
                    found[there] = max(at, found.get(there, at))
            return found

        return [one for one in cases if overrules(one.parcel, one.held, chosen_in(one))]

    async def _tell_news(self, cases: Sequence[_Case]) -> None:
        rows = [row for one in cases for row in one.rows]
        chosen = await times(self.api, self.names, rows)
        for one in cases:
            told = [
                heard_of(row, self.names, chosen.get(str(row["Id"]), {}), unknown=self.unknown)
                for row in one.rows
            ]
            one.reply = Changed(_whole(told, one.held))

    # -------------------------------------------------------------- Individuals
    async def _begin_individuals(self, cases: Sequence[_Case]) -> None:
        """Make the Individual records that are lacking; nothing in them says who it is."""
        lacking = [
            one for one in cases if one.individual_id is None and individual_of(one.choices)
        ]
        records = [
            {
                "attributes": {"type": INDIVIDUAL},
                "LastName": self.unknown,
                **individual_of(one.choices),
            }
            for one in lacking
        ]
        results = await self.api.many("POST", "", records)
        for one, result in zip(lacking, results, strict=True):
            if result.success and result.id:
                one.individual_id = result.id
            else:
                one.settle(reply_to(result.errors))

    # -------------------------------------------------------------- one at a time
    async def _write_delicate(self, cases: Sequence[_Case], read_at: datetime) -> None:
        """Write those who are given a yes, each only over what was read.

        The condition knows whole seconds: what changed within the one in which it was read could
        change again unseen, and waits.
        """
        whose: list[_Case] = []
        asked: list[Mapping[str, object]] = []
        for one in cases:
            if any(at is None or _second(at) >= _second(read_at) for at in one.stamps):
                one.settle(Later("just_changed", _A_SECOND))
                continue
            requests = self._conditional(one)
            asked += requests
            whose += [one] * len(requests)
        for start in range(0, len(asked), SUBREQUESTS):
            parts, _ = await self.api.together(asked[start : start + SUBREQUESTS])
            for one, part in zip(whose[start:], parts, strict=False):
                one.settle(_outcome(one, part))

    def _conditional(self, one: _Case) -> list[dict[str, object]]:
        """Return the requests that write a case."""
        row = one.row or {}
        requests = [self._patch(self.api.people, one.record_id, row, self._own(one))]
        others, individual = individual_of(one.choices), individual_in(row)
        if others and individual:
            requests.append(
                self._patch(INDIVIDUAL, one.individual_id or "", individual, others)
            )
        return requests

    def _patch(self, kind: str, record_id: str, row: Row, body: Record) -> dict[str, object]:
        at = instant(row.get(MODIFIED))
        since = "" if at is None else format_datetime(at, usegmt=True)
        return {
            "method": "PATCH",
            "url": f"{self.api.root}/sobjects/{kind}/{record_id}",
            "httpHeaders": {"If-Unmodified-Since": since},
            "body": body,
        }

    # -------------------------------------------------------------- many at once
    async def _write_known(self, cases: Sequence[_Case]) -> None:
        records = [self._named(self._own(one), self.api.people, one.record_id) for one in cases]
        for one, result in zip(cases, await self.api.many("PATCH", "", records), strict=True):
            one.settle(one.done if result.success else reply_to(result.errors))
        with_individual = [
            one for one in cases if individual_of(one.choices) and individual_in(one.row or {})
        ]
        records = [
            self._named(individual_of(one.choices), INDIVIDUAL, one.individual_id or "")
            for one in with_individual
        ]
        for one, result in zip(
            with_individual, await self.api.many("PATCH", "", records), strict=True
        ):
            if not result.success:
                one.settle(reply_to(result.errors))

    async def _write_new(self, cases: Sequence[_Case]) -> None:
        """Create who is not there; by an external id, when there is one, without doubling."""
        external = self.api.line.settings.get("external_id", "")
        upserted: list[_Case] = []
        created: list[_Case] = []
        for one in cases:
            if key_of(one.parcel, self.names) is None:
                one.settle(Never("no_key"))
            elif external in one.parcel.keys and not any(one.choices.values()):
                upserted.append(one)
            else:
                created.append(one)
        path = f"/{self.api.people}/{external}"
        for some, method, where in ((upserted, "PATCH", path), (created, "POST", "")):
            records = [self._new(one) for one in some]
            for one, result in zip(
                some, await self.api.many(method, where, records), strict=True
            ):
                one.settle(_began(result))

    def _own(self, one: _Case) -> Record:
        written = fields_of(one.parcel, one.choices, self.unknown)
        row = one.row or {}
        if one.individual_id is not None and row.get("IndividualId") is None:
            written["IndividualId"] = one.individual_id
        return written

    def _new(self, one: _Case) -> Record:
        required = REQUIRED if self.api.people == "Lead" else REQUIRED[:1]
        given = {name: told for name, told in self._own(one).items() if told is not None}
        return self._named(dict.fromkeys(required, self.unknown) | given, self.api.people)

    @staticmethod
    def _named(record: Mapping[str, object], kind: str, record_id: str = "") -> Record:
        own: Record = {"attributes": {"type": kind}, **record}
        return {**own, "Id": record_id} if record_id else own


def _individual(rows: Sequence[Row]) -> str | None:
    found = rows[0].get("IndividualId") if rows else None
    return None if found is None else str(found)


def _whole(told: Sequence[Heard], held: Mapping[str, bool]) -> Heard:
    """Return what records of one person say together: the oldest, and a no of any."""
    first = told[0]
    chosen: dict[str, datetime] = {}
    for one in told:
        for there, at in one.chosen_at.items():
            if one.choices.get(there) is held.get(there):
                chosen.setdefault(there, at)
    return Heard(
        remote_id=first.remote_id, keys=first.keys, facts=first.facts, choices=dict(held),
        chosen_at=chosen, changed_at=first.changed_at, version=first.version,
    )  # fmt: skip


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _outcome(one: _Case, part: Part) -> Reply:
    if 200 <= part.http_status_code < 300:
        return one.done
    if part.http_status_code == 412:
        return Later("changed_meanwhile", _A_SECOND)
    if part.http_status_code >= 500:
        raise Unreached(f"status_{part.http_status_code}")
    return reply_to(converted(part.body, list[Fault]))


def _began(result: Result) -> Reply:
    if result.success and result.id:
        return Acknowledged(Pii(result.id))
    code = result.errors[0].code if result.errors else ""
    return Later(code.lower()) if code in _RACED else reply_to(result.errors)
