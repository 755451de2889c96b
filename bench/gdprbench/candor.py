"""GDPRbench on Candor: real services, with sealing, gate, audit entries and change feed."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from bench.gdprbench.work import KINDS, PURPOSES, Answer, Asked, Deed, Record
from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import (
    Attribute,
    Document,
    Identifier,
    LegalBasis,
    Purpose,
    PurposeText,
    Regime,
    Source,
)
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import choices, notices
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles import queries
from candor.domain.profiles.model import SealedAttribute
from candor.domain.profiles.service import keep, kept, lookup
from candor.domain.profiles.service.keep import Said
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

DECISIONS: Final = "decisions"
NUMBER: Final = "customer_number"
_BENCH: Final = Actor.machine("bench")
_AT_ONCE: Final = 1_000


def catalogue(editions: int) -> Document:
    """Return a catalogue with 25 purposes, ten sources and ten kinds of attributes.

    `editions`: how many records somebody may have of each kind.
    """
    purposes = [_purpose(f"p{n}", f"shr{n % KINDS}") for n in range(PURPOSES)]
    return Document(
        company="GDPRbench",
        locales=("en",),
        purposes=(*purposes, _purpose(DECISIONS, "")),
        identifiers=(Identifier(kind=NUMBER, title="Number", priority=100, limit=2),),
        attributes=tuple(
            Attribute(
                code=f"record_{kind}_{edition}",
                title=f"Record {edition}",
                group=("contact", "about", "household", "device", "inferred")[kind % 5],
                purposes=tuple(purpose.code for purpose in purposes),
                max_length=2_000,
                retention=f"P{1 + kind}D",
            )
            for kind in range(KINDS)
            for edition in range(editions)
        ),
        events=(),
        sources=tuple(
            Source(code=f"src{kind}", title=f"Source {kind}", place="here", user_id=NUMBER)
            for kind in range(KINDS)
        ),
    )


def _purpose(code: str, recipient: str) -> Purpose:
    text = PurposeText(title=code, plain=f"We use it for {code}.", gain="It works.")
    return Purpose(
        code=code,
        texts={"en": text},
        basis=dict.fromkeys(Regime, LegalBasis.CONSENT),
        recipients=(recipient,) if recipient else (),
    )


class InCandor:
    """The records as answers about people."""

    def __init__(self, candor: Candor, rules: Rules) -> None:
        """Take a process of Candor whose catalogue is `catalogue`."""
        self._candor = candor
        self._rules = rules
        self._in_force = rules.in_force

    @staticmethod
    async def made(candor: Candor, editions: int) -> "InCandor":
        """Put the catalogue in force."""
        async with candor.database.tx("bench") as tx:
            await notices.put_in_force(
                tx, document=catalogue(editions), actor=_BENCH, clock=candor.clock
            )
        async with candor.database.read() as tx:
            return InCandor(candor, await candor.rulebook.rules(tx))

    async def load(self, records: Sequence[Record]) -> None:
        """Begin all people with what they chose, and keep their records."""
        users = {record.user: record for record in reversed(records)}
        whose: dict[int, ProfileId] = {}
        waiting = iter(users.values())
        while some := list(islice(waiting, _AT_ONCE)):
            async with self._candor.database.tx("bench") as tx:
                whose |= await self._begin(tx, some)
        rest = iter(records)
        while some := list(islice(rest, _AT_ONCE)):
            async with self._candor.database.tx("bench") as tx:
                said = [self._said(whose[one.user], one) for one in some]
                keys = await self._candor.vault.keys(tx, {one.profile_id for one in said})
                await keep.put(tx, said, keys, self._candor.clock)

    async def do(self, asked: Asked) -> Answer:
        """Carry an operation out; one that met another's lock is done again."""
        while True:
            try:
                async with self._candor.database.tx("bench") as tx:
                    return await self._do(tx, asked)
            except Unavailable:
                continue

    async def _do(self, tx: Tx, asked: Asked) -> Answer:
        match asked.deed:
            case Deed.READ_PUR | Deed.META_PUR | Deed.MARK_PUR:
                rows = await kept.kept_for(
                    tx,
                    [f"p{asked.record.purpose}"],
                    in_force=self._in_force,
                    at_most=1_000_000,
                )
                return await self._of_many(tx, asked, rows)
            case _:
                return await self._of_one(tx, asked)

    async def _of_many(self, tx: Tx, asked: Asked, rows: Sequence[SealedAttribute]) -> Answer:
        match asked.deed:
            case Deed.META_PUR | Deed.META_USR:
                return sorted(self._metadata(row) for row in rows)
            case Deed.MARK_PUR | Deed.MARK_USR:
                is_on = asked.edition % 2
                await kept.use_for(
                    tx,
                    rows,
                    added=[DECISIONS] if is_on else [],
                    taken=[] if is_on else [DECISIONS],
                    actor=_BENCH,
                    in_force=self._in_force,
                    clock=self._candor.clock,
                )
                return len(rows)
            case _:
                values = await kept.open_kept(
                    tx,
                    rows,
                    purpose=f"p{asked.record.purpose}",
                    actor=_BENCH,
                    in_force=self._in_force,
                    vault=self._candor.vault,
                )
                return sorted(msgspec.json.decode(one.reveal(), type=str) for one in values)

    async def _of_one(self, tx: Tx, asked: Asked) -> Answer:
        record = asked.record
        profile_id = await self._find(tx, record)
        if profile_id is None:
            return asked.deed is Deed.VERIFY
        if asked.deed is Deed.DELETE_KEY:
            return await kept.remove(
                tx,
                profile_id,
                record.code,
                source=f"src{record.kind}",
                actor=_BENCH,
                in_force=self._in_force,
                vault=self._candor.vault,
                clock=self._candor.clock,
            )
        if asked.deed is Deed.LOGS:
            await audit.about(tx, await self._candor.vault.pseudonyms(tx, [profile_id]))
            return None
        rows = await kept.about(tx, [profile_id])
        own = [row for row in rows if row.attribute_id == self._number(record)]
        match asked.deed:
            case Deed.READ_KEY:
                return await self._open_own(tx, profile_id, own)
            case Deed.VERIFY:
                return not own
            case Deed.UPDATE_KEY | Deed.INSERT:
                if own or asked.deed is Deed.INSERT:
                    await self._keep(tx, profile_id, record, asked.edition)
                return bool(own)
            case _:
                return await self._of_many(tx, asked, rows)

    async def _open_own(
        self, tx: Tx, profile_id: ProfileId, rows: Sequence[SealedAttribute]
    ) -> list[str]:
        """Open a record for the person themselves."""
        values = await kept.open_kept(
            tx,
            rows,
            purpose=OWN_DATA,
            actor=await self._candor.vault.customer(tx, profile_id),
            in_force=self._in_force,
            vault=self._candor.vault,
        )
        return [msgspec.json.decode(one.reveal(), type=str) for one in values]

    async def _keep(self, tx: Tx, profile_id: ProfileId, record: Record, edition: int) -> None:
        keys = await self._candor.vault.keys(tx, [profile_id])
        said = self._said(profile_id, record, edition)
        await keep.put(tx, [said], keys, self._candor.clock)

    def _said(self, profile_id: ProfileId, record: Record, edition: int = 0) -> Said:
        purposes = [f"p{record.purpose}", *([DECISIONS] if record.decisions else [])]
        return Said(
            profile_id=profile_id,
            attribute_id=self._number(record),
            source_id=self._in_force.numbers.sources[f"src{record.kind}"],
            value=Pii(record.data(edition)),
            purposes=self._in_force.mask(tuple(purposes)),
            changed_by="machine",
            observed_at=self._candor.clock.now(),
        )

    def _number(self, record: Record) -> int:
        return self._in_force.numbers.attributes[record.code]

    def _metadata(self, row: SealedAttribute) -> tuple[int, int]:
        bits = self._in_force.numbers.purposes
        is_on = row.purposes >> bits[DECISIONS] & 1
        kept_for = row.purposes & ~(1 << bits[DECISIONS])
        return self._purposes[kept_for.bit_length() - 1], is_on

    @property
    def _purposes(self) -> dict[int, int]:
        bits = self._in_force.numbers.purposes
        return {bits[f"p{n}"]: n for n in range(PURPOSES)}

    async def _find(self, tx: ReadTx, record: Record) -> ProfileId | None:
        """Find a person as anybody does, by the blind index of their number."""
        named = (NUMBER, f"user{record.user}")
        owner = (await lookup.owners(tx, [named], self._candor.vault)).get(named)
        return None if owner is None else ProfileId(owner.profile_id)

    async def _begin(self, tx: Tx, records: Sequence[Record]) -> dict[int, ProfileId]:
        """Begin people: profile, key, number, state, a yes to their purpose and a no."""
        candor, now = self._candor, self._candor.clock.now()
        ids = [ProfileId(new_id()) for _ in records]
        source = self._in_force.numbers.sources["src0"]
        keys = await candor.vault.create(tx, ids)
        candor.vault.remember(keys.values())
        await queries.insert_profiles(
            tx,
            {
                "profile_ids": ids,
                "is_known": [True] * len(ids),
                "source_ids": [source] * len(ids),
                "created_at": [now] * len(ids),
            },
        )
        numbers = [f"user{record.user}" for record in records]
        indexes = [candor.vault.index(NUMBER, number) for number in numbers]
        await queries.insert_identifiers(
            tx,
            {
                "profile_ids": ids,
                "kinds": [NUMBER] * len(ids),
                "indexes": indexes,
                "index_version": candor.vault.indexing.version,
                "sealed": [
                    keys[one].seal(IDENTIFIER.prefix(), number.encode(), index)
                    for one, number, index in zip(ids, numbers, indexes, strict=True)
                ],
                "source_ids": [source] * len(ids),
                "is_verified": [True] * len(ids),
                "first_seen_at": [now] * len(ids),
            },
        )
        policy = self._rules.policy
        await choices.start(tx, ids, regime=None, policy=policy, clock=candor.clock)
        said = [
            Statement(
                record_id=new_id(),
                via=profile_id,
                purpose_id=policy.bits[f"p{purpose}"],
                choice=choice,
                decided_at=now,
                surface="import",
            )
            for profile_id, record in zip(ids, records, strict=True)
            for purpose, choice in (
                (record.purpose, Choice.GRANTED),
                (_objection(record), Choice.DENIED),
            )
        ]
        await choices.record(
            tx, said, actor=_BENCH, vault=candor.vault, policy=policy, clock=candor.clock
        )
        return {record.user: one for record, one in zip(records, ids, strict=True)}


def _objection(record: Record) -> int:
    """Return the purpose that somebody objects to: never the one that their record is kept for."""
    return (record.purpose + 1 + record.number % 100 % (PURPOSES - 1)) % PURPOSES
