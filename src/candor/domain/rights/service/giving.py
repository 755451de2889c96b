"""Giving a person what they asked for and what machines decided about them (GDPR Art. 15(1)(h)).

Members of staff and agents stand under what they are, not under names (Art. 15(4)).
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.rights.model.automated import Decision
from candor.domain.rights.model.hold import Hold
from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import automated, holding, holds
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries.holding import EventRow, NoteRow, PeopleOnlyRow
from candor.domain.rights.service.automated.recording import DECISION
from candor.domain.rights.service.words import NOTE
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import ReadTx
from candor.infra.holder import (
    Batch,
    Column,
    Exported,
    Kind,
    Opener,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

ALL: Final = 10_000
_REQUEST: Final = Column("request_id", Kind.TEXT)
_AT: Final = Column("at", Kind.INSTANT, message("When"))
EXPORTED: Final = (
    Exported(
        "rights.request",
        Section.REQUESTS,
        Origin.OURS,
        message("Your requests"),
        (
            _REQUEST,
            Column("kind", Kind.CODE, message("What")),
            Column("scope", Kind.VALUE, message("About")),
            Column("regime", Kind.CODE, message("Law")),
            Column("channel", Kind.CODE, message("Channel")),
            Column("requester", Kind.CODE),
            Column("state", Kind.CODE, message("Outcome")),
            Column("outcome", Kind.CODE),
            Column("ground", Kind.CODE),
            Column("received_at", Kind.INSTANT, message("Asked")),
            Column("due_at", Kind.INSTANT, message("To be answered by")),
            Column("closed_at", Kind.INSTANT, message("Answered")),
            Column("proof", Kind.CODE),
            Column("results_until", Kind.INSTANT),
            Column("downloads", Kind.NUMBER),
        ),
    ),
    Exported(
        "rights.event",
        Section.REQUESTS,
        Origin.OURS,
        message("What happened to them"),
        (
            _REQUEST,
            _AT,
            Column("who", Kind.CODE, message("Who")),
            Column("what", Kind.CODE, message("What")),
            Column("code", Kind.CODE),
        ),
    ),
    Exported(
        "rights.note",
        Section.REQUESTS,
        Origin.OURS,
        message("What was written about them"),
        (
            _REQUEST,
            Column("written_at", Kind.INSTANT, message("When")),
            Column("author", Kind.CODE, message("Who")),
            Column("use", Kind.CODE),
            Column("text", Kind.TEXT, message("Text"), holds=("sealed",)),
        ),
    ),
    Exported(
        "rights.hold",
        Section.REQUESTS,
        Origin.OURS,
        message("Why your data may not be erased yet"),
        (
            Column("ground", Kind.CODE, message("Why")),
            Column("placed_at", Kind.INSTANT, message("Since")),
            Column("review_on", Kind.DAY, message("Looked at again on")),
            Column("lifted_at", Kind.INSTANT, message("Ended")),
        ),
    ),
    Exported(
        "rights.automated_decision",
        Section.REQUESTS,
        Origin.INFERRED,
        message("What machines decided about you"),
        (
            Column("decision_id", Kind.TEXT),
            Column("code", Kind.CODE, message("What")),
            Column("edition", Kind.NUMBER),
            Column("outcome", Kind.CODE, message("Outcome")),
            Column("inputs", Kind.VALUE, message("What it looked at"), holds=("sealed",)),
            Column("decided_at", Kind.INSTANT, message("When")),
            Column("recorded_at", Kind.INSTANT),
            Column("contested_by", Kind.TEXT),
            Column("verdict", Kind.CODE, message("What a person made of it")),
            Column("new_outcome", Kind.CODE, message("Outcome instead")),
            Column("reviewed_at", Kind.INSTANT),
        ),
    ),
    Exported(
        "rights.by_people_only",
        Section.REQUESTS,
        Origin.PROVIDED,
        message("What only people may decide about you"),
        (
            Column("code", Kind.CODE, message("What")),
            Column("since", Kind.INSTANT, message("Since")),
        ),
    ),
    Exported(
        "rights.certificate",
        Section.REQUESTS,
        Origin.OURS,
        message("Signed certificates"),
        (
            _REQUEST,
            Column("issued_at", Kind.INSTANT, message("When")),
            Column("body", Kind.TEXT),
        ),
    ),
)


async def give(
    tx: ReadTx, members: Sequence[ProfileId], opener: Opener
) -> AsyncIterator[Batch]:
    """Give requests, what was written, holds and decisions, as in `EXPORTED`."""
    requests = await stored.requests_of(tx, profile_ids=members, at_most=ALL)
    yield Batch("rights.request", [_request(one) for one in requests])
    events = await holding.events(tx, profile_ids=members)
    yield Batch("rights.event", [_event(one) for one in events])
    notes = await holding.notes(tx, profile_ids=members)
    yield Batch("rights.note", [_note(one, opener) for one in notes])
    placed = await holds.holds_of(tx, profile_ids=members)
    yield Batch("rights.hold", [_hold(one) for one in placed])
    decisions = await automated.decisions_of(tx, profile_ids=members, at_most=ALL)
    yield Batch("rights.automated_decision", [_decision(one, opener) for one in decisions])
    wanted = await holding.people_only(tx, profile_ids=members)
    yield Batch("rights.by_people_only", [_people_only(one) for one in wanted])
    certificates = await holding.certificates(tx, profile_ids=members)
    yield Batch(
        "rights.certificate",
        [
            {
                "request_id": str(one.request_id),
                "issued_at": instant(one.issued_at),
                "body": one.body,
            }
            for one in certificates
        ],
    )


def _request(one: Request) -> Row:
    return {
        "request_id": str(one.request_id),
        "kind": str(one.kind),
        "scope": dict(one.scope),
        "regime": _text(one.regime),
        "channel": str(one.channel),
        "requester": str(one.requester),
        "state": str(one.state),
        "outcome": _text(one.outcome),
        "ground": _text(one.ground),
        "received_at": instant(one.received_at),
        "due_at": instant(one.due_at),
        "closed_at": instant(one.closed_at),
        "proof": str(one.proof),
        "results_until": instant(one.results_until),
        "downloads": one.downloads,
    }


def _event(one: EventRow) -> Row:
    return {
        "request_id": str(one.request_id),
        "at": instant(one.at),
        "who": _who(one.actor),
        "what": one.what,
        "code": one.code,
    }


def _note(one: NoteRow, opener: Opener) -> Row:
    text: Pii[str] | None
    try:
        bearer = ProfileId(one.bearer_id)
        sealed = opener(NOTE.table, NOTE.column, bearer, one.sealed, one.note_id.bytes)
        text = sealed.map(bytes.decode)
    except NoKey:
        text = None  # written under a key that is gone
    return {
        "request_id": str(one.request_id),
        "written_at": instant(one.written_at),
        "author": _who(one.author),
        "use": one.use,
        "text": text,
    }


def _hold(one: Hold) -> Row:
    return {
        "ground": str(one.ground),
        "placed_at": instant(one.placed_at),
        "review_on": one.review_on.isoformat(),
        "lifted_at": instant(one.lifted_at),
    }


def _decision(one: Decision, opener: Opener) -> Row:
    bearer = ProfileId(one.profile_id)
    inputs = opener(
        DECISION.table, DECISION.column, bearer, one.sealed, one.decision_id.bytes
    ).map(msgspec.json.decode)
    return {
        "decision_id": str(one.decision_id),
        "code": one.code,
        "edition": one.edition,
        "outcome": one.outcome,
        "inputs": inputs,
        "decided_at": instant(one.decided_at),
        "recorded_at": instant(one.recorded_at),
        "contested_by": _text(one.contested_by),
        "verdict": _text(one.verdict),
        "new_outcome": one.new_outcome,
        "reviewed_at": instant(one.reviewed_at),
    }


def _text(one: UUID | str | None) -> str | None:
    return None if one is None else str(one)


def _people_only(one: PeopleOnlyRow) -> Row:
    return {"code": one.code, "since": instant(one.since)}


def _who(by: str) -> str:
    """Return who did or wrote something: the person, an agent, a machine, or staff."""
    if by in {"person", "customer"}:
        return "you"
    if by.startswith(("machine:", "agent")):
        return by.partition(" ")[0] if by.startswith("machine:") else "agent"
    return "staff"
