"""Coming in by a code from a mail: in the browser that asked, once, and the same for strangers."""

import asyncio
import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any, Final

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from candor.app import Candor, worker
from candor.domain.access.model.ceremony import CEREMONY_LASTS, WRONG_ANSWERS
from candor.domain.access.service import codes
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import fresh_email, make_person
from tests.web.portal.conftest import Visitor, Visitors, csrf

WRONG: Final = "2222 2222"
BROWSER: Final = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


async def work(candor: Candor) -> None:
    """Do the jobs of access that wait, as the worker would."""
    async with await psycopg.AsyncConnection.connect(
        candor.database.url, options="-c search_path=jobs,public"
    ) as connection:
        found = await connection.execute(
            "DELETE FROM jobs.procrastinate_jobs WHERE task_name LIKE 'access.%'"
            " RETURNING task_name, args"
        )
        waiting = await found.fetchall()
    tasks = worker(candor).tasks
    for name, arguments in waiting:
        await tasks[name].func(**arguments)


def mails(candor: Candor) -> list[EmailMessage]:
    """Return all mail that was sent, oldest first."""
    folder = candor.settings.home / "outbox"
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[misc]
        for path in sorted(folder.glob("*.eml"), key=lambda p: (p.stat().st_mtime_ns, p.name))
    ]


def text_of(mail: EmailMessage) -> str:
    """Return the plain words of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def code_in(mail: EmailMessage) -> str:
    """Return the code in a mail."""
    found = re.search(
        rf"^ +([{codes.ALPHABET}]{{4}} [{codes.ALPHABET}]{{4}})$", text_of(mail), re.MULTILINE
    )
    assert found, text_of(mail)
    return found.group(1)


def link_in(mail: EmailMessage) -> str:
    """Return the path of the link in a mail."""
    found = re.search(r"https?://[^/]+(/me/\S+)", text_of(mail))
    assert found
    return found.group(1)


async def ask(visitor: Visitor, email: str, **fields: str) -> httpx.Response:
    """Type an address on the sign-in page and press the button."""
    form = await visitor.page("/me/sign-in?new")
    return await visitor.post(
        "/me/sign-in/send", {"email": email, "csrf_token": csrf(form), **fields}
    )


async def answer(visitor: Visitor, code: str) -> httpx.Response:
    """Type a code and press the button."""
    form = await visitor.page("/me/sign-in")
    return await visitor.post("/me/sign-in/code", {"code": code, "csrf_token": csrf(form)})


async def ada_asks(candor: Candor, visitor: Visitor) -> tuple[ProfileId, str]:
    """Let Ada ask for a code; return who she is and the code."""
    email = fresh_email()
    ada = await make_person(candor, name="Ada", email=email)
    assert (await ask(visitor, email)).status_code == 303
    await work(candor)
    return ada, code_in(mails(candor)[-1])


def is_in(answer: httpx.Response) -> bool:
    """Tell whether an answer opened the portal."""
    return answer.status_code == 303 and answer.headers["location"] == "/me"


def rows(candor: Candor, statement: str) -> list[dict[str, Any]]:
    """Return what a statement finds."""
    with psycopg.connect(candor.database.url, row_factory=dict_row) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload]


@pytest.mark.asvs("6.6.1", "6.6.2", "6.6.4", "7.2.4")
async def test_a_code_opens_the_page_once(candor: Candor, visitor: Visitor) -> None:
    _, code = await ada_asks(candor, visitor)
    form = await visitor.page("/me/sign-in")
    assert "one-time-code" in form
    fields = {"code": code.lower().replace(" ", "-"), "csrf_token": csrf(form)}
    assert is_in(await visitor.post("/me/sign-in/code", fields))
    assert "Dear Ada" in await visitor.page("/me")
    visitor.client.cookies.delete("candor_customer")
    assert (await visitor.post("/me/sign-in/code", fields)).status_code == 410  # replay
    assert (await visitor.get("/me")).status_code == 303


async def test_the_mail_says_what_it_is_and_holds_no_tracking(
    candor: Candor, visitor: Visitor
) -> None:
    _, code = await ada_asks(candor, visitor)
    mail = mails(candor)[-1]
    assert code not in str(mail["subject"])  # a locked screen shows subjects
    html = mail.get_body(("html",))
    assert html is not None
    for said in (text_of(mail), unescape(str(html.get_content()))):
        assert code in said
        assert "do nothing" in said
        assert "src=" not in said
    assert mail["auto-submitted"] == "auto-generated"
