"""Cards around signing in: a page without the console around it, and who stands at the door."""

from dataclasses import replace
from typing import Final

from litestar import Response
from litestar.datastructures import Cookie

from candor.domain.access.model.sign_in import Audience, Staff
from candor.infra.web.pages import render
from candor.surface.console.desk import HOME, Desk
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.doors import Attempt, ChallengeNeeded, TooMany
from candor.surface.plain.views import PlainFrame

SIGN_IN: Final = f"{HOME}/sign-in"
CODE: Final = f"{SIGN_IN}/code"
JOIN: Final = f"{HOME}/join"
APP: Final = f"{JOIN}/app"
PROVE: Final = f"{HOME}/prove"
WRONG: Final = 403
GONE: Final = 410
LIMITED: Final = 429
# One sentence for every name and every password: nobody learns which of the two was wrong.
WRONG_PASSWORD: Final = "Name or password is not right."  # noqa: S105 - a sentence
WRONG_CODE: Final = "This code is not right, or was used already. Take the next one."


async def card(desk: Desk, template: str, view: object, status: int = 200) -> Response[str]:
    """Return a page of one card."""
    async with desk.services.database.read() as tx:
        company = (await desk.rules(tx)).in_force.document.company
    reader = desk.reader()
    frame = PlainFrame(
        company, reader.language_tag, reader.direction, is_demo=desk.services.is_demo
    )
    html = render(template, view, reader=reader, frame=frame)
    return answers.page(html, status=status)


def attempt_on(
    desk: Desk,
    request: AnyRequest,
    member: Staff | None,
    typed: str = "",
    *,
    is_second_factor: bool = False,
) -> Attempt:
    """Return who stands at the door: a known account by its handle, else what was typed."""
    handle = member.handle if member else typed.strip().lower()[:100]
    account = f"staff:{handle}" if handle else ""
    return desk.services.doors.attempt(
        request, Audience.STAFF, account, is_second_factor=is_second_factor
    )


def remembered(desk: Desk, request: AnyRequest, member: Staff) -> Cookie:
    """Return the cookie by which a browser is known again, under each name that may be typed."""
    doors = desk.services.doors
    attempt = attempt_on(desk, request, member)
    if member.email:
        by_address = doors.remember(attempt_on(desk, request, None, member.email))
        attempt = replace(attempt, kept=by_address.value or "")
    return doors.remember(attempt)


async def held_back(desk: Desk, attempt: Attempt, fields: dict[str, str]) -> str | None:
    """Let a try through the doors: None; else what to say beside the challenge, perhaps nothing."""
    try:
        await desk.services.doors.before(attempt, fields)
    except ChallengeNeeded:
        return ""
    except TooMany as error:
        return f"{error.message} {error.hint}"
    return None
