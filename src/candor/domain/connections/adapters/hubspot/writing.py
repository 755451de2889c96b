"""Bringing contacts to what parcels say, and removing them.

Read, compare, write: what a contact and its subscriptions hold comes first, and where a yes would
go over a no that is news, nothing of that person is written. Then contacts, then subscriptions; a
no goes to an address also when HubSpot did not take the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.connections.adapters.guarding import differing, hinges_on_times, overrules
from candor.domain.connections.adapters.hubspot import subscriptions
from candor.domain.connections.adapters.hubspot.calls import (
    CONTACTS,
    ask,
    ask_contacts,
    problem_of,
    reply_to,
)
from candor.domain.connections.adapters.hubspot.finding import find, key_of, with_history
from candor.domain.connections.adapters.hubspot.records import (
    ADDRESS,
    Contact,
    Names,
    Said,
    heard_of,
    properties_of,
    said_in,
    spelt_address,
)
from candor.domain.connections.adapters.hubspot.spec import ARCHIVE
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Parcel,
    Reply,
)
from candor.infra.http import Answer
from candor.kernel.pii import Pii

_DONE: Final = 204  # what removals are answered with


@dataclass(frozen=True, slots=True)
class _Case:
    """A parcel, the contact it is about, and what its subscriptions say.

    `subscribed`: of the address it has and of the one it will have; `target`: of the latter alone.
    """

    parcel: Parcel
    contact: Contact | None
    subscribed: Said
    target: Said

    def held(self, names: Names) -> dict[str, bool]:
        """Return the choices that stand there."""
        own = {} if self.contact is None else said_in(self.contact, names).choices
        return {**own, **self.subscribed.choices}

    def chosen_at(self, timed: Mapping[str, Contact], names: Names) -> dict[str, datetime]:
        """Return when they were chosen, as far as the histories of contacts tell."""
        known = None if self.contact is None else timed.get(self.contact.id)
        own = {} if known is None else said_in(known, names).at
        return {**own, **self.subscribed.at}

    @property
    def trace(self) -> str:
        """Return what names it in an answer: the idempotency key, not a person."""
        return self.parcel.ticket.key


# ------------------------------------------------------------------ putting
async def put(line: Line, parcels: Sequence[Parcel]) -> list[Reply]:
    """Bring contacts to what parcels say; one answer for each, in their order.

    Raises:
        Unreached, NotLetIn.
    """
    names = Names(line.mapping)
    cases = await _cases(line, names, parcels)
    timed = await _timed(
        line, names, [one for one in cases if hinges_on_times(one.parcel, one.held(names))]
    )
    changed = [
        one
        for one in cases
        if overrules(one.parcel, one.held(names), one.chosen_at(timed, names))
    ]
    replies: dict[str, Reply] = await _news(line, names, changed)
    open_ones = [one for one in cases if one.trace not in replies]
    replies |= await _write(line, names, open_ones)
    replies |= await _subscribe(line, names, open_ones, replies)
    return [replies[one.trace] for one in cases]


async def _cases(line: Line, names: Names, parcels: Sequence[Parcel]) -> list[_Case]:
    found = await find(line, names, parcels)
    addresses = [
        _addresses(parcel, contact) for parcel, contact in zip(parcels, found, strict=True)
    ]
    said = await subscriptions.read(line, names, {one for some in addresses for one in some})
    return [
        _Case(
            parcel,
            contact,
            _together([said.get(one, Said()) for one in some]),
            said.get(_target(parcel, contact) or "", Said()),
        )
        for parcel, contact, some in zip(parcels, found, addresses, strict=True)
    ]


def _addresses(parcel: Parcel, contact: Contact | None) -> list[str]:
    """Return the address that a contact will have, and the one that it has, if another."""
    both = [_target(parcel, contact), None if contact is None else contact.address]
    return [one for one in dict.fromkeys(both) if one is not None]


def _target(parcel: Parcel, contact: Contact | None) -> str | None:
    if ADDRESS in parcel.keys:
        return spelt_address(parcel.keys[ADDRESS].reveal())
    if ADDRESS in parcel.facts:
        told = parcel.facts[ADDRESS].reveal()
        return None if told is None else spelt_address(str(told))
    return None if contact is None else contact.address


def _together(some: Sequence[Said]) -> Said:
    """Return what several addresses of one person say: a no of any, else the first that speaks."""
    whole = Said()
    for said in some:
        for there, answer in said.choices.items():
            if there not in whole.choices or (whole.choices[there] and not answer):
                whole.choices[there] = answer
                whole.at.pop(there, None)
                if there in said.at:
                    whole.at[there] = said.at[there]
    return whole


async def _timed(line: Line, names: Names, cases: Sequence[_Case]) -> Mapping[str, Contact]:
    """Return contacts with the histories of their choices, by their ids."""
    ids = [one.contact.id for one in cases if one.contact is not None]
    return await with_history(line, names, ids) if ids and names.choices else {}


async def _news(line: Line, names: Names, cases: Sequence[_Case]) -> dict[str, Reply]:
    """Return what is news, with the times at which it was chosen."""
    timed = await _timed(line, names, cases)
    replies: dict[str, Reply] = {}
    for one in cases:
        contact, said = one.contact, one.subscribed
        if contact is None:  # the address opted out, and nobody has it
            heard = Heard(keys=one.parcel.keys, choices=said.choices, chosen_at=said.at)
        else:
            heard = heard_of(timed.get(contact.id, contact), names, said)
        replies[one.trace] = Changed(heard)
    return replies


async def _write(line: Line, names: Names, cases: Sequence[_Case]) -> dict[str, Reply]:
    """Update those who are there, upsert the others by their keys."""
    replies: dict[str, Reply] = {}
    known = [one for one in cases if one.contact is not None]
    replies |= await _sent(line, "update", [_update(one, names) for one in known])
    new = [one for one in cases if one.contact is None]
    inputs: list[dict[str, object]] = []
    for one in new:
        key = key_of(one.parcel, names)
        if key is None:
            replies[one.trace] = Never("no_key")
            continue
        by = {"id": one.parcel.keys[key].reveal(), "idProperty": key}
        inputs.append({**_input(one, names), **by})
    return replies | await _sent(line, "upsert", inputs)


def _input(one: _Case, names: Names) -> dict[str, object]:
    properties = properties_of(one.parcel, differing(one.parcel, one.held(names)))
    return {"properties": properties, "objectWriteTraceId": one.trace}


def _update(one: _Case, names: Names) -> dict[str, object]:
    return {**_input(one, names), "id": "" if one.contact is None else one.contact.id}


async def _sent(
    line: Line, action: str, inputs: Sequence[Mapping[str, object]]
) -> dict[str, Reply]:
    answers = await ask_contacts(line, action, inputs)
    # Who is not spoken of is asked for again.
    replies: dict[str, Reply] = {
        str(one["objectWriteTraceId"]): Later("incomplete") for one in inputs
    }
    by_id = {str(one["id"]): str(one["objectWriteTraceId"]) for one in inputs}
    for contact in answers.results:
        trace = contact.object_write_trace_id or by_id.get(contact.id)
        if trace is not None:
            version = None if contact.updated_at is None else contact.updated_at.isoformat()
            replies[trace] = Acknowledged(Pii(contact.id), version)
    for problem in answers.problems:
        traces = problem.about("objectWriteTraceId") or [
            by_id[one] for one in problem.about("ids") if one in by_id
        ]
        replies |= {trace: reply_to(problem) for trace in traces}
    for one, problem in answers.refused:
        replies[str(one["objectWriteTraceId"])] = reply_to(problem)
    return replies


async def _subscribe(
    line: Line, names: Names, cases: Sequence[_Case], replies: Mapping[str, Reply]
) -> dict[str, Reply]:
    """Write the subscriptions that differ; return the answers that this changes."""
    by_name = {there: number for number, there in names.subscriptions.items()}
    traces: dict[subscriptions.Wanted, str] = {}
    for one in cases:
        address = _target(one.parcel, one.contact)
        is_taken = isinstance(replies[one.trace], Acknowledged)
        for name, answer in differing(one.parcel, one.target.choices).items():
            if name in by_name and address is not None and (is_taken or not answer):
                traces[subscriptions.Wanted(address, by_name[name], answer)] = one.trace
    refused = await subscriptions.write(line, list(traces))
    return {
        traces[wanted]: reply
        for wanted, reply in refused.items()
        if isinstance(replies[traces[wanted]], Acknowledged)
    }


# ------------------------------------------------------------------ removing
async def remove(line: Line, parcels: Sequence[Parcel]) -> list[Reply]:
    """Remove contacts; whoever is not there is removed.

    Raises:
        Unreached, NotLetIn.
    """
    names = Names(line.mapping)
    ids = [None if one.remote_id is None else one.remote_id.reveal() for one in parcels]
    unknown = [one for one in parcels if one.remote_id is None and one.keys]
    found = await find(line, names, unknown)
    places = [place for place, one in enumerate(parcels) if one in unknown]
    for place, contact in zip(places, found, strict=True):
        ids[place] = None if contact is None else contact.id
    if line.settings.get("removal") == ARCHIVE:
        return await _archive(line, ids)
    return [await _delete(line, one) for one in ids]


async def _archive(line: Line, ids: Sequence[str | None]) -> list[Reply]:
    """Archive contacts: answered with 204 whether they were there or not."""
    inputs = [{"id": one} for one in ids if one is not None]
    if inputs:
        answer = await ask(line, "POST", f"{CONTACTS}/batch/archive", json={"inputs": inputs})
        if answer.status != _DONE:
            problem = _undone(answer)
            return [Acknowledged() if one is None else problem for one in ids]
    return [Acknowledged() for _ in ids]


async def _delete(line: Line, contact_id: str | None) -> Reply:
    """Delete a contact for good (GDPR), by its record id: never by its address."""
    if contact_id is None:
        return Acknowledged()
    path = f"{CONTACTS}/gdpr-delete"
    answer = await ask(line, "POST", path, json={"objectId": contact_id})
    if answer.status in {_DONE, 404}:
        return Acknowledged()
    return _undone(answer)


def _undone(answer: Answer) -> Reply:
    """Return why a removal is not done. A 200 is none: something in between answered."""
    return Later("bad_answer") if answer.is_well else reply_to(problem_of(answer))
