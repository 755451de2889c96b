"""From rows to the views of the list of connections and of one of them. Call inside `reading`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from candor.domain.access.model.roles import Permission, may
from candor.domain.catalogue.model import InForce
from candor.domain.connections.model.connection import Connection, Direction, Field, State
from candor.domain.connections.model.delivery import Stage
from candor.domain.connections.model.file import gets_files
from candor.domain.connections.model.talk import Shown, Spec
from candor.domain.connections.service import testing
from candor.domain.connections.service.comparing import TallyRow as Tally
from candor.domain.connections.service.reading import Health, Hour, Problem, Took
from candor.domain.connections.service.subscribing import CountRow
from candor.domain.governance.model import Vendor
from candor.infra.web.reading import show_datetime, show_number, show_time
from candor.surface.console import saying, words
from candor.surface.console.connections import naming
from candor.surface.console.connections.views import (
    Act,
    Column,
    ConnectionLine,
    ConnectionPage,
    Copy,
    Figure,
    MappingLine,
    ProblemLine,
)
from candor.surface.console.desk import HOME
from candor.surface.console.hours import DAY, HOUR
from candor.surface.console.views import Option, Pair
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/connections"
EACH: Final = "#each"  # the table of the list: what its numbers are added up from
OWN: Final = "our own system"
_WAYS: Final[Mapping[Direction, str]] = {
    Direction.OUT: "they are told",
    Direction.IN: "they are heard",
    Direction.BOTH: "both ways",
}


def url_of(connection_id: UUID) -> str:
    """Return the address of a connection's page."""
    return f"{URL}/{connection_id}"


def hourly_of(hours: Sequence[Hour], now: datetime) -> tuple[int, ...]:
    """Return what was acknowledged in each of the last 24 hours, oldest first."""
    return tuple(one.value for one in columns_of(hours, now))


def columns_of(hours: Sequence[Hour], now: datetime) -> tuple[Column, ...]:
    """Return the chart of the last 24 hours."""
    first = DAY.since(now)
    by_hour = {one.hour: one for one in hours}
    columns: list[Column] = []
    for number in range(DAY.steps):
        at = first + HOUR * number
        one = by_hour.get(at)
        label = show_time(at)
        columns.append(
            Column(label, one.acknowledged, one.needless) if one else Column(label, 0)
        )
    return tuple(columns)


def figures_of(health: Sequence[Health]) -> tuple[Figure, ...]:
    """Return the numbers on top of the list."""
    troubled = sum(naming.is_troubled(one) for one in health)
    slowest = max((one.took.p99 for one in health if one.took.p99 is not None), default=None)
    lag = max((one.lag_seconds for one in health), default=0.0)
    told = sum(one.took.count for one in health)
    return (
        Figure("Need somebody", troubled, f"of {len(health)}", troubled > 0, EACH),
        Figure("On their way", sum(one.waiting for one in health), _oldest(lag), href=EACH),
        Figure(
            "Parked",
            (parked := sum(one.parked for one in health)),
            is_alert=parked > 0,
            href=EACH,
        ),
        Figure("Acknowledged", told, "in a day", href=EACH),
        Figure("A change took", naming.span(slowest), "99 of 100, at the slowest", href=EACH),
    )


def _oldest(lag: float) -> str:
    return f"oldest {naming.span(lag)}" if lag else ""


def line_of(
    one: Health, spec: Spec | None, vendors: Mapping[UUID, Vendor], hourly: tuple[int, ...]
) -> ConnectionLine:
    """Return a connection as the list shows it."""
    connection = one.connection
    state, tone = naming.state(connection)
    return ConnectionLine(
        name=connection.name,
        href=url_of(connection.connection_id),
        kind=spec.title if spec else connection.adapter,
        vendor=vendor_of(connection, vendors),
        ways=naming.ways(connection.directions),
        state=state,
        tone=tone,
        problem=naming.trouble(one),
        lag=naming.span(one.lag_seconds) if one.waiting else "none",
        waiting=one.waiting,
        parked=one.parked,
        took=took_of(one.took),
        people=one.linked,
        answered_at=one.answered_at,
        hourly=hourly,
    )


def took_of(took: Took) -> str:
    """Return how long changes took: p50 / p95 / p99."""
    if not took.count:
        return "–"
    return " / ".join(naming.span(each) for each in (took.p50, took.p95, took.p99))


def vendor_of(connection: Connection, vendors: Mapping[UUID, Vendor]) -> str:
    """Return the name of the vendor of a connection."""
    found = vendors.get(connection.vendor_id) if connection.vendor_id else None
    return found.name if found else OWN


def connection_page(
    one: Health,
    spec: Spec | None,
    vendors: Mapping[UUID, Vendor],
    hours: Sequence[Hour],
    problems: Sequence[Problem],
    heard: Sequence[Tally],
    in_force: InForce,
    *,
    visit: Visit,
    now: datetime,
    said: str | None,
    wrong: str | None = None,
    copies: Sequence[Shown] = (),
    browsers: CountRow | None = None,
) -> ConnectionPage:
    """Return the view of one connection."""
    connection = one.connection
    url = url_of(connection.connection_id)
    state, tone = naming.state(connection)
    trouble = naming.trouble(one)
    return ConnectionPage(
        name=connection.name,
        eyebrow=f"{spec.title if spec else connection.adapter} · "
        f"{vendor_of(connection, vendors)} · {connection.code}",
        state=state,
        tone=tone,
        why=naming.why(connection),
        problem=trouble,
        advice=naming.advice(one.problem) if one.problem else "",
        url=url,
        back_url=URL,
        csrf_token=visit.csrf_token,
        said=said,
        wrong=wrong,
        figures=(*_figures(one, url), *_browsers(browsers)),
        columns=columns_of(hours, now),
        sweep_percent=int(one.sweep.share * 100) if one.sweep else None,
        problems=tuple(_problem(each, url) for each in problems),
        counts=_counts(one, url),
        facts=_facts(one, spec),
        settings=_settings(connection, spec),
        mapping=tuple(_mapping(each, in_force) for each in connection.mapping),
        heard=_heard(heard),
        drift=_drift(one, spec),
        acts=acts_of(one, spec, visit, url),
        looks=_looks(visit, spec, url),
        copies=tuple(Copy(each.title, each.name, each.text) for each in copies),
    )


def _figures(one: Health, url: str) -> tuple[Figure, ...]:
    took = one.took
    deliveries = f"{url}/deliveries?state="
    done = deliveries + Stage.ACKNOWLEDGED
    return (
        Figure(
            "On their way",
            one.waiting,
            f"oldest {naming.span(one.lag_seconds)}" if one.waiting else "",
            href=deliveries + Stage.WAITING,
        ),
        Figure("Parked", one.parked, is_alert=one.parked > 0, href=deliveries + Stage.PARKED),
        Figure("People held there", one.linked, href=f"{url}/dry-run"),
        Figure(
            "Half took",
            naming.span(took.p50),
            f"of {show_number(took.count)} in a day",
            href=done,
        ),
        Figure("95 of 100 took", naming.span(took.p95), href=done),
        Figure("99 of 100 took", naming.span(took.p99), href=done),
    )


def _browsers(found: CountRow | None) -> tuple[Figure, ...]:
    """Return how many browsers take messages; nothing where it is not about browsers."""
    if found is None:
        return ()
    note = (
        f"of {saying.count(found.people)} people" if found.people else "nobody allowed one yet"
    )
    return (Figure("Browsers that take them", saying.count(found.browsers), note),)


def _problem(one: Problem, url: str) -> ProblemLine:
    query = urlencode({"problem": one.problem})
    return ProblemLine(
        what=naming.problem(one.problem),
        advice=naming.advice(one.problem) or "Open its deliveries.",
        count=one.count,
        last_at=one.last_at,
        href=f"{url}/deliveries?{query}",
    )


def _counts(one: Health, url: str) -> tuple[Option, ...]:
    told = (
        (Stage.WAITING, one.waiting, "on their way"),
        (Stage.PARKED, one.parked, "parked"),
        (Stage.ACKNOWLEDGED, one.took.count, "acknowledged in a day"),
    )
    return tuple(
        Option(f"{url}/deliveries?state={stage}", f"{show_number(number)} {name}")
        for stage, number, name in told
    )


def _facts(one: Health, spec: Spec | None) -> tuple[Pair, ...]:
    connection = one.connection
    facts = [
        Pair("Goes", naming.ways(connection.directions)),
        Pair("For", ", ".join(map(words.purpose, connection.purposes)) or "no purpose"),
        Pair("When no purpose is left", _removal(connection)),
        Pair("Last good answer", _moment(one.answered_at, "none yet")),
    ]
    if connection.is_heard:
        facts.append(Pair("Is heard as", connection.source or "no source"))
        facts.append(Pair("Last read to its end", _moment(one.polled_at, "not yet")))
    if one.failing_since is not None:
        facts.append(Pair("Fails since", show_datetime(one.failing_since)))
    if one.not_before is not None:
        facts.append(Pair("Left alone until", show_datetime(one.not_before)))
    limit = f", {connection.per_minute} calls a minute" if connection.per_minute else ""
    facts.append(
        Pair("At once", f"{words.counted(connection.at_once, 'person', 'people')}{limit}")
    )
    if spec is not None and spec.secrets:
        facts.append(
            Pair("Secrets", "set, and shown to nobody" if connection.secrets else "none")
        )
    return tuple(facts)


def _removal(connection: Connection) -> str:
    return {"remove": "the person is removed there", "clear": "what it holds is emptied"}[
        connection.removal.value
    ]


def _moment(at: datetime | None, missing: str) -> str:
    return show_datetime(at) if at else missing


def _settings(connection: Connection, spec: Spec | None) -> tuple[Pair, ...]:
    titles = {one.name: one.title for one in spec.settings} if spec else {}
    return tuple(
        Pair(titles.get(name, name), value)
        for name, value in connection.settings.items()
        if value
    )


def _mapping(one: Field, in_force: InForce) -> MappingLine:
    return MappingLine(
        there=one.there,
        ours=naming.ours(one, in_force),
        purposes=", ".join(map(words.purpose, one.purposes)) or "all of its purposes",
        way=_WAYS[one.direction],
        is_key=one.is_key,
    )


def _heard(rows: Sequence[Tally]) -> tuple[Pair, ...]:
    """Return what became of what it said, by what, most frequent first."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row.what] += row.count
    return tuple(
        Pair(naming.heard(what).capitalize(), show_number(count))
        for what, count in sums.most_common()
    )


def _drift(one: Health, spec: Spec | None) -> str | None:
    """Return what comparing their refusals with ours found; None: it cannot be done there."""
    if spec is None or not spec.can_compare:
        return None
    if one.is_compared_now:
        return "Their refusals are being compared with ours."
    if one.compared_at is None:
        return "Their refusals were not compared with ours yet."
    found = "every refusal of theirs is one of ours, and the other way round."
    if one.drifted:
        people = words.counted(one.drifted, "person’s choice", "people’s choices")
        found = f"{people} differed, and were set to no on both sides."
    if one.missing:
        people = words.counted(one.missing, "person", "people")
        found += f" {people} whom it should hold stood not in its list."
    return f"Compared {show_datetime(one.compared_at)}: {found}"


def acts_of(one: Health, spec: Spec | None, visit: Visit, url: str) -> tuple[Act, ...]:
    """Return what a visitor may do with a connection as it stands."""
    if not may(visit.member.role, Permission.CONNECTIONS_MANAGE):
        return ()
    state = one.connection.state
    if state is State.ENDED:
        return ()
    acts = [Act("Check now", f"{url}/check", is_form=True)]
    if state is State.ACTIVE:
        acts = [*_while_active(one.connection, spec, url), *acts]
    else:
        word = "Start" if state is State.DRAFT else "Resume"
        acts.insert(0, Act(word, f"{url}/start", is_form=True, look=""))
    if spec is not None and spec.channel in testing.TO_STAFF:
        acts.append(Act("Send a test …", f"{url}/test"))
    acts.append(Act("Change …", f"{url}/change"))
    if spec is not None and spec.secrets:
        acts.append(Act("Set secrets …", f"{url}/secrets"))
    if state is not State.STOPPING:
        acts.append(Act("Stop …", f"{url}/stop", look="danger"))
    return tuple(acts)


def _while_active(connection: Connection, spec: Spec | None, url: str) -> list[Act]:
    """Return what can be done with a connection while data moves."""
    acts = [Act("Pause", f"{url}/pause", is_form=True)]
    if spec is None or not gets_files(spec):
        acts.append(Act("Send again …", f"{url}/replay"))
    elif connection.is_told:
        acts.insert(0, Act("Ask for a file …", f"{url}/files/ask", look=""))
    if spec is not None and spec.can_compare:
        acts.append(Act("Compare refusals now", f"{url}/compare", is_form=True))
    return acts


def _looks(visit: Visit, spec: Spec | None, url: str) -> tuple[Act, ...]:
    is_by_file = spec is not None and gets_files(spec)
    sent = (
        Act("Files", f"{url}/files") if is_by_file else Act("Deliveries", f"{url}/deliveries")
    )
    looks = [sent, Act("Dry run", f"{url}/dry-run")]
    if may(visit.member.role, Permission.PEOPLE_READ):
        looks.append(Act("Preview one person …", f"{url}/preview"))
    return tuple(looks)


def ended_of(connections: Sequence[Connection]) -> tuple[Option, ...]:
    """Return connections that ended, as links."""
    return tuple(
        Option(url_of(one.connection_id), one.name)
        for one in connections
        if one.state is State.ENDED
    )
