"""What undoing a merge would do, in numbers. Nothing is opened for it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from candor.domain.catalogue.model import InForce
from candor.domain.collect.service import read as door
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate
from candor.domain.profiles.model import Merge
from candor.domain.profiles.service.shape import Shape, shapes
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.surface.console import words
from candor.surface.console.people.routes import URL
from candor.surface.console.person.views import Half, UnmergePage
from candor.surface.plain.visits import Visit, short


async def unmerge_page(
    tx: ReadTx,
    merge: Merge,
    groups: Sequence[frozenset[ProfileId]],
    rules: Rules,
    *,
    now: datetime,
    back: str,
    visit: Visit,
) -> UnmergePage:
    """Return the view of the page that asks before a merge is undone."""
    in_force = rules.in_force
    found = await shapes(tx, groups)
    everybody = [profile_id for group in groups for profile_id in group]
    events = await door.event_counts(tx, everybody)
    head = next(p.head_id for shape in found for p in shape.profiles)
    masks = await gate.foreseen(tx, [everybody, *groups], policy=rules.policy, now=now)
    query = back.partition("?")[2]
    url = f"{URL}/{head}/merges/{merge.merge_id}"
    return UnmergePage(
        title=f"Person {short(head)}",
        merged_at=merge.merged_at,
        rule=words.rule(merge.rule, str(merge.evidence.get("kind", "")), in_force) + ".",
        halves=tuple(_half(shape, events, in_force) for shape in found),
        purposes_changed=tuple(
            line
            for shape, mask in zip(found, masks[1:], strict=True)
            for line in _changes(shape, masks[0], mask, in_force)
        ),
        is_kept_apart=len(groups) > 1,
        post_url=f"{url}?{query}" if query else url,
        back_url=back,
        csrf_token=visit.csrf_token,
    )


def _half(shape: Shape, events: dict[ProfileId, int], in_force: InForce) -> Half:
    kinds = Counter(mark.kind for mark in shape.marks)
    return Half(
        title=_title(shape, in_force),
        profiles=len(shape.profiles),
        identifiers=len(shape.marks),
        facts=len(shape.attribute_ids),
        events=sum(events.get(profile_id, 0) for profile_id in shape.profile_ids),
        identifier_lines=tuple(
            words.kind(kind, in_force) + (f" × {held}" if held > 1 else "")
            for kind, held in kinds.items()
        ),
    )


def _title(shape: Shape, in_force: InForce) -> str:
    first = min(shape.profiles, key=lambda p: (not p.is_known, p.created_at, p.profile_id))
    return f"{words.source(first.source_id, in_force)} {short(first.profile_id)}"


def _changes(shape: Shape, before: int, after: int, in_force: InForce) -> list[str]:
    """Return which purposes change for one half, as sentences."""
    title = _title(shape, in_force)
    states = {True: "allowed", False: "not allowed"}
    return [
        f"{title}: {words.purpose(purpose.code)}, {states[was]} → {states[becomes]}"
        for bit, purpose in sorted(in_force.purposes_by_bit.items())
        if (was := bool(before >> bit & 1)) != (becomes := bool(after >> bit & 1))
    ]
