"""Finding whose it is what another system says, and saying at the door what is news in it.

A record is found by how the other side calls it, else by the identifiers that it names. Somebody
new is begun at the door. Of somebody known only what differs from what was agreed is said there,
under an identifier of theirs, so that a changed address is still about the same person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from candor.domain.audit.model import Actor
from candor.domain.connections.model.connection import Connection, Field
from candor.domain.connections.model.hearing import Outcome, Weighed, is_late, weigh_facts
from candor.domain.connections.model.talk import Heard, Value
from candor.domain.connections.queries import hearing as stored
from candor.domain.connections.queries.hearing import LinkRow
from candor.domain.connections.service import calling
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.decision import in_effect
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate
from candor.domain.profiles.service import anchors, read, tombstones
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.domain.vault.service import normalise
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

ACTOR: Final = Actor.machine("connections")


@dataclass(slots=True)
class One:
    """One heard person on the way."""

    heard: Heard
    key: bytes | None  # by which the message is remembered
    index: bytes | None  # by which the record is found
    owner: ProfileId | None = None
    link: LinkRow | None = None
    weighed: Weighed = field(default_factory=Weighed)
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    renamed: Sequence[tuple[Field, Pii[str]]] = ()  # identifiers that are new there

    @property
    def base(self) -> Mapping[str, str]:
        """Return what both sides last agreed on."""
        return self.link.base if self.link else {}


class Placing:
    """Finds people and says what is news, for one hearing of one connection."""

    def __init__(
        self,
        exchange: Exchange,
        connection: Connection,
        read_at: datetime | None,
        *,
        is_compared: bool,
    ) -> None:
        """Take what is heard; `read_at` and `is_compared` as `hearing.hear` has them."""
        self._exchange = exchange
        self._connection = connection
        self._id = connection.connection_id
        self._read_at = read_at
        self._is_compared = is_compared
        self._lock = exchange.lock(connection)

    async def place(self, tx: ReadTx, ones: Sequence[One], rules: Rules) -> None:
        """Find whose records are: by how they call the person, else by identifiers."""
        open_ones = [one for one in ones if one.owner is None]
        indexes = {one.index for one in open_ones if one.index}
        links = {
            bytes(row.remote_index): row
            for row in await stored.links_by_index(
                tx, connection_id=self._id, indexes=sorted(indexes)
            )
        }
        for one in open_ones:
            if one.index is not None and (row := links.get(one.index)) is not None:
                one.owner, one.link = ProfileId(row.profile_id), row
        rest = [one for one in open_ones if one.owner is None]
        found = await read.find_all(
            tx,
            [pair for one in rest for pair in self._pairs(one)],
            in_force=rules.in_force,
            vault=self._exchange.vault,
        )
        for one in rest:
            one.owner = next((found[pair] for pair in self._pairs(one) if pair in found), None)
        await self._to_heads(tx, [one for one in ones if one.owner and not one.link])

    async def _to_heads(self, tx: ReadTx, ones: Sequence[One]) -> None:
        """Point at whose record it is by our books: the profile that has the link, or the head."""
        owners = {one.owner for one in ones if one.owner}
        known = await gate.states(tx, owners)
        heads = {p: ProfileId(state.head_id) for p, state in known.items()}
        rows = await stored.links_of(
            tx, connection_id=self._id, profile_ids=sorted({*owners, *heads.values()})
        )
        links = {ProfileId(row.profile_id): row for row in rows if row.removed_at is None}
        for one in ones:
            if one.owner is None:
                continue
            if one.owner not in links:
                one.owner = heads.get(one.owner, one.owner)
            row = links.get(one.owner)
            if row is not None and one.index in {None, bytes(row.remote_index)}:
                one.link = row

    def _pairs(self, one: One) -> list[tuple[str, str]]:
        keys = calling.keys_of(self._connection, one.heard)
        return [calling.spelt((known.name, value)) for known, value in keys]

    # -------------------------------------------------------------- at the door
    async def knock(self, ones: Sequence[One], rules: Rules) -> None:
        """Say at the door what is news, and who is new; then look again whose it is."""
        strangers = [one for one in ones if one.owner is None]
        calls: list[Mapping[str, Any]] = []
        for one in ones:
            if one.heard.is_removed:
                continue
            made = (
                self._introduce(one, rules)
                if one.owner is None
                else await self._news(one, rules)
            )
            if made is not None:
                calls.append(made)
        if calls and self._connection.source is not None:
            await self._exchange.knock(self._connection.source, calls)
            again = [self._restated(one, rules) for one in ones if one.renamed]
            if again:
                await self._exchange.knock(self._connection.source, again)
        if strangers:
            await self._look_again(strangers, rules)

    def _introduce(self, one: One, rules: Rules) -> Mapping[str, Any] | None:
        """Return the call that begins somebody; None: there is nothing to find them by."""
        keys = calling.keys_of(self._connection, one.heard)
        if not keys or self._connection.source is None or self._is_compared:
            return None
        self._weigh_facts(one)
        for known, value in keys:
            one.weighed.base[known.there] = self._key_mark(known.there, value)
        return self._call(one, [(known.name, value) for known, value in keys], rules)

    async def _news(self, one: One, rules: Rules) -> Mapping[str, Any] | None:
        """Return the call that says what is news about somebody known; None: nothing is."""
        self._weigh_facts(one)
        keys = calling.keys_of(self._connection, one.heard)
        changed = [
            (known, value)
            for known, value in keys
            if one.base.get(known.there) != self._key_mark(known.there, value)
        ]
        if not one.weighed.facts and not changed:
            return None
        async with self._exchange.database.read() as tx:
            theirs = await self._whose_keys(tx, keys, one, rules)
        new_keys = [pair for pair in changed if pair[0].is_in and pair[0] not in theirs]
        for known, value in changed:
            one.weighed.base[known.there] = self._key_mark(known.there, value)
        if not one.weighed.facts and not new_keys:
            return None
        named = [(known.name, value) for known, value in keys if known in theirs]
        if not named:
            anchor = await self._anchor(one, rules)
            if anchor is None:
                one.outcomes.append(Outcome.REFUSED)
                return None
            named = [anchor]
        named += [(known.name, value) for known, value in new_keys]
        one.renamed = new_keys
        one.weighed.is_due = True
        return self._call(one, named, rules)

    async def _whose_keys(
        self,
        tx: ReadTx,
        keys: Sequence[tuple[Field, Pii[str]]],
        one: One,
        rules: Rules,
    ) -> list[Field]:
        """Return the identifiers by which a record names the very person it is linked with."""
        if not keys or not (one.weighed.facts or any(k.is_in for k, _ in keys)):
            return []
        pairs = {known: calling.spelt((known.name, value)) for known, value in keys}
        found = await read.find_all(
            tx, list(pairs.values()), in_force=rules.in_force, vault=self._exchange.vault
        )
        wanted = {*found.values(), *({one.owner} if one.owner else ())}
        heads = {p: s.head_id for p, s in (await gate.states(tx, wanted)).items()}
        own = heads.get(one.owner) if one.owner else None
        return [
            known
            for known, pair in pairs.items()
            if own is not None and pair in found and heads.get(found[pair]) == own
        ]

    async def _anchor(self, one: One, rules: Rules) -> calling.Named | None:
        """Open an identifier of somebody of whom the other side says none that we know."""
        exchange = self._exchange
        if one.owner is None:
            return None
        async with exchange.database.tx() as tx:
            state = (await gate.states(tx, [one.owner])).get(one.owner)
            if state is None:
                return None
            mask = in_effect(state, rules.policy, exchange.clock.now())
            allowed = [
                code
                for code in self._connection.purposes
                if mask >> rules.policy.bits[code] & 1
            ]
            try:
                return await anchors.open_anchor(
                    tx,
                    one.owner,
                    purposes=allowed,
                    actor=ACTOR,
                    in_force=rules.in_force,
                    vault=exchange.vault,
                )
            except (NotAllowed, NoKey):
                return None

    def _key_mark(self, there: str, value: Pii[str]) -> str:
        return self._lock.mark(there, value.map(_as_value))

    def _weigh_facts(self, one: One) -> None:
        one.weighed = weigh_facts(
            self._connection,
            one.heard,
            one.base,
            self._lock.mark,
            is_late=is_late(one.link.told_at if one.link else None, self._read_at),
        )

    def _call(
        self, one: One, named: Sequence[calling.Named], rules: Rules
    ) -> Mapping[str, Any]:
        heard, now = one.heard, self._exchange.clock.now()
        state = one.link.heard_at if one.link else None
        name = calling.message_id(
            self._id,
            one.index.hex() if one.index else "",
            sorted(self._key_mark(kind, value) for kind, value in named),
            calling.marks(one.weighed.base),
            heard.message_id or heard.version or "",
            heard.changed_at or "",
            state or "",
        )
        at = min(heard.changed_at, now) if heard.changed_at else now
        return calling.call(
            named, one.weighed.facts, message_id=name, at=at, in_force=rules.in_force
        )

    def _restated(self, one: One, rules: Rules) -> Mapping[str, Any]:
        """Return the call that says a new address as the fact that it is, too.

        A call of its own: the address is theirs only after the first one named both.
        """
        now = self._exchange.clock.now()
        heard_at = one.heard.changed_at
        named = [(known.name, value) for known, value in one.renamed]
        name = calling.message_id(
            "restated",
            self._id,
            sorted(self._key_mark(kind, value) for kind, value in named),
            heard_at or now,
        )
        return calling.call(
            named,
            calling.as_facts(one.renamed, rules.in_force),
            message_id=name,
            at=min(heard_at, now) if heard_at else now,
            in_force=rules.in_force,
        )

    async def _look_again(self, ones: Sequence[One], rules: Rules) -> None:
        """Find those who were new; whoever is not found is nobody, or was erased."""
        async with self._exchange.database.read() as tx:
            await self.place(tx, ones, rules)
            lost = [one for one in ones if one.owner is None]
            named = {pair: _normal(pair, rules) for one in lost for pair in self._pairs(one)}
            buried = await tombstones.buried(
                tx, {pair for pair in named.values() if pair}, self._exchange.vault
            )
        for one in lost:
            is_buried = any(named[pair] in buried for pair in self._pairs(one))
            one.outcomes = [Outcome.ERASED if is_buried else Outcome.UNKNOWN]


def _as_value(text: str) -> Value:
    return text


def _normal(pair: tuple[str, str], rules: Rules) -> tuple[str, str] | None:
    """Return the one spelling of an identifier; None: it is not well-formed."""
    kind, text = pair
    declared = rules.in_force.identifiers.get(kind)
    value = normalise(declared.normalise, text, None) if declared else None
    return None if value is None else (kind, value)
