"""Possible duplicates: the machine is not sure, so a person settles it."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.profiles.errors import NoSuchReview
from candor.domain.profiles.service import merge
from candor.infra.db.pool import Tx
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ReviewId
from candor.surface.console.desk import HOME, Desk, Page, actor_of, asked
from candor.surface.console.reviews.filling import reviews
from candor.surface.console.reviews.views import ReviewsPage
from candor.surface.console.views import Pager
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit

_URL: Final = f"{HOME}/reviews"
_PAGE: Final = 10
_MAY: Final = {"permission": Permission.REVIEWS_SETTLE}
_ANSWERS: Final = {"merge": True, "apart": False}
_DONE: Final = {
    "merge": "They are one person now. It stands in the person’s merge history and can be undone.",
    "apart": "They are kept apart, and the machine will not ask again.",
    "settled": "This question was settled already, by somebody else or by a rule.",
}


class NoAnswer(Refused):
    """Say whether these are one person or two."""

    code = "web.no_answer"
    kind = Kind.INVALID
    default_hint = "Go back and press one of the two buttons."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the questions."""

    @get("/reviews", opt=_MAY)
    async def ask(request: AnyRequest) -> Response[str]:
        """Show open questions, oldest first."""
        visit = desk.visit(request)
        after = _uuid(asked(request, "after")) or UUID(int=0)
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            found = await merge.open_reviews(tx, after=after, at_most=_PAGE + 1)
            shown = found[:_PAGE]
            more = f"{_URL}?after={shown[-1].review_id}" if len(found) > _PAGE else None
            view = ReviewsPage(
                waiting=(await merge.waiting(tx)).reviews,
                reviews=await reviews(tx, shown, visit, in_force),
                pager=Pager(more, _URL if after.int else None),
                post_url=_URL,
                csrf_token=visit.csrf_token,
                done=_DONE.get(asked(request, "done")),
            )
            return await desk.show(tx, visit, "reviews", "console/reviews.html", view)

    @post("/reviews", opt={**_MAY, "proof": "makes one person of two"})
    async def settle(request: AnyRequest) -> Page:
        """Settle one question."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        review_id, answer = _uuid(fields.get("review_id", "")), fields.get("answer", "")
        if review_id is None or answer not in _ANSWERS:
            raise NoAnswer
        try:
            async with desk.acting(visit) as tx:
                await _settle(desk, tx, visit, ReviewId(review_id), same=_ANSWERS[answer])
        except NoSuchReview:
            answer = "settled"
        return answers.see_other(f"{_URL}?done={answer}")

    return [ask, settle]


async def _settle(desk: Desk, tx: Tx, visit: Visit, review_id: ReviewId, *, same: bool) -> None:
    rules = await desk.rules(tx)
    await merge.settle(
        tx,
        review_id,
        same=same,
        actor=actor_of(visit),
        vault=desk.vault,
        policy=rules.policy,
        clock=desk.clock,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
