"""Two systems and a bad network between them: one person, one choice, one fact, in memory.

Our side decides by the very rules of the engine (`model/hearing.py`) and keeps its books as the
engine does: a base of marks, an open delivery with what was tried and not acknowledged. The other
side is as good or as bad as `Kind` says: it knows times or not, and writes under a version or
under what was agreed on. Calls, answers, webhooks and pages may be late, doubled, reordered, lost.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    State,
    What,
)
from candor.domain.connections.model.hearing import (
    Standing,
    Weighed,
    is_known,
    is_late,
    weigh_choices,
    weigh_facts,
)
from candor.domain.connections.model.talk import Heard, Value
from candor.kernel.pii import Pii

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
NEWS, CITY = "newsletter", "town"
CONNECTION = Connection(
    connection_id=UUID(int=1),
    code="crm",
    name="CRM",
    adapter="memory",
    vendor_id=None,
    directions=frozenset({Direction.OUT, Direction.IN}),
    purposes=("news",),
    mapping=(
        Field("mail", What.IDENTIFIER, "email", is_key=True),
        Field(NEWS, What.PURPOSE, "news", direction=Direction.BOTH),
        Field(CITY, What.ATTRIBUTE, "city", direction=Direction.BOTH),
    ),
    settings={},
    secrets=None,
    source="crm",
    removal=Removal.CLEAR,
    at_once=1,
    per_minute=None,
    state=State.ACTIVE,
    why=None,
    edition=1,
    added_by="test",
    added_at=BEGIN,
    changed_at=BEGIN,
    ended_at=None,
)


def mark(there: str, value: "Pii[Value] | Value") -> str:
    """Return a mark that can be read: the laws do not depend on the hash."""
    plain = value.reveal() if isinstance(value, Pii) else value
    return f"{there}:{plain}"


@dataclass(frozen=True)
class Kind:
    """What the other system can do."""

    knows_times: bool
    has_versions: bool
    takes_times: bool = False  # it keeps when a choice was made that we tell it of


@dataclass(frozen=True)
class Record:
    """The person's record there."""

    choice: bool = False
    chosen_at: datetime = BEGIN
    city: str = ""
    changed_at: datetime = BEGIN
    version: int = 0


@dataclass(frozen=True)
class Call:
    """A delivery that left."""

    choice: bool | None
    city: str | None
    agreed: bool | None
    version: int | None
    chosen_at: datetime
    known_until: datetime | None  # a no there that is younger is news
    is_withheld: bool  # a no that nobody said


@dataclass
class Books:
    """What our side knows of the other, and has on the way."""

    base: dict[str, str] = field(default_factory=dict)
    version: int | None = None
    told_at: datetime | None = None
    refused: dict[str, datetime] = field(default_factory=dict)  # when each no was acknowledged
    heard_at: datetime | None = None
    heard_as: Heard | None = None  # what was heard last, when it came to nothing
    is_due: bool = False
    tried: frozenset[str] = frozenset()  # fields that left and were not acknowledged
    sent_at: datetime | None = None
    call: Call | None = None  # in flight


Judge = Callable[..., Weighed]


@dataclass
class World:
    """Everything. `said` is the truth that nobody in it knows: what the person said, in order."""

    dice: random.Random
    kind: Kind
    judge: Judge = weigh_choices
    now: datetime = BEGIN
    said: list[tuple[datetime, bool]] = field(default_factory=list)
    spoken_here: set[tuple[datetime, bool]] = field(default_factory=set)
    ours: list[tuple[datetime, bool]] = field(default_factory=list)  # our history of choices
    is_withheld: bool = False  # a pause, a restriction: no, and nobody said so
    weighs_word: bool = (
        False  # what is heard is weighed against the word (topics, while paused)
    )
    remembers: bool = False  # what is read again, word for word, is not weighed again
    left_out: int = 0
    cities: list[tuple[datetime, str]] = field(default_factory=list)  # answers, by time
    last_city: str = ""
    record: Record = field(default_factory=Record)
    books: Books = field(default_factory=Books)
    pages: list[tuple[Heard, datetime | None]] = field(default_factory=list)

    _made: bool | None = None
    _is_made: bool = False

    # ------------------------------------------------------------ our side
    @property
    def answer(self) -> bool:
        """Return what is allowed here: the latest word, unless it is withheld for a while."""
        return self.word and not self.is_withheld

    @property
    def word(self) -> bool:
        """Return the latest word here, on a tie a no; silence is no."""
        return max(self.ours, key=lambda one: (one[0], not one[1]))[1] if self.ours else False

    @property
    def city(self) -> str:
        """Return the fact that survives here: the most recent."""
        return max(self.cities)[1] if self.cities else ""

    def tick(self) -> None:
        """Let some time pass."""
        self.now += timedelta(milliseconds=self.dice.randint(1, 5_000))

    def say_here(self, *, answer: bool) -> None:
        """Let the person choose here."""
        self.said.append((self.now, answer))
        self.spoken_here.add((self.now, answer))
        self.ours.append((self.now, answer))
        self.books.is_due = True

    def withhold(self) -> None:
        """Let a pause or a restriction begin, or end."""
        self.is_withheld = not self.is_withheld
        self.books.is_due = True

    def move_here(self) -> None:
        """Let the person move, and say so here."""
        self.last_city = f"town{self.dice.randint(0, 10**9)}"
        self.cities.append((self.now, self.last_city))
        self.books.is_due = True

    def send(self) -> None:
        """Send what differs, and what was tried: a delivery that is due leaves."""
        books = self.books
        if not books.is_due or books.call is not None:
            return
        wanted: dict[str, Value] = {NEWS: self.answer, CITY: self.city}
        going = {n for n, v in wanted.items() if books.base.get(n) != mark(n, v)} | books.tried
        books.is_due = False
        if not going:
            return
        unsure = self._unsure()
        known = None if NEWS in unsure else books.base.get(NEWS)
        said_at = max((at for at, _ in self.ours), default=None)
        times = [at for at in (said_at, books.refused.get(NEWS)) if at is not None]
        is_withheld = self.word and not self.answer
        chosen_at = self.now if said_at is None else said_at
        if is_withheld:
            chosen_at -= timedelta(seconds=1)  # older than the yes that it holds back
        books.call = Call(
            choice=self.answer if NEWS in going else None,
            city=self.city if CITY in going else None,
            agreed=None if known is None else known == mark(NEWS, True),
            version=books.version,
            chosen_at=chosen_at,
            known_until=max(times, default=None),
            is_withheld=is_withheld,
        )
        books.tried |= going
        books.sent_at = self.now
        if not self.kind.has_versions:
            # What was read just before is the condition: so nothing lies between the two.
            self._made, self._is_made = self._make(books.call), True

    def _unsure(self) -> frozenset[str]:
        """Return what left since we last heard, and was not acknowledged."""
        books = self.books
        if books.sent_at is not None and books.heard_at is not None:
            return books.tried if books.heard_at < books.sent_at else frozenset()
        return books.tried

    def arrive(self) -> None:
        """Let a call come in, where it was not made at once, and its answer come back, or not."""
        call, self.books.call = self.books.call, None
        if call is None:
            return
        changed = self._made if self._is_made else self._make(call)
        self._is_made = False
        if changed is None or self.dice.random() < 0.15:
            self.books.is_due = True  # it was lost, or its answer is: tried again
        elif changed:
            self.hear(self._heard(), None)
            self.books.is_due = True
        else:
            self._acknowledged(call)

    def _make(self, call: Call) -> bool | None:
        """Make a call; tell whether the record had changed; None: it never arrived."""
        if self.dice.random() < 0.15:
            return None
        changed = self._apply(call)
        if self.dice.random() < 0.1:
            self._apply(call)  # doubled by the network
        return changed

    def _acknowledged(self, call: Call) -> None:
        books = self.books
        if call.choice is not None:
            books.base[NEWS] = mark(NEWS, call.choice)
            if not call.choice:
                books.refused[NEWS] = self.now
        if call.city is not None:
            books.base[CITY] = mark(CITY, call.city)
        if self.kind.has_versions:
            books.version = self.record.version
        books.told_at, books.tried, books.heard_as = self.now, frozenset(), None

    def hear(self, heard: Heard, read_at: datetime | None) -> None:
        """Hear what the other side says, by the rules of the engine."""
        books = self.books
        is_again = self.remembers and read_at is not None and not books.tried
        if is_again and heard == books.heard_as:
            self.left_out += 1
            return
        late = is_late(books.told_at, read_at)
        facts = weigh_facts(CONNECTION, heard, books.base, mark, is_late=late)
        said_at = max((at for at, _ in self.ours), default=None)
        standing: Mapping[str, Standing] = {
            NEWS: Standing(
                answer=self.word if self.weighs_word else self.answer,
                is_withheld=self.is_withheld and self.word,
                is_no=bool(self.ours) and not self.word,
                said_at=said_at,
                may_bring_yes=True,
            )
        }
        choices = self.judge(
            CONNECTION,
            heard,
            books.base,
            mark,
            standing,
            now=self.now,
            told_at=books.told_at,
            refused=books.refused,
            is_late=late,
            unsure=self._unsure(),
            tried=books.tried,
        )
        for _, value in facts.facts:
            at = min(heard.changed_at or self.now, self.now)
            self.cities.append((at, str(value.reveal())))
        for said in choices.choices:
            self.ours.append((said.decided_at, said.answer))
        for name, fresh in {**facts.base, **choices.base}.items():
            if fresh is None:
                books.base.pop(name, None)
            else:
                books.base[name] = fresh
        if heard.version is not None:
            books.version = int(heard.version)
        books.heard_at = self.now
        same_again = is_known(CONNECTION, heard, books.base, facts, choices)
        books.heard_as = heard if same_again else None
        books.is_due = books.is_due or facts.is_due or choices.is_due

    # ------------------------------------------------------------ the other side
    def say_there(self, *, answer: bool) -> None:
        """Let the person choose there, and the system tell of it.

        A system that knows no times only tells that a choice is another than before: saying again
        what stands there, or what we know to stand there, is nothing that anybody could hear.

        Without versions it is the same for the instant of a call that brings a no: whoever says no
        there too, between its arrival and its answer, says what stands there.
        """
        call = self.books.call
        if not (answer or self.kind.has_versions) and call is not None and call.choice is False:
            return
        is_known = self.record.choice == answer or self.books.base.get(NEWS) == mark(
            NEWS, answer
        )
        if is_known and not self.kind.knows_times:
            return
        self.said.append((self.now, answer))
        self._write(choice=answer, chosen_at=self.now)

    def move_there(self) -> None:
        """Let the person move, and say so there."""
        self.last_city = f"town{self.dice.randint(0, 10**9)}"
        self._write(city=self.last_city)

    def _write(self, **changes: object) -> None:
        self.record = replace(
            self.record,
            **changes,  # type: ignore[arg-type] - the fields of the record
            changed_at=self.now,
            version=self.record.version + 1,
        )
        if self.dice.random() < 0.8:  # a webhook is sent, and may be lost
            self.pages.append((self._heard(), None if self.kind.knows_times else self.now))

    def _apply(self, call: Call) -> bool:
        """Write what a call says; tell whether it was refused because the record had changed."""
        record = self.record
        is_younger = self.kind.knows_times and (
            call.known_until is None or record.chosen_at > call.known_until
        )
        if self.kind.has_versions:
            if call.version != record.version:
                return True
        elif (
            not record.choice
            and (call.choice or (call.choice is False and call.is_withheld))
            and (call.agreed is not False or is_younger)
        ):
            return True  # a no that nobody has heard yet
        changes: dict[str, object] = {}
        if call.choice is not None and call.choice != record.choice:
            at = call.chosen_at if self.kind.takes_times else self.now
            changes |= {"choice": call.choice, "chosen_at": at}
        if call.city is not None and call.city != record.city:
            changes["city"] = call.city
        if changes:
            self._write(**changes)
        return False

    def _heard(self) -> Heard:
        return self.heard_of(self.record)

    def heard_of(self, record: Record) -> Heard:
        """Return what a record says."""
        kind = self.kind
        return Heard(
            remote_id=Pii("1"),
            facts={CITY: Pii(record.city)},
            choices={NEWS: record.choice},
            chosen_at={NEWS: record.chosen_at} if kind.knows_times else {},
            changed_at=record.changed_at if kind.knows_times else None,
            version=str(record.version) if kind.has_versions else None,
        )

    def read(self) -> None:
        """Read a page; it is heard at some time after, by an overlap several times."""
        self.pages += [(self._heard(), self.now)] * (3 if self.remembers else 1)

    def hear_some(self) -> None:
        """Hear one of the pages and messages that are under way, in any order, perhaps twice."""
        if self.pages:
            place = self.dice.randrange(len(self.pages))
            page = self.pages[place]
            if self.dice.random() < 0.8:
                del self.pages[place]
            self.hear(*page)

    # ------------------------------------------------------------ running
    def step(self) -> None:
        """Do one thing."""
        self.tick()
        acts: list[Callable[[], None]] = [
            lambda: self.say_here(answer=True),
            lambda: self.say_here(answer=False),
            lambda: self.say_there(answer=True),
            lambda: self.say_there(answer=False),
            self.move_here,
            self.move_there,
            self.withhold,
        ]
        acts += [self.send, self.send, self.arrive, self.arrive]
        acts += [self.read, self.hear_some, self.hear_some]
        self.dice.choice(acts)()

    def calm_down(self) -> int:
        """Let everything that is under way come in, then read and send until nothing happens."""
        if self.is_withheld:
            self.withhold()
        for page in self.pages:
            self.tick()
            self.hear(*page)
        self.pages.clear()
        for round_ in range(60):
            self.tick()
            self.arrive()
            self.pages.clear()  # what is read below says the same
            self.tick()
            self.hear(self._heard(), self.now)
            self.tick()
            self.send()
            if self.books.call is None and not self.books.is_due and self.is_agreed:
                return round_
        return -1

    @property
    def is_agreed(self) -> bool:
        """Tell whether both sides hold the same."""
        return self.record.choice == self.answer and self.record.city == self.city

    @property
    def was_here(self) -> bool:
        """Tell whether the person said it here."""
        return bool(self.said) and self.said[-1] in self.spoken_here

    @property
    def last_word(self) -> bool:
        """Return what the person said last; silence is no."""
        return self.said[-1][1] if self.said else False
