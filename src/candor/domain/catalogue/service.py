"""What can be done with the catalogue: read it, compare it, put it in force, look it up.

A catalogue is applied whole: there is no verb that changes one declaration. Every version stays,
so that what was promised at any time can be shown.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue import diff, events, queries, rules, sent, writing
from candor.domain.catalogue import document as reading
from candor.domain.catalogue.document import Reading
from candor.domain.catalogue.earlier import read_stored
from candor.domain.catalogue.errors import (
    CatalogueError,
    ChannelsUsedUp,
    Invalid,
    NoCatalogue,
    NoSuchVersion,
    NumbersUsedUp,
    Problem,
    PurposesUsedUp,
    TopicsUsedUp,
)
from candor.domain.catalogue.model import (
    CodeCheck,
    Document,
    How,
    InForce,
    Numbers,
    Plan,
    Version,
    canonical,
    digest_of,
)
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.errors import Bug
from candor.kernel.units import MAX_CHANNELS, MAX_PURPOSES, MAX_TOPICS

_MOST_NUMBERS: Final = (1 << 15) - 1  # smallint


# --------------------------------------------------------------------------- reading and writing
def read(folder: Path) -> Document:
    """Read the `*.toml` files of a folder.

    Raises:
        Invalid: something is wrong; it lists every problem with its file and line.
    """
    return reading.read(folder)


def inspect(folder: Path) -> Reading:
    """Read a folder and return mistakes and warnings instead of raising."""
    return reading.inspect(folder)


def as_toml(catalogue: Document) -> str:
    """Return a catalogue as one TOML text that reads back as the same document."""
    return writing.as_toml(catalogue)


def plan(in_force: InForce | None, catalogue: Document) -> Plan:
    """Return what applying a catalogue would change, and what to think about before."""
    return diff.plan(in_force.document if in_force else None, catalogue)


def check_code(catalogue: Document, folder: Path) -> CodeCheck:
    """Look through a tree of code for calls that send what is not declared."""
    return sent.check(catalogue, folder)


# ------------------------------------------------------------------------------- in the database
async def current(tx: ReadTx) -> InForce:
    """Return the catalogue in force.

    Raises:
        NoCatalogue: none was ever applied.
    """
    found = await find_current(tx)
    if found is None:
        raise NoCatalogue
    return found


async def find_current(tx: ReadTx) -> InForce | None:
    """Return the catalogue in force, or None when none was ever applied."""
    row = await queries.newest_version(tx)
    return None if row is None else InForce(row.version_id, _document(row), await _numbers(tx))


async def version_in_force(tx: ReadTx) -> int | None:
    """Return the number of the catalogue in force: a cheap way to notice a new one."""
    return await queries.newest_version_id(tx)


async def versions(tx: ReadTx) -> list[Version]:
    """Return every catalogue that was in force, newest first."""
    return await queries.all_versions(tx)


async def document_of(tx: ReadTx, *, version_id: int) -> Document:
    """Return the document of any version.

    Raises:
        NoSuchVersion: there is none of this number.
    """
    row = await queries.find_version(tx, version_id=version_id)
    if row is None:
        raise NoSuchVersion
    return _document(row)


async def apply(tx: Tx, *, document: Document, actor: Actor, clock: Clock) -> InForce:
    """Put a catalogue in force.

    New names get numbers; a name that was removed keeps its number and gets it back with its
    name. A document that is in force already makes no new version and no audit entry. Waits for
    whoever applies at the same time, until their transaction ends. Audited as
    `catalogue.applied` with counts.

    Raises:
        Invalid: the document breaks a rule; one that was read from files cannot.
        PurposesUsedUp: more than 63 purposes were declared over time.
        ChannelsUsedUp: more than 31 channels were declared over time.
        TopicsUsedUp: more than 63 topics were declared over time.
        NumbersUsedUp: more names of one kind were declared over time than a smallint counts.
    """
    _refuse_mistakes(document)
    await queries.lock_catalogue(tx)
    digest = digest_of(document)
    row = await queries.newest_version(tx)
    numbers = await _numbers(tx)
    if row is not None and row.digest == digest:
        return InForce(row.version_id, document, numbers)
    await _give_numbers(tx, document, numbers)
    version_id = await queries.insert_version(
        tx,
        at=clock.now(),
        by=actor.label,
        digest=digest,
        document=canonical(document).decode(),
    )
    if version_id is None:
        raise Bug("a stored version has no number")
    changes = diff.plan(None if row is None else _document(row), document)
    await audit.record(
        tx,
        actor=actor,
        action=events.APPLIED,
        clock=clock,
        detail={
            "version": version_id,
            "digest": digest.hex(),
            **{how.value: changes.count(how) for how in How},
        },
    )
    return InForce(version_id, document, await _numbers(tx))


def _refuse_mistakes(document: Document) -> None:
    found: list[Problem] = []

    def note(keys: tuple[str, ...], message: str, *, is_warning: bool = False) -> None:
        found.append(Problem(".".join(keys[:2]), 0, message, is_warning))

    rules.check(document, note)
    if any(not problem.is_warning for problem in found):
        raise Invalid(tuple(found))


def _document(row: queries.VersionRow) -> Document:
    return read_stored(row.document)


async def _numbers(tx: ReadTx) -> Numbers:
    by_kind: dict[str, dict[str, int]] = {}
    for row in await queries.all_numbers(tx):
        by_kind.setdefault(row.kind, {})[row.code] = row.number
    return Numbers(
        purposes=by_kind.get("purpose", {}),
        attributes=by_kind.get("attribute", {}),
        event_types=by_kind.get("event_type", {}),
        sources=by_kind.get("source", {}),
        channels=by_kind.get("channel", {}),
        topics=by_kind.get("topic", {}),
    )


async def _give_numbers(tx: Tx, document: Document, numbers: Numbers) -> None:
    """Give a number to every name that never had one."""
    await _give_bits(tx, document, numbers)
    attributes = _new([a.code for a in document.attributes], numbers.attributes)
    event_types = _new([e.code for e in document.events], numbers.event_types)
    sources = _new([s.code for s in document.sources], numbers.sources)
    for new, known in (
        (attributes, numbers.attributes),
        (event_types, numbers.event_types),
        (sources, numbers.sources),
    ):
        if max(known.values(), default=0) + len(new) > _MOST_NUMBERS:
            raise NumbersUsedUp
    await queries.insert_attributes(tx, codes=attributes)
    await queries.insert_event_types(tx, codes=event_types)
    await queries.insert_sources(tx, codes=sources)


async def _give_bits(tx: Tx, document: Document, numbers: Numbers) -> None:
    """Give the next bits to what is counted in masks: purposes, channels and topics."""
    purposes = _new([p.code for p in document.purposes], numbers.purposes)
    channels = _new([c.code for c in document.channels], numbers.channels)
    topics = _new([t.code for t in document.topics], numbers.topics)
    purpose_bits = _next_bits(purposes, numbers.purposes, MAX_PURPOSES, PurposesUsedUp)
    channel_bits = _next_bits(channels, numbers.channels, MAX_CHANNELS, ChannelsUsedUp)
    topic_bits = _next_bits(topics, numbers.topics, MAX_TOPICS, TopicsUsedUp)
    await queries.insert_purposes(tx, numbers=purpose_bits, codes=purposes)
    await queries.insert_channels(tx, numbers=channel_bits, codes=channels)
    await queries.insert_topics(tx, numbers=topic_bits, codes=topics)


def _next_bits(
    new: Sequence[str], known: dict[str, int], most: int, used_up: type[CatalogueError]
) -> range:
    first = max(known.values(), default=-1) + 1
    if first + len(new) > most:
        raise used_up
    return range(first, first + len(new))


def _new(codes: Sequence[str], known: dict[str, int]) -> list[str]:
    return [code for code in codes if code not in known]
