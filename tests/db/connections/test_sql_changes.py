"""Changes in databases of others are read without gaps, whatever transactions do there."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Later, Never, Parcel
from candor.infra.db.embedded import EmbeddedPostgres, Urls
from candor.infra.http import Outbound, OutboundRefused
from candor.infra.mariadb_server import OwnMariaDB, is_installed
from candor.infra.sql import Session
from candor.infra.sql_mariadb import connect as connect_mariadb
from candor.infra.sql_postgresql import connect as connect_postgresql
from candor.kernel.pii import Pii
from tests.counterparts.contract import ADA, BEN, Pair, everything, line_of, told
from tests.counterparts.databases import (
    MAPPING,
    People,
    in_mariadb,
    in_postgresql,
    own_mariadb,
)

# What the application there does, in order: who begins, changes whom, commits or rolls back.
WRITERS = 4
STEPS = 60


@pytest.fixture(scope="module")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnMariaDB]:
    """Run MariaDB for the tests of this module."""
    if not is_installed():
        pytest.skip("MariaDB is not on this machine: tools/setup servers")
    folder: Path = tmp_path_factory.mktemp("maria")
    with own_mariadb(folder) as server:
        yield server


@pytest.fixture(params=["postgresql", "mariadb"])
async def there(
    request: pytest.FixtureRequest, server: EmbeddedPostgres
) -> AsyncIterator[People]:
    """Give a table in either kind of database."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            urls: Urls = request.getfixturevalue("database_urls")
            name = urls.owner.split("?", 1)[0].rsplit("/", 1)[1]
            people = stack.enter_context(in_postgresql(server, name))
        else:
            people = stack.enter_context(in_mariadb(request.getfixturevalue("mariadb_server")))
        async with people.listening():
            yield people
            await people.adapter.close()


def ready(there: People, mapping: Sequence[Field] = MAPPING, **settings: str) -> Pair:
    """Set the table up and return the pair."""
    line = there.line(mapping, **settings)
    there.set_up(line)
    return Pair(there.adapter, line, there, "email", "first_name", "city", "news")


def another(there: People) -> Session:
    """Open a further session of the owner: an application there."""
    owner = there.owner_target()
    return (connect_postgresql if there.engine == "postgresql" else connect_mariadb)(owner)


# ------------------------------------------------------------------ nothing is skipped
@pytest.mark.parametrize("seed", range(4))
async def test_interleaved_transactions_are_all_heard_of(there: People, seed: int) -> None:
    """Long and short transactions, committed and rolled back, and a reader between any of them."""
    pair = ready(there)
    dice = Random(seed)  # noqa: S311 - a schedule, drawn again the same way
    ids = [there.add(f"p{n}@example.org", first_name="-") for n in range(12)]
    heard, cursor = await everything(pair.adapter, pair.line, None)
    known = {one.remote_id: one.facts["first_name"] for one in heard}
    writers = [another(there) for _ in range(WRITERS)]
    held: dict[int, set[str]] = {n: set() for n in range(WRITERS)}
    is_open = dict.fromkeys(range(WRITERS), False)
    for step in range(STEPS):
        number = dice.randrange(WRITERS)
        writer = writers[number]
        if not is_open[number]:
            writer.change("BEGIN")
            is_open[number] = True
        taken = set().union(*(held[n] for n in held if n != number))
        free = [one for one in ids if one not in taken]
        if free and dice.random() < 0.7:
            row = dice.choice(free)
            held[number].add(row)
            writer.change(
                "UPDATE contacts SET first_name = %s WHERE contact_id = %s",
                (f"step {step}", int(row)),
            )
        else:
            writer.change("COMMIT" if dice.random() < 0.7 else "ROLLBACK")
            is_open[number], held[number] = False, set()
        if dice.random() < 0.4:
            page = await there.adapter.poll(pair.line, cursor)
            cursor = page.cursor
            known.update({one.remote_id: one.facts["first_name"] for one in page.heard})
    for number, writer in enumerate(writers):
        if is_open[number]:
            writer.change("COMMIT")
        writer.close()
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    known.update({one.remote_id: one.facts["first_name"] for one in heard})
    rows = there.owner.rows("SELECT contact_id, first_name FROM contacts")
    assert known == {Pii(str(name)): Pii(value) for name, value in rows}


async def test_a_long_transaction_is_heard_of_when_it_ends_and_holds_nobody_up(
    there: People,
) -> None:
    pair = ready(there)
    slow, quick = there.add(ADA), there.add(BEN)
    _, cursor = await everything(pair.adapter, pair.line, None)
    writer = another(there)
    writer.change("BEGIN")
    writer.change("UPDATE contacts SET first_name = 'late' WHERE contact_id = %s", (int(slow),))
    there.change(quick, facts={"first_name": "early"})
    for _ in range(3):  # read past it, more than once
        heard, cursor = await everything(pair.adapter, pair.line, cursor)
    again, cursor = await everything(pair.adapter, pair.line, cursor)
    assert not again
    writer.change("COMMIT")
    writer.close()
    heard, cursor = await everything(pair.adapter, pair.line, cursor)
    assert [(one.remote_id, one.facts["first_name"]) for one in heard] == [
        (Pii(slow), Pii("late"))
    ]


async def test_what_we_wrote_is_no_news(there: People) -> None:
    pair = ready(there)
    _, cursor = await everything(pair.adapter, pair.line, None)
    (reply,) = await pair.put(pair.parcel(yes=True))
    heard, cursor = await everything(pair.adapter, pair.line, cursor)
    assert not heard
    there.change(told(reply), choices={"news": False})
    heard, cursor = await everything(pair.adapter, pair.line, cursor)
    assert [one.choices for one in heard] == [{"news": False}]


async def test_many_rows_and_many_changes_come_in_pages(there: People) -> None:
    pair = ready(there)
    values = ", ".join(f"('n{n}@example.org')" for n in range(1_201))
    there.owner.change(f"INSERT INTO contacts (email) VALUES {values}")
    heard, cursor = await everything(pair.adapter, pair.line, None)
    assert len({one.remote_id for one in heard}) == 1_201
    there.owner.change("UPDATE contacts SET city = 'Kiel'")
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    assert len({one.remote_id for one in heard}) == 1_201


async def test_by_a_column_with_a_time_a_late_commit_is_heard_of_too(there: People) -> None:
    pair = ready(there, reading="changed_at", changed_column="changed_at")
    slow, quick = there.add(ADA), there.add(BEN)
    heard, cursor = await everything(pair.adapter, pair.line, None)
    assert len({one.remote_id for one in heard}) == 2
    writer = another(there)
    writer.change("BEGIN")
    writer.change(
        f"UPDATE contacts SET first_name = 'late', {there.marker} WHERE contact_id = %s",
        (int(slow),),
    )
    there.change(quick, facts={"first_name": "early"})
    heard, cursor = await everything(pair.adapter, pair.line, cursor)
    assert Pii("early") in [one.facts["first_name"] for one in heard]
    writer.change("COMMIT")
    writer.close()
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    assert Pii("late") in [one.facts["first_name"] for one in heard]
    assert all(one.changed_at is not None for one in heard)


async def test_a_cursor_names_nobody(
    there: People,
) -> None:
    pair = ready(there)
    values = ", ".join(f"('n{n}@example.org')" for n in range(600))
    there.owner.change(f"INSERT INTO contacts (email) VALUES {values}")
    page = await there.adapter.poll(pair.line, None)
    assert not page.is_all
    assert page.heard[-1].remote_id is not None
    assert page.heard[-1].remote_id.reveal() not in (page.cursor or "")
    rows, _ = await everything(pair.adapter, pair.line, page.cursor)
    assert len({one.remote_id for one in rows} - {one.remote_id for one in page.heard}) == 100


# ------------------------------------------------------------------ what one row is told
async def test_somebody_elses_value_is_never_and_says_nothing_about_it(there: People) -> None:
    pair = ready(there)
    ada, _ = there.add(ADA), there.add(BEN)
    clash = pair.parcel(BEN, remote_id=ada, facts={})
    (reply,) = await pair.put(clash)
    assert isinstance(reply, Never)
    assert reply.problem.startswith("taken")


async def test_a_row_that_is_held_is_tried_later(there: People) -> None:
    pair = ready(there)
    ada = there.add(ADA)
    writer = another(there)
    writer.change("BEGIN")
    writer.change("UPDATE contacts SET city = 'x' WHERE contact_id = %s", (int(ada),))
    try:
        replies = await pair.put(pair.parcel(remote_id=ada))
        assert isinstance(replies[0], Later)
    except Unreached:
        pass  # the time of the whole call ran out first
    writer.change("ROLLBACK")
    writer.close()
    (reply,) = await pair.put(pair.parcel(remote_id=ada))
    assert isinstance(reply, Acknowledged)


async def test_a_version_that_was_agreed_on_is_written_over_and_another_is_heard(
    there: People,
) -> None:
    pair = ready(there)
    (first,) = await pair.put(pair.parcel(yes=False))
    assert isinstance(first, Acknowledged)
    there.change(told(first), facts={"first_name": "Byron"})
    change = pair.parcel(
        remote_id=told(first), version=first.version, facts={"first_name": "A"}
    )
    (reply,) = await pair.put(change)
    assert isinstance(reply, Changed)
    assert reply.heard.facts["first_name"] == Pii("Byron")
    again = pair.parcel(
        remote_id=told(first), version=reply.heard.version, facts={"first_name": "A"}
    )
    (reply,) = await pair.put(again)
    assert isinstance(reply, Acknowledged)
    assert there.people()[told(first)].facts["first_name"] == "A"


async def test_what_they_know_is_heard_before_it_is_written_over(there: People) -> None:
    pair = ready(there)
    there.add(ADA, city="Turin")
    (reply,) = await pair.put(pair.parcel())
    assert isinstance(reply, Changed)
    assert reply.heard.facts["city"] == Pii("Turin")


async def test_a_row_that_went_is_news_and_not_put_back(there: People) -> None:
    pair = ready(there)
    (first,) = await pair.put(pair.parcel(yes=True))
    there.delete(told(first))
    (reply,) = await pair.put(pair.parcel(remote_id=told(first), yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.is_removed
    assert not there.people()


async def test_a_column_in_which_yes_means_no(there: People) -> None:
    mapping = (*MAPPING[:1], Field("opted_out", What.PURPOSE, "newsletter", (), Direction.BOTH))
    pair = ready(there, mapping, inverted="opted_out")
    parcel = pair.parcel(facts={})
    (reply,) = await pair.put(_choosing(parcel, "opted_out", answer=True))
    ((said,),) = there.owner.rows("SELECT opted_out FROM contacts")
    assert not said
    there.change(told(reply), choices={"opted_out": True})
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert heard[0].choices == {"opted_out": False}


async def test_the_time_of_a_choice_goes_with_it_and_comes_back(there: People) -> None:
    pair = ready(there, chosen_suffix="_at")
    await pair.put(pair.parcel(yes=True))
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert heard[0].chosen_at == {"news": pair.parcel().changed_at}


async def test_a_row_that_is_needed_there_is_blanked(there: People) -> None:
    mapping = MAPPING[1:]
    pair = ready(there, mapping, removing="blank")
    ada = there.add(ADA, first_name="Augusta", news=True)
    (reply,) = await pair.put(pair.removal(ada))
    assert isinstance(reply, Acknowledged)
    assert there.people()[ada].facts == {"first_name": None, "city": None}
    assert there.people()[ada].choices == {"news": False}


# ------------------------------------------------------------------ who we are, and where to
async def test_who_is_not_let_in_is_told_so(there: People) -> None:
    pair = ready(there)
    line = there.line(user="nobody_here")
    with pytest.raises(NotLetIn):
        await pair.adapter.check(line)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"table": "contracts"}, "no table"),
        ({"id_column": "city"}, "unique"),
        ({"version_column": "city"}, "neither"),
        ({"version_column": "gone"}, "no column"),
        ({"removing": "blank"}, "must be filled"),
        ({"reading": "changed_at", "changed_column": ""}, "Name the column"),
    ],
)
async def test_a_check_names_what_is_missing(
    there: People, settings: dict[str, str], words: str
) -> None:
    pair = ready(there)
    with pytest.raises(BadConnection, match=words):
        await pair.adapter.check(there.line(MAPPING, **settings))


async def test_a_check_misses_the_change_table(there: People) -> None:
    line = there.line()
    there.set_up(there.line(reading="none"))
    with pytest.raises(BadConnection):
        await there.adapter.check(line)


async def test_nothing_leads_inward_and_nothing_goes_without_tls(there: People) -> None:
    ready(there)
    line = there.line()
    for outbound, settings in (
        (Outbound(), line.settings),
        (Outbound(), {**line.settings, "tls": "verify"}),
        (Outbound(), {**line.settings, "host": "/var/run/x"}),
        (Outbound(), {**line.settings, "host": "10.0.0.1", "tls": "verify"}),
    ):
        inward: Line = line_of(
            settings=settings, secrets=line.secrets, mapping=MAPPING, outbound=outbound
        )
        with pytest.raises(OutboundRefused):
            await there.adapter.check(inward)
    assert there.opened == 0


async def test_a_server_without_tls_is_not_spoken_with_in_the_clear(there: People) -> None:
    ready(there)
    with pytest.raises(Unreached):
        await there.adapter.check(there.line(tls="verify"))


async def test_sessions_that_nobody_uses_are_closed_and_opened_again(there: People) -> None:
    pair = ready(there)
    await pair.put(pair.parcel())
    await pair.put(pair.parcel())
    assert there.opened == 1
    await there.adapter.close()
    await asyncio.sleep(0)
    await pair.put(pair.parcel())
    assert there.opened == 2


def _choosing(parcel: Parcel, name: str, *, answer: bool) -> Parcel:
    """Return a parcel with a choice of another name."""
    return replace(parcel, choices={name: answer})
