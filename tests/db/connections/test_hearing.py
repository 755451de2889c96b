"""Hearing other systems, on the real engine: whose it is, what counts, what is put right."""

from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    State,
    What,
)
from candor.domain.connections.model.delivery import Rank, Stage
from candor.domain.connections.model.talk import Heard
from candor.domain.connections.queries import hearing as stored
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import hear
from candor.domain.connections.service.reading import Filter, deliveries
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.signal import SignalKind
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, gate, preferences
from candor.domain.profiles.service import read
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from tests.counterparts.notebook import Fault, Notebook, Person
from tests.factories import exchanging, house
from tests.factories.house import TEST

pytestmark = pytest.mark.anyio
BOTH = Direction.BOTH
MAPPING = (
    Field("mail", What.IDENTIFIER, "email", direction=BOTH, is_key=True),
    Field("hobby", What.ATTRIBUTE, "hobby", direction=BOTH),
    Field("news", What.PURPOSE, "news", direction=BOTH),
    Field("offers", What.TOPIC, "offers/email", direction=BOTH),
)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook(is_two_way=True)


@pytest.fixture
def exchange(candor: Candor, notebook: Notebook) -> Exchange:
    return exchanging.exchange_for(candor, {"notebook": notebook})


@pytest.fixture
async def connection(exchange: Exchange, notebook: Notebook) -> Connection:
    code = house.fresh("notebook")
    return await exchanging.connected(exchange, notebook, code=code, mapping=MAPPING)


def pass_by(candor: Candor, seconds: float = 5) -> None:
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(timedelta(seconds=seconds))


async def is_allowed(candor: Candor, person: ProfileId, purpose: str = "news") -> bool:
    bit = (await house.policy_of(candor)).bits[purpose]
    state = (await house.states_of(candor, [person]))[person]
    return bool(state.allowed >> bit & 1)


async def reader(
    candor: Candor, exchange: Exchange, connection: Connection
) -> tuple[ProfileId, str]:
    """Return somebody who takes the news, and stands in the notebook."""
    mail = house.fresh_email()
    person = await exchanging.make_reader(candor, mail)
    await exchanging.run(exchange, connection.connection_id)
    pass_by(candor)
    return person, mail


def said(notebook: Notebook, mail: str, **choices: bool) -> Heard:
    """Return what the notebook says of somebody."""
    person = notebook.named(mail)
    assert person is not None
    return Heard(remote_id=Pii(person.remote_id), choices=choices)


async def test_an_echo_changes_nothing(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    counts = await hear(exchange, connection, [said(notebook, mail, news=True)])
    assert counts == {"echo": 1}
    assert await is_allowed(candor, person)


async def test_a_no_that_is_news_is_the_persons_no(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    notebook.change(mail, news=False)
    assert (await hear(exchange, connection, [said(notebook, mail, news=False)]))["taken"] == 1
    assert not await is_allowed(candor, person)
    async with candor.database.read() as tx:
        last = (await gate.history(tx, [person]))[-1]
    assert last.choice == Choice.WITHDRAWN
    assert last.surface == f"connection {connection.code}"
    assert (await hear(exchange, connection, [said(notebook, mail, news=False)])) == {"echo": 1}


async def test_a_no_that_is_older_than_the_yes_here_is_put_right(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    heard = Heard(
        remote_id=said(notebook, mail).remote_id,
        choices={"news": False},
        chosen_at={"news": candor.clock.now() - timedelta(days=3)},
    )
    assert (await hear(exchange, connection, [heard])) == {"repaired": 1}
    assert await is_allowed(candor, person)
    async with candor.database.read() as tx:
        rows = await deliveries(tx, Filter(connection.connection_id, (Stage.WAITING,)))
    assert [row.rank for row in rows] == [Rank.MIND]


async def test_a_yes_needs_a_later_time_of_its_own(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    await exchanging.choose(candor, person, news=False)
    remote_id = said(notebook, mail).remote_id
    pass_by(candor)
    bare = Heard(remote_id=remote_id, choices={"offers": True})
    await hear(exchange, connection, [bare])
    assert not await is_allowed(candor, person)
    timed = Heard(
        remote_id=remote_id,
        choices={"news": True},
        chosen_at={"news": candor.clock.now()},
    )
    await hear(exchange, connection, [timed])
    assert await is_allowed(candor, person)


async def test_somebody_new_is_begun_at_the_door_and_linked(
    candor: Candor, exchange: Exchange, connection: Connection
) -> None:
    mail = house.fresh_email()
    heard = Heard(
        remote_id=Pii(house.fresh("remote")),
        keys={"mail": Pii(mail)},
        facts={"hobby": Pii("chess")},
        choices={"news": False},
    )
    await hear(exchange, connection, [heard])
    person = await house.find(candor, "email", mail)
    async with candor.database.read() as tx:
        links = await stored.links_of(
            tx, connection_id=connection.connection_id, profile_ids=[person]
        )
    assert len(links) == 1
    again = await hear(exchange, connection, [heard])
    assert again["taken"] == 0


async def test_whom_nothing_names_is_counted_as_unknown(
    exchange: Exchange, connection: Connection
) -> None:
    heard = Heard(remote_id=Pii(house.fresh("nobody")), choices={"news": False})
    assert (await hear(exchange, connection, [heard])) == {"unknown": 1}


async def test_a_message_is_heard_once(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    _, mail = await reader(candor, exchange, connection)
    heard = Heard(
        remote_id=said(notebook, mail).remote_id, choices={"news": False}, message_id="m1"
    )
    counts = await hear(exchange, connection, [heard, heard])
    counts += await hear(exchange, connection, [heard])
    assert (counts["taken"], counts["again"]) == (1, 2)


async def test_a_changed_address_reaches_the_person(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    fresh = house.fresh_email()
    remote_id = said(notebook, mail).remote_id
    heard = Heard(remote_id=remote_id, keys={"mail": Pii(fresh)}, facts={"hobby": Pii("go")})
    await hear(exchange, connection, [heard])
    assert await house.find(candor, "email", fresh) == person
    rules = await house.rules_of(candor)
    async with candor.database.tx() as tx:
        opened = await read.open_person(
            tx,
            person,
            purpose="news",
            actor=TEST,
            in_force=rules.in_force,
            vault=candor.vault,
        )
    assert Pii("go") in [
        fact.answer.value for fact in opened.facts if fact.attribute == "hobby"
    ]


async def test_stop_closes_the_channel(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    heard = Heard(
        remote_id=said(notebook, mail).remote_id,
        signals=[(SignalKind.UNSUBSCRIBE, "email"), (SignalKind.STOP, "pigeon")],
    )
    counts = await hear(exchange, connection, [heard])
    assert (counts["taken"], counts["refused"]) == (1, 1)
    assert await closed(candor, person) == {"email"}


async def closed(candor: Candor, person: ProfileId) -> set[str]:
    """Return the channels that are closed."""
    policy = await house.policy_of(candor)
    async with candor.database.read() as tx:
        found = await preferences.standing(tx, person, policy=policy)
    assert found is not None
    return set(found.blocked)


async def test_who_was_removed_there_is_not_put_back(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    remote_id = said(notebook, mail).remote_id
    notebook.people.clear()
    assert (
        await hear(exchange, connection, [Heard(remote_id=remote_id, is_removed=True)])
    ) == {"removed": 1}
    assert await is_allowed(candor, person)
    await exchanging.tell_hobby(candor, mail, "go")
    await exchanging.run(exchange, connection.connection_id)
    assert not notebook.people


async def test_a_page_that_was_read_while_we_wrote_is_not_believed(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    read_at = candor.clock.now()
    person, mail = await reader(candor, exchange, connection)
    heard = said(notebook, mail, news=False)
    assert (await hear(exchange, connection, [heard], read_at=read_at)) == {"stale": 1}
    assert await is_allowed(candor, person)
    await exchanging.settle_down(exchange, connection.connection_id, rounds=2)
    found = notebook.named(mail)
    assert found is not None
    assert found.choices["news"]


async def stand(candor: Candor, person: ProfileId, standing: Standing) -> None:
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [person], standing, candor.clock)
        policy = (await candor.rulebook.rules(tx)).policy
        await choices.refold(tx, [person], policy=policy, clock=candor.clock)


async def test_what_is_said_again_as_it_stands_makes_no_delivery(
    candor: Candor, exchange: Exchange, notebook: Notebook
) -> None:
    connection = await exchanging.connected(
        exchange,
        notebook,
        code=house.fresh("notebook"),
        mapping=MAPPING,
        removal=Removal.CLEAR,
    )
    person, mail = await reader(candor, exchange, connection)
    await exchanging.choose(candor, person, news=False)
    await exchanging.run(exchange, connection.connection_id)
    remote_id = said(notebook, mail).remote_id
    pass_by(candor)
    for _ in range(3):  # their time of it is when we wrote it there, or when they said so too
        again = Heard(
            remote_id, choices={"news": False}, chosen_at={"news": candor.clock.now()}
        )
        assert (await hear(exchange, connection, [again])) == {"echo": 1}
        pass_by(candor)
    async with candor.database.read() as tx:
        assert not await deliveries(tx, Filter(connection.connection_id, (Stage.WAITING,)))


async def test_a_restriction_is_no_opinion_of_the_person(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    await stand(candor, person, Standing.RESTRICTED)
    await exchanging.run(exchange, connection.connection_id)
    held = notebook.named(mail)
    assert held is not None
    assert held.choices["news"] is False
    theirs = Heard(
        said(notebook, mail).remote_id,
        choices={"news": False},
        chosen_at={"news": candor.clock.now()},  # when we wrote it
    )
    pass_by(candor)
    await hear(exchange, connection, [theirs])
    await stand(candor, person, Standing.ACTIVE)
    await hear(exchange, connection, [theirs])
    await exchanging.run(exchange, connection.connection_id)
    assert await is_allowed(candor, person)
    assert held.choices["news"] is True


async def test_a_no_during_a_restriction_is_not_lost_in_it(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    await stand(candor, person, Standing.RESTRICTED)
    notebook.change(mail, news=False)  # and nobody has heard it yet
    await exchanging.run(exchange, connection.connection_id)
    pass_by(candor)
    await stand(candor, person, Standing.ACTIVE)
    await exchanging.run(exchange, connection.connection_id)
    assert not await is_allowed(candor, person)
    assert notebook.named(mail) is None  # without this purpose they are to hold nobody


# ------------------------------------------------------------------------------- whom they brought
@pytest.mark.parametrize("removal", Removal)
async def test_whom_they_brought_stays_with_them_until_there_is_a_no(
    candor: Candor, exchange: Exchange, notebook: Notebook, removal: Removal
) -> None:
    """A lead: nobody said yes here, so nothing goes there; and nothing is taken from them."""
    connection = await exchanging.connected(
        exchange, notebook, code=house.fresh("notebook"), mapping=MAPPING, removal=removal
    )
    mail = house.fresh_email()
    lead = Person("lead", {"mail": mail, "hobby": "chess"}, {"news": True, "offers": False})
    notebook.people["lead"] = lead
    heard = Heard(
        remote_id=Pii("lead"),
        keys={"mail": Pii(mail)},
        facts={"hobby": Pii("chess")},
        choices=dict(lead.choices),
        version="1",
    )
    await hear(exchange, connection, [heard])
    person = await house.find(candor, "email", mail)
    await house.send(candor, "shop", identify(mail, hobby="go"))
    await exchanging.run(exchange, connection.connection_id)
    assert lead.fields == {"mail": mail, "hobby": "chess"}
    assert lead.choices == {"news": False, "offers": False}  # a yes of nobody counts nowhere
    assert not any(one.facts or one.keys for some in notebook.calls for one in some)
    await exchanging.choose(candor, person, news=False)
    await exchanging.run(exchange, connection.connection_id)
    if removal is Removal.REMOVE:
        assert notebook.named(mail) is None
    else:
        assert lead.fields["hobby"] is None


@pytest.mark.parametrize("end", ["erased", "over"])
async def test_whom_they_brought_goes_with_an_erasure_and_with_the_connection(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook, end: str
) -> None:
    mail = house.fresh_email()
    notebook.people["lead"] = Person("lead", {"mail": mail})
    heard = Heard(remote_id=Pii("lead"), keys={"mail": Pii(mail)}, version="1")
    await hear(exchange, connection, [heard])
    person = await house.find(candor, "email", mail)
    await exchanging.run(exchange, connection.connection_id)
    assert notebook.named(mail)
    if end == "erased":
        await stand(candor, person, Standing.ERASED)
    else:
        await exchanging.move(exchange, connection.connection_id, State.STOPPING)
    await exchanging.run(exchange, connection.connection_id)
    assert notebook.named(mail) is None


def identify(mail: str, **traits: str) -> dict[str, object]:
    return {"type": "identify", "userId": mail, "traits": traits}


# ------------------------------------------------------------------------------- read again
async def test_what_is_read_again_word_for_word_costs_no_write(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    heard = said(notebook, mail, news=True)

    async def read_again() -> tuple[dict[str, int], object]:
        pass_by(candor)
        counts = await hear(exchange, connection, [heard], read_at=candor.clock.now())
        async with candor.database.read() as tx:
            rows = await stored.links_of(
                tx, connection_id=connection.connection_id, profile_ids=[person]
            )
        return dict(counts), rows[0].heard_at

    first, at = await read_again()
    assert first == {"echo": 1}
    assert await read_again() == ({"again": 1}, at)
    # What anybody else says, and what we tell there, makes the same words news again.
    await hear(exchange, connection, [said(notebook, mail, offers=False)])
    assert (await read_again())[0] == {"echo": 1}
    assert (await read_again())[0] == {"again": 1}
    await exchanging.tell_hobby(candor, mail, "go")
    await exchanging.run(exchange, connection.connection_id)
    assert (await read_again())[0] == {"echo": 1}


async def test_who_goes_back_and_forth_is_heard_each_time(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    person, mail = await reader(candor, exchange, connection)
    here, there = said(notebook, mail, news=True), said(notebook, mail, news=False)
    for _ in range(2):
        await hear(exchange, connection, [here], read_at=candor.clock.now())
    pass_by(candor)
    # The same page says the no last: neither is left out.
    counts = await hear(exchange, connection, [here, there], read_at=candor.clock.now())
    assert counts["taken"] == 1
    assert not await is_allowed(candor, person)


async def test_nothing_is_left_out_while_something_of_ours_was_not_acknowledged(
    candor: Candor, exchange: Exchange, connection: Connection, notebook: Notebook
) -> None:
    _, mail = await reader(candor, exchange, connection)
    heard = said(notebook, mail, news=True)
    for _ in range(2):
        await hear(exchange, connection, [heard], read_at=candor.clock.now())
    notebook.faults.append(Fault.LOST)
    await exchanging.tell_hobby(candor, mail, "go")
    await exchanging.run(exchange, connection.connection_id, rounds=1)
    for _ in range(2):
        pass_by(candor)
        counts = await hear(exchange, connection, [heard], read_at=candor.clock.now())
        assert counts == {"echo": 1}
