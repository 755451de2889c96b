"""From open questions to their page: what each side consists of, in numbers and kinds."""

from collections.abc import Mapping, Sequence

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import InForce
from candor.domain.collect.service import read as door
from candor.domain.profiles.model import Review as Question
from candor.domain.profiles.service.shape import Shape, people_of, shapes
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.surface.console import words
from candor.surface.console.desk import HOME, permitted
from candor.surface.console.reviews.views import Review, ReviewSide
from candor.surface.console.views import Pair
from candor.surface.plain.visits import Visit, short


async def reviews(
    tx: ReadTx, questions: Sequence[Question], visit: Visit, in_force: InForce
) -> tuple[Review, ...]:
    """Return the views of these questions, in a few queries for all of them."""
    ends = [
        (ProfileId(question.profile_id), ProfileId(question.other_id)) for question in questions
    ]
    people = await people_of(tx, [end for pair in ends for end in pair])
    groups = [people.get(end, frozenset({end})) for pair in ends for end in pair]
    found = await shapes(tx, groups)
    events = await door.event_counts(tx, [one for group in groups for one in group])
    return tuple(
        _review(question, found[2 * n], found[2 * n + 1], events, visit, in_force)
        for n, question in enumerate(questions)
    )


def _review(
    question: Question,
    left: Shape,
    right: Shape,
    events: Mapping[ProfileId, int],
    visit: Visit,
    in_force: InForce,
) -> Review:
    profiles = len({*left.profile_ids, *right.profile_ids})
    identifiers = len({*left.marks, *right.marks})
    total = sum(events.get(one, 0) for one in {*left.profile_ids, *right.profile_ids})
    kind = words.kind(str(question.evidence.get("kind", "")), in_force)
    return Review(
        review_id=str(question.review_id),
        opened_at=question.opened_at,
        reason=words.doubt(question.reason),
        shared=(f"The same {kind[:1].lower()}{kind[1:]}",),
        left=_side(ProfileId(question.profile_id), left, events, visit, in_force),
        right=_side(ProfileId(question.other_id), right, events, visit, in_force),
        effect=(
            f"Merging joins {words.counted(profiles, 'profile', 'profiles')}, "
            f"{words.counted(identifiers, 'identifier', 'identifiers')} and "
            f"{words.counted(total, 'event', 'events')}."
        ),
    )


def _side(
    profile_id: ProfileId,
    shape: Shape,
    events: Mapping[ProfileId, int],
    visit: Visit,
    in_force: InForce,
) -> ReviewSide:
    own = next(p for p in shape.profiles if p.profile_id == profile_id)
    return ReviewSide(
        code=short(profile_id),
        href=permitted(visit, Permission.PEOPLE_READ, f"{HOME}/people/{own.head_id}"),
        source=words.place(own.source_id, in_force),
        first_seen_at=min(profile.created_at for profile in shape.profiles),
        profiles=len(shape.profiles),
        identifiers=tuple(
            Pair(
                words.kind(mark.kind, in_force),
                f"from {words.place(mark.source_id, in_force)}, "
                + ("verified" if mark.is_verified else "not verified"),
            )
            for mark in shape.marks
        ),
        facts=tuple(
            attribute.title
            for number, attribute in in_force.attributes_by_id.items()
            if number in shape.attribute_ids
        ),
        events=sum(events.get(one, 0) for one in shape.profile_ids),
    )
