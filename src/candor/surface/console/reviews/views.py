"""What the page of possible duplicates needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Pager, Pair


@dataclass(frozen=True, slots=True)
class ReviewSide:
    """One of the two, without any value: what it consists of. Reading it needs a purpose."""

    code: str  # short form of the profile id
    href: str | None  # the person's page, which asks for a purpose first
    source: str
    first_seen_at: datetime
    profiles: int  # profiles of this person already
    identifiers: tuple[Pair, ...]  # kind, and who vouches for it
    facts: tuple[str, ...]  # labels of what is known
    events: int


@dataclass(frozen=True, slots=True)
class Review:
    """One question: are these the same person?"""

    review_id: str
    opened_at: datetime
    reason: str  # why the machine did not decide, one sentence
    shared: tuple[str, ...]  # "the same e-mail address, not verified by the till"
    left: ReviewSide
    right: ReviewSide
    effect: str  # "Merging joins 3 profiles, 5 identifiers and 214 events."


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    """Template `console/reviews.html`. Each form posts `review_id`, `answer` merge or apart."""

    waiting: int
    reviews: tuple[Review, ...]
    pager: Pager
    post_url: str
    csrf_token: str
    done: str | None = None  # what was just decided
