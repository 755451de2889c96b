"""What every adapter must show against its counterpart, whatever system it speaks with.

How to use it: say who the pair is, inherit what the adapter claims to be, and the tests are there.

    class TestHubspot(MirrorContract, ReaderContract, ComparerContract, ListenerContract):
        @pytest.fixture
        async def pair(self) -> AsyncIterator[Pair]:
            async with Hubspot().running() as there:
                yield Pair(
                    adapter=HubspotAdapter(),
                    line=line_of(settings={"base_url": there.url}, secrets={…},
                                 mapping=…, hosts=[there.host]),
                    there=there, key="email", fact="firstname", other="city",
                    choice="subscription:42",
                )

`pair.there` is a `Counterpart`; an HTTP one gets `seen`, `fail`, `heal` and `traces` by inheriting
`serving.HttpCounterpart`, a database or another kind of server brings its own (and names in
`supported` the faults that make sense of it). The four names are those of the mapping, as the
system calls them: `key` finds the person, `fact` and `other` are text, `choice` is yes or no.
A class whose system cannot do something sets the switch that says so (`finds_by_key = False` …).

What is proved here:

- putting twice, also without having recorded the first answer, leaves one person as desired;
- None empties a field, what is missing stays, a no always arrives, a yes never goes over a no that
  is news, and does go over one that was agreed on;
- removing needs nothing but the remote id, and is done also when nobody is there;
- one bad person among many spoils nobody else's answer;
- every fault, at every call of an act, is `Unreached`, `Later` or `NotLetIn` with what the system
  asked for, and the same act tried again comes to the same;
- a reader sees everybody, every later change, and both of two that happened in one instant;
- nothing personal stands in an address, a cursor, an exception or a representation.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID, uuid4

import pytest
from typing_extensions import override

from candor.domain.connections.adapters.line import (
    Adapter,
    Comparer,
    Line,
    Listener,
    Mirror,
    Reader,
)
from candor.domain.connections.errors import (
    BadMessage,
    BadSignature,
    NotLetIn,
    TooOld,
    Unreached,
)
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Page,
    Parcel,
    Received,
    Reply,
    Ticket,
    Value,
)
from candor.infra.http import Answer, Outbound
from candor.kernel.clock import Clock, FixedClock
from candor.kernel.pii import Pii
from tests.counterparts.serving import RETRY_AFTER, Fault

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PATIENCE_SECONDS: Final = 5.0
IMPATIENCE_SECONDS: Final = 0.15  # how long is waited for a system that hangs
MOST_CALLS: Final = 12  # of one act; a fault is tried at each of them
ADA: Final = "ada.lovelace@example.org"
BEN: Final = "ben.needle@example.org"
PERSONAL: Final = ("lovelace", "needle", "ada.", "ben.", "augusta", "ockham")


# ------------------------------------------------------------------ what a pair is made of
@dataclass(frozen=True, slots=True)
class Held:
    """What the other system holds about one person, by its own names; empty ones are None."""

    facts: Mapping[str, Value]
    choices: Mapping[str, bool]


class Counterpart(Protocol):
    """The other system, as the contract works it by hand."""

    @property
    def supported(self) -> frozenset[Fault]:
        """Return the faults that make sense of it."""
        ...

    def people(self) -> Mapping[str, Held]:
        """Return whom it holds, by remote id, and what; nobody who was removed."""
        ...

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody there change a person, at an instant; None: now, later than ever."""
        ...

    def fail(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """Fail so many calls, after having let so many pass."""
        ...

    def heal(self) -> bool:
        """Plan no fault any more; tell whether one was still to come."""
        ...

    def traces(self) -> Sequence[str]:
        """Return what others than the system itself could read of what was said to it."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """An adapter, one connection of it, and the system at the other end.

    `refused`: a fact that this system refuses of one person alone; none: it refuses nothing.
    `knows_times`: it keeps when choices were made there.
    """

    adapter: Adapter
    line: Line
    there: Any  # a Counterpart; of a listener also with `call`
    key: str
    fact: str
    other: str
    choice: str
    refused: Mapping[str, Value] = field(default_factory=dict[str, Value])
    knows_times: bool = False

    @property
    def mirror(self) -> Mirror:
        """Return the adapter as what keeps people."""
        assert isinstance(self.adapter, Mirror)
        return self.adapter

    @property
    def system(self) -> Counterpart:
        """Return the other end as what the contract knows of it."""
        return self.there

    async def put(self, *parcels: Parcel) -> Sequence[Reply]:
        """Send parcels."""
        replies = await self.mirror.send(self.line, parcels)
        assert len(replies) == len(parcels)
        return replies

    def parcel(
        self,
        address: str = ADA,
        *,
        remote_id: str | None = None,
        facts: Mapping[str, Value] | None = None,
        yes: bool | None = None,
        agreed: bool | None = None,
        version: str | None = None,
        known_until: datetime = NOON + timedelta(days=365),
        is_withheld: bool = False,
    ) -> Parcel:
        """Return a parcel; a fresh person unless it says more."""
        given = {self.fact: "Augusta", self.other: "Ockham"} if facts is None else facts
        return Parcel(
            ticket=Ticket(uuid4(), 1, 1),
            act=Act.PUT,
            remote_id=None if remote_id is None else Pii(remote_id),
            version=version,
            keys={self.key: Pii(address)},
            facts={name: Pii(value) for name, value in given.items()},
            choices={} if yes is None else {self.choice: yes},
            changed_at=NOON,
            agreed={} if agreed is None else {self.choice: agreed},
            known_until={self.choice: known_until},
            withheld=frozenset({self.choice} if is_withheld else ()),
        )

    def removal(self, remote_id: str | None) -> Parcel:
        """Return a parcel that removes a person, knowing nothing but how they are called there."""
        return Parcel(
            ticket=Ticket(uuid4(), 1, 1), act=Act.REMOVE,
            remote_id=None if remote_id is None else Pii(remote_id), version=None,
            keys={}, facts={}, choices={}, changed_at=NOON,
        )  # fmt: skip


class Impatient(Outbound):
    """The way out, waiting for nobody who is known to hang."""

    seconds: float = PATIENCE_SECONDS

    @override
    async def request(self, method: str, url: str, **more: Any) -> Answer:
        more["timeout_seconds"] = self.seconds
        return await super().request(method, url, **more)


def line_of(
    *,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    mapping: Sequence[Field],
    hosts: Iterable[str] = (),
    clock: Clock | None = None,
    outbound: Outbound | None = None,
    code: str = "there",
) -> Line:
    """Return a connection as its adapter sees it; `hosts` may be private."""
    return Line(
        connection_id=UUID("0193b6a0-0000-7000-8000-000000000001"),
        code=code,
        settings=settings,
        secrets=secrets,
        mapping=mapping,
        outbound=outbound or Impatient(allowed_private=list(hosts)),
        clock=clock or FixedClock(NOON),
        callback_url=f"https://candor.example/hooks/{code}",
    )


@contextmanager
def hurried(line: Line, fault: Fault) -> Generator[None]:
    """Wait for a system that hangs no longer than must be."""
    if fault is Fault.HANG and isinstance(line.outbound, Impatient):
        line.outbound.seconds = IMPATIENCE_SECONDS
    try:
        yield
    finally:
        if isinstance(line.outbound, Impatient):
            line.outbound.seconds = PATIENCE_SECONDS


# ------------------------------------------------------------------ what is asked again and again
def told(reply: Reply) -> str:
    """Return how they call the person that was acknowledged."""
    assert isinstance(reply, Acknowledged), reply
    assert reply.remote_id is not None
    return reply.remote_id.reveal()


def says_nothing(*texts: object) -> None:
    """Fail when something personal stands in one of these, printed or represented."""
    for text in texts:
        spelt = f"{text} {text!r}"
        error = text if isinstance(text, BaseException) else None
        while error is not None:
            spelt += f" {error} {error!r} {vars(error)!r}"
            error = error.__cause__ or error.__context__
        found = [word for word in PERSONAL if word in spelt.lower()]
        assert not found, f"{found} in {type(text).__name__}"


async def begun(pair: Pair, *, yes: bool | None = True, address: str = ADA) -> str:
    """Put somebody there, and return how they are called."""
    (reply,) = await pair.put(pair.parcel(address, yes=yes))
    return told(reply)


async def everything(reader: Any, line: Line, cursor: str | None) -> tuple[list[Heard], str]:  # noqa: ANN401 - a Reader
    """Return all that changed since a cursor, and the last cursor."""
    heard: list[Heard] = []
    for _ in range(50):
        page: Page = await reader.poll(line, cursor)
        says_nothing(page.cursor)
        heard += page.heard
        assert page.cursor is not None
        cursor = page.cursor
        if page.is_all:
            return heard, cursor
    pytest.fail("the end never comes")


def about(heard: Iterable[Heard], remote_id: str) -> Heard:
    """Return the last that was heard about somebody."""
    found = [one for one in heard if one.remote_id == Pii(remote_id)]
    assert found, "nothing was heard"
    return found[-1]


# ------------------------------------------------------------------ mirrors
class MirrorContract:
    """What a system that keeps people does."""

    finds_by_key: ClassVar[bool] = True  # it finds somebody without their remote id
    empties: ClassVar[bool] = True  # None clears a field
    guards: ClassVar[bool] = True  # it can tell that a no came up there
    checks: ClassVar[bool] = True  # `check` asks the system something
    heals: ClassVar[bool] = False  # it tries again at once when an open wire turns out broken

    async def test_it_declares_what_it_needs(self, pair: Pair) -> None:
        spec = pair.adapter.spec
        assert spec.at_once >= 1
        assert {one.name for one in spec.settings} >= set(pair.line.settings)
        assert {one.name for one in spec.secrets} >= set(pair.line.secrets)
        assert all(one.title and one.is_required in {True, False} for one in spec.settings)
        names = [one.there for one in spec.suggested]
        assert len(names) == len(set(names))

    async def test_a_check_changes_nothing(self, pair: Pair) -> None:
        await pair.adapter.check(pair.line)
        assert not pair.system.people()

    async def test_a_new_person_is_there_as_desired(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        held = pair.system.people()[remote_id]
        assert (held.facts[pair.fact], held.facts[pair.other]) == ("Augusta", "Ockham")
        assert held.choices[pair.choice] is True

    async def test_the_same_again_changes_nothing(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        again = pair.parcel(remote_id=remote_id, yes=True, agreed=True)
        assert [told(one) for one in await pair.put(again)] == [remote_id]
        assert list(pair.system.people()) == [remote_id]

    async def test_an_answer_that_was_never_recorded_doubles_nobody(self, pair: Pair) -> None:
        if not self.finds_by_key:
            pytest.skip("it does not find people by a key")
        remote_id = await begun(pair)
        (again,) = await pair.put(pair.parcel(yes=True, agreed=True))
        assert told(again) == remote_id
        assert list(pair.system.people()) == [remote_id]

    async def test_nothing_empties_a_field_and_what_is_missing_stays(self, pair: Pair) -> None:
        if not self.empties:
            pytest.skip("its fields cannot be emptied")
        remote_id = await begun(pair)
        await pair.put(pair.parcel(remote_id=remote_id, facts={pair.fact: None}))
        held = pair.system.people()[remote_id]
        assert (held.facts[pair.fact], held.facts[pair.other]) == (None, "Ockham")
        assert held.choices[pair.choice] is True

    async def test_a_no_always_arrives(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=False, agreed=True))
        assert told(reply) == remote_id
        assert pair.system.people()[remote_id].choices[pair.choice] is False

    async def test_a_yes_never_goes_over_a_no_that_is_news(self, pair: Pair) -> None:
        if not self.guards:
            pytest.skip("it tells nobody what it holds")
        (first,) = await pair.put(pair.parcel(yes=True))
        remote_id = told(first)
        pair.system.change(remote_id, choices={pair.choice: False})
        for agreed in (True, None):
            parcel = pair.parcel(
                remote_id=remote_id, yes=True, agreed=agreed, facts={pair.fact: "Ada"},
                version=first.version if isinstance(first, Acknowledged) else None,
            )  # fmt: skip
            (reply,) = await pair.put(parcel)
            assert isinstance(reply, Changed), reply
            assert reply.heard.choices[pair.choice] is False
            assert reply.heard.remote_id == Pii(remote_id)
        held = pair.system.people()[remote_id]
        assert held.choices[pair.choice] is False
        assert held.facts[pair.fact] == "Augusta"

    async def test_a_new_link_never_goes_over_a_no_that_stood_there(self, pair: Pair) -> None:
        if not (self.guards and self.finds_by_key):
            pytest.skip("it tells nobody what it holds")
        remote_id = await begun(pair, yes=True)
        pair.system.change(remote_id, choices={pair.choice: False})
        (reply,) = await pair.put(pair.parcel(yes=True))
        assert isinstance(reply, Changed), reply
        assert pair.system.people()[remote_id].choices[pair.choice] is False

    async def test_a_new_yes_goes_over_a_no_that_was_agreed_on(self, pair: Pair) -> None:
        remote_id = await begun(pair, yes=False)
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=False))
        assert told(reply) == remote_id
        assert pair.system.people()[remote_id].choices[pair.choice] is True

    async def test_a_no_that_was_said_again_since_is_news(self, pair: Pair) -> None:
        if not (self.guards and pair.knows_times):
            pytest.skip("it keeps no times of choices")
        remote_id = await begun(pair, yes=True)
        pair.system.change(remote_id, choices={pair.choice: False})
        before = NOON - timedelta(days=3650)
        (reply,) = await pair.put(
            pair.parcel(remote_id=remote_id, yes=True, agreed=False, known_until=before)
        )
        assert isinstance(reply, Changed), reply
        assert reply.heard.choices[pair.choice] is False
        assert reply.heard.chosen_at[pair.choice] > before
        assert pair.system.people()[remote_id].choices[pair.choice] is False

    async def test_a_no_that_nobody_said_hides_none(self, pair: Pair) -> None:
        if not self.guards:
            pytest.skip("it tells nobody what it holds")
        remote_id = await begun(pair, yes=True)
        pair.system.change(remote_id, choices={pair.choice: False})
        pause = pair.parcel(remote_id=remote_id, yes=False, agreed=True, is_withheld=True)
        (reply,) = await pair.put(pause)
        assert isinstance(reply, Changed), reply
        assert reply.heard.choices[pair.choice] is False

    async def test_a_no_goes_where_they_said_no_themselves(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        pair.system.change(remote_id, choices={pair.choice: False})
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=False, agreed=True))
        assert isinstance(reply, Acknowledged)
        assert pair.system.people()[remote_id].choices[pair.choice] is False

    async def test_a_remote_id_suffices_to_remove(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        for _ in range(2):
            (reply,) = await pair.put(pair.removal(remote_id))
            assert isinstance(reply, Acknowledged), reply
        assert not pair.system.people()

    async def test_removing_nobody_is_done_at_once(self, pair: Pair) -> None:
        await begun(pair)
        (reply,) = await pair.put(pair.removal(None))
        assert isinstance(reply, Acknowledged), reply
        assert len(pair.system.people()) == 1

    async def test_whom_it_never_acknowledged_is_removed_under_each_address(
        self, pair: Pair
    ) -> None:
        """They changed it between two answers that were lost."""
        if not self.finds_by_key:
            pytest.skip("it finds nobody by an address")
        await pair.put(pair.parcel(ADA))
        await pair.put(pair.parcel(BEN))
        tried: list[Mapping[str, Pii[str]]] = [{pair.key: Pii(one)} for one in (ADA, BEN)]
        for _ in range(2):
            removal = replace(pair.removal(None), keys=tried[-1], tried=tried)
            (reply,) = await pair.put(removal)
            assert isinstance(reply, Acknowledged), reply
        assert not pair.system.people()

    async def test_answers_come_in_the_order_of_parcels(self, pair: Pair) -> None:
        count = min(pair.adapter.spec.at_once, 5)
        addresses = [f"needle-{number}@example.org" for number in range(count)]
        first = [told(one) for one in await pair.put(*map(pair.parcel, addresses))]
        assert len(set(first)) == count
        changed = [
            pair.parcel(address, remote_id=remote_id, facts={pair.fact: address[:8]})
            for address, remote_id in reversed(list(zip(addresses, first, strict=True)))
        ]
        again = [told(one) for one in await pair.put(*changed)]
        assert again == first[::-1]
        people = pair.system.people()
        assert [people[one].facts[pair.fact] for one in first] == [a[:8] for a in addresses]

    async def test_one_bad_person_spoils_no_other(self, pair: Pair) -> None:
        if not pair.refused or pair.adapter.spec.at_once < 2:
            pytest.skip("it refuses nobody alone")
        bad = pair.parcel(BEN, facts=pair.refused, yes=True)
        replies = await pair.put(pair.parcel(), bad)
        assert isinstance(replies[0], Acknowledged), replies[0]
        assert isinstance(replies[1], Never), replies[1]
        assert len(replies[1].problem) <= 80
        says_nothing(replies[1], replies[1].problem)

    async def test_putting_and_removing_can_go_together(self, pair: Pair) -> None:
        if pair.adapter.spec.at_once < 2:
            pytest.skip("one at a time")
        remote_id = await begun(pair)
        replies = await pair.put(pair.removal(remote_id), pair.parcel(BEN))
        assert all(isinstance(one, Acknowledged) for one in replies)
        assert list(pair.system.people()) == [told(replies[1])]

    # -------------------------------------------------------------- faults
    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_at_any_call_is_survived(self, pair: Pair, fault: Fault) -> None:
        if fault not in pair.system.supported:
            pytest.skip("not a fault of this system")
        remote_id = await begun(pair, address=BEN)
        for after in range(MOST_CALLS):
            act = [
                pair.parcel(yes=True, agreed=True),
                pair.parcel(BEN, remote_id=remote_id, facts={pair.fact: str(after)}),
            ][: pair.adapter.spec.at_once]
            pair.system.fail(fault, after=after)
            await self._tried(pair, act, fault)
            if pair.system.heal():
                break  # it passed untouched
            for reply in await pair.put(*act):
                assert isinstance(reply, Acknowledged), reply
            assert len(pair.system.people()) == 2
        else:
            pytest.fail("an act of that many calls is too much")
        says_nothing(*pair.system.traces())

    async def _tried(
        self, pair: Pair, act: Sequence[Parcel], fault: Fault, *, is_done: bool = True
    ) -> None:
        try:
            with hurried(pair.line, fault):
                replies = await pair.put(*act)
        except NotLetIn as error:
            says_nothing(error)
            assert fault is Fault.LOCKED_OUT
        except Unreached as error:
            says_nothing(error, error.problem)
            assert fault is not Fault.LOCKED_OUT
            after = RETRY_AFTER if fault is Fault.LIMITED else error.after
            assert error.after == after  # noqa: PT017 - either is right
        else:
            fine = Acknowledged | Later if is_done else Later
            assert all(isinstance(one, fine) for one in replies), replies

    async def test_a_removal_survives_faults(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        for fault in sorted(pair.system.supported):
            pair.system.fail(fault)
            await self._tried(pair, [pair.removal(remote_id)], fault, is_done=self.heals)
            pair.system.heal()
        pair.system.heal()
        (reply,) = await pair.put(pair.removal(remote_id))
        assert isinstance(reply, Acknowledged)
        assert not pair.system.people()

    async def test_a_check_says_what_is_wrong(self, pair: Pair) -> None:
        if not self.checks or not pair.system.supported >= {Fault.BROKEN, Fault.LOCKED_OUT}:
            pytest.skip("nothing is asked")
        pair.system.fail(Fault.BROKEN, times=20)
        with pytest.raises(Unreached):
            await pair.adapter.check(pair.line)
        pair.system.heal()
        pair.system.fail(Fault.LOCKED_OUT, times=20)
        with pytest.raises(NotLetIn):
            await pair.adapter.check(pair.line)
        pair.system.heal()

    async def test_nothing_personal_is_left_on_the_way(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        pair.system.change(remote_id, choices={pair.choice: False})
        replies = [
            *await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=True)),
            *await pair.put(pair.removal(remote_id)),
        ]
        says_nothing(*replies, pair.line, pair.adapter, *pair.system.traces())
        for secret in pair.line.secrets.values():
            assert secret not in repr(pair.line)
            assert not any(secret in trace for trace in pair.system.traces())


# ------------------------------------------------------------------ readers
class ReaderContract:
    """What a system that can be asked what changed does."""

    hears_removals: ClassVar[bool] = False  # somebody deleted there is heard of; needs `delete`

    def _reader(self, pair: Pair) -> Reader:
        assert isinstance(pair.adapter, Reader)
        return pair.adapter

    async def test_a_reader_begins_with_everybody(self, pair: Pair) -> None:
        names = [await begun(pair, address=f"needle-{n}@example.org") for n in range(5)]
        heard, _ = await everything(self._reader(pair), pair.line, None)
        assert {one.remote_id for one in heard} == {Pii(name) for name in names}
        first = about(heard, names[0])
        assert first.keys[pair.key] == Pii("needle-0@example.org")
        assert first.facts[pair.fact] == Pii("Augusta")
        assert first.choices[pair.choice] is True
        says_nothing(*heard, *pair.system.traces())

    async def test_a_change_is_heard_after_a_cursor(self, pair: Pair) -> None:
        ada, ben = await begun(pair), await begun(pair, address=BEN)
        reader = self._reader(pair)
        _, cursor = await everything(reader, pair.line, None)
        pair.system.change(ben, facts={pair.fact: "Benjamin"})
        heard, cursor = await everything(reader, pair.line, cursor)
        assert about(heard, ben).facts[pair.fact] == Pii("Benjamin")
        pair.system.change(ada, choices={pair.choice: False})
        heard, cursor = await everything(reader, pair.line, cursor)
        assert about(heard, ada).choices[pair.choice] is False
        pair.system.change(ada, facts={pair.other: None})
        heard, _ = await everything(reader, pair.line, cursor)
        assert about(heard, ada).facts[pair.other] == Pii(None)

    async def test_two_changes_of_one_instant_are_both_heard(self, pair: Pair) -> None:
        names = [await begun(pair, address=f"needle-{n}@example.org") for n in range(7)]
        reader = self._reader(pair)
        _, cursor = await everything(reader, pair.line, None)
        at = NOON + timedelta(hours=1)
        for number, name in enumerate(names[:4]):
            pair.system.change(name, facts={pair.fact: f"one {number}"}, at=at)
        heard, cursor = await everything(reader, pair.line, cursor)
        for number, name in enumerate(names[:4]):
            assert about(heard, name).facts[pair.fact] == Pii(f"one {number}")
        # The same instant once more, seen only after the cursor has passed it.
        for number, name in enumerate(names[4:]):
            pair.system.change(name, facts={pair.fact: f"two {number}"}, at=at)
        heard, _ = await everything(reader, pair.line, cursor)
        for number, name in enumerate(names[4:]):
            assert about(heard, name).facts[pair.fact] == Pii(f"two {number}")

    async def test_asking_again_with_the_same_cursor_is_harmless(self, pair: Pair) -> None:
        ada = await begun(pair)
        reader = self._reader(pair)
        _, cursor = await everything(reader, pair.line, None)
        pair.system.change(ada, choices={pair.choice: False})
        for _ in range(2):
            heard, _ = await everything(reader, pair.line, cursor)
            assert about(heard, ada).choices[pair.choice] is False

    async def test_somebody_deleted_there_is_heard_of(self, pair: Pair) -> None:
        if not self.hears_removals:
            pytest.skip("its reader does not see deletions")
        ada, ben = await begun(pair), await begun(pair, address=BEN)
        reader = self._reader(pair)
        _, cursor = await everything(reader, pair.line, None)
        pair.there.delete(ada)
        heard, _ = await everything(reader, pair.line, cursor)
        assert about(heard, ada).is_removed
        assert not any(one.is_removed for one in heard if one.remote_id == Pii(ben))

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_fault_skips_nothing(self, pair: Pair, fault: Fault) -> None:
        if fault not in pair.system.supported:
            pytest.skip("not a fault of this system")
        ada = await begun(pair)
        reader = self._reader(pair)
        _, cursor = await everything(reader, pair.line, None)
        pair.system.change(ada, choices={pair.choice: False})
        for after in range(MOST_CALLS):
            pair.system.fail(fault, after=after)
            expected = NotLetIn if fault is Fault.LOCKED_OUT else Unreached
            try:
                with hurried(pair.line, fault):
                    heard, _ = await everything(reader, pair.line, cursor)
            except expected as error:
                says_nothing(error)
            else:
                assert about(heard, ada).choices[pair.choice] is False
            if pair.system.heal():
                break
        heard, _ = await everything(reader, pair.line, cursor)
        assert about(heard, ada).choices[pair.choice] is False

    async def test_a_cursor_that_makes_no_sense_is_no_reason_to_skip(self, pair: Pair) -> None:
        ada = await begun(pair)
        heard, _ = await everything(self._reader(pair), pair.line, "no cursor of ours")
        assert about(heard, ada).choices[pair.choice] is True


# ------------------------------------------------------------------ comparers
class ComparerContract:
    """What a system that can list whom it holds does."""

    async def test_everybody_is_listed_once_with_their_choices(self, pair: Pair) -> None:
        assert isinstance(pair.adapter, Comparer)
        answers = [True, False, True, False, True]
        names = [
            await begun(pair, address=f"needle-{n}@example.org", yes=yes)
            for n, yes in enumerate(answers)
        ]
        listed: list[Heard] = []
        after: str | None = None
        for _ in range(20):
            page = await pair.adapter.compare(pair.line, after)
            says_nothing(page.cursor)
            listed += page.heard
            after = page.cursor
            if page.is_all:
                break
        found = {one.remote_id: one.choices[pair.choice] for one in listed}
        assert len(listed) == len(found)
        assert found == {Pii(n): yes for n, yes in zip(names, answers, strict=True)}
        says_nothing(*pair.system.traces())


# ------------------------------------------------------------------ listeners
class Caller(Protocol):
    """A counterpart that calls us."""

    def call(
        self, remote_id: str, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return the request that says a person's choice is no; signed with another secret."""
        ...

    def call_with(self, body: bytes, line: Line, *, at: datetime) -> Received:
        """Return a request with any body, signed as it must be."""
        ...


class ListenerContract:
    """What a system that calls us does."""

    tells_time: ClassVar[bool] = True  # its signature covers a time
    hears_choice: ClassVar[bool] = True  # a choice comes that way

    def _ends(self, pair: Pair) -> tuple[Listener, Caller]:
        assert isinstance(pair.adapter, Listener)
        return pair.adapter, pair.there

    async def test_a_signed_call_is_heard(self, pair: Pair) -> None:
        adapter, caller = self._ends(pair)
        remote_id = await begun(pair)
        request = caller.call(remote_id, pair.line, at=pair.line.clock.now())
        heard, returned = await adapter.hear(pair.line, request)
        assert 200 <= returned.status < 300
        if self.hears_choice:
            assert about(heard, remote_id).choices[pair.choice] is False
            assert about(heard, remote_id).message_id
        says_nothing(*heard, request, returned)

    async def test_a_wrong_signature_is_refused(self, pair: Pair) -> None:
        adapter, caller = self._ends(pair)
        remote_id, now = await begun(pair), pair.line.clock.now()
        good = caller.call(remote_id, pair.line, at=now)
        wrong = caller.call(remote_id, pair.line, at=now, secret="of-somebody-else-entirely")
        bare = Received(good.method, good.url, {}, good.body, good.query)
        changed = Received(good.method, good.url, good.headers, good.body + b" ", good.query)
        empty = Received(
            good.method, good.url, dict.fromkeys(good.headers, ""), good.body, good.query
        )
        for request in (wrong, bare, changed, empty):
            with pytest.raises(BadSignature) as caught:
                await adapter.hear(pair.line, request)
            says_nothing(caught.value)

    async def test_an_old_call_and_one_of_the_future_are_refused(self, pair: Pair) -> None:
        if not self.tells_time:
            pytest.skip("its signature covers no time")
        adapter, caller = self._ends(pair)
        remote_id, now = await begun(pair), pair.line.clock.now()
        for at in (now - timedelta(minutes=10), now + timedelta(minutes=10)):
            with pytest.raises(TooOld):
                await adapter.hear(pair.line, caller.call(remote_id, pair.line, at=at))

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"null", b"7", b"[7]", b"\xff\xfe", b"[" * 3_000]
    )
    async def test_a_body_of_another_form_is_refused(self, pair: Pair, body: bytes) -> None:
        adapter, caller = self._ends(pair)
        request = caller.call_with(body, pair.line, at=pair.line.clock.now())
        with pytest.raises(BadMessage) as caught:
            await adapter.hear(pair.line, request)
        says_nothing(caught.value)
