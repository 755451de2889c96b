"""Coming in by a code from a mail: in the browser that asked, once, and the same for strangers."""

import asyncio
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any, Final, LiteralString

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from candor.app import Candor, worker
from candor.domain.access.model.ceremony import CEREMONY_LASTS, WRONG_ANSWERS
from candor.domain.access.service import codes
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.doors import solution
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


def rows(candor: Candor, statement: LiteralString, **params: object) -> list[dict[str, Any]]:
    """Return what a statement finds."""
    with (
        psycopg.connect(candor.database.url) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(statement, params).fetchall()


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


async def test_small_letters_hyphens_and_full_width_do_not_matter(
    candor: Candor, visitor: Visitor
) -> None:
    _, code = await ada_asks(candor, visitor)
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != " " else "\u3000" for sign in code)
    assert is_in(await answer(visitor, f" {wide.lower()}\n"))


@pytest.mark.asvs("6.6.2")
async def test_a_code_counts_only_in_the_browser_that_asked(
    candor: Candor, visitors: Visitors
) -> None:
    ada, thief = visitors(), visitors()
    _, code = await ada_asks(candor, ada)
    # Without anything asked in it, and with a code of its own for the same address.
    form = await thief.page("/me/sign-in")
    fields = {"code": code, "csrf_token": csrf(form)}
    assert (await thief.post("/me/sign-in/code", fields)).status_code == 410
    email = fresh_email()
    await make_person(candor, name="Eve", email=email)
    await ask(thief, email)
    await work(candor)
    assert (await answer(thief, code)).status_code == 400
    assert is_in(await answer(ada, code))  # and it did not harm Ada


async def test_the_link_opens_nothing_by_itself(candor: Candor, visitors: Visitors) -> None:
    ada, scanner = visitors(), visitors()
    await ada_asks(candor, ada)
    link = link_in(mails(candor)[-1])
    for _ in range(3):
        found = await scanner.get(link)
        assert found.status_code == 410
        assert "type the code from the same mail" in found.text
        assert "Ada" not in found.text
    page = await ada.page(link)
    assert "candor_customer" not in ada.client.cookies
    token = re.search(r'name="code" value="([^"]+)"', page)
    assert token
    assert is_in(
        await ada.post("/me/sign-in/code", {"code": token.group(1), "csrf_token": csrf(page)})
    )
    assert (await ada.get(link)).status_code == 410


async def test_an_edited_link_opens_nothing(candor: Candor, visitor: Visitor) -> None:
    await ada_asks(candor, visitor)
    link = link_in(mails(candor)[-1])
    for edited in (
        link[:-1],
        link + "A",
        link.swapcase().replace("/ME/SIGN-IN/MAIL/", "/me/sign-in/mail/"),
    ):
        assert (await visitor.get(edited)).status_code == 410
    assert (await visitor.get("/me/sign-in/mail/" + "%C3%A4" * 2_000)).status_code == 410


@pytest.mark.asvs("6.3.1", "6.6.3")
async def test_the_sixth_try_is_none_even_when_it_is_right(
    candor: Candor, visitor: Visitor
) -> None:
    _, code = await ada_asks(candor, visitor)
    form = csrf(await visitor.page("/me/sign-in"))
    for left in range(WRONG_ANSWERS - 1, 0, -1):
        found = await tried(visitor, {"code": WRONG, "csrf_token": form})
        assert found.status_code == 400
        assert f"try {left} more" in found.text
    assert (await tried(visitor, {"code": WRONG, "csrf_token": form})).status_code == 410
    assert (await tried(visitor, {"code": code, "csrf_token": form})).status_code == 410


async def tried(visitor: Visitor, fields: dict[str, str]) -> httpx.Response:
    """Send an answer; do the work that the doors ask for, by a script in life."""
    found = await visitor.post("/me/sign-in/code", fields)
    if found.status_code == 429:
        found = await visitor.post("/me/sign-in/code", fields | solved(found.text))
    return found


def solved(page: str) -> dict[str, str]:
    """Return what the script of a page sends once it has solved its task."""
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found, page
    return {"altcha": solution(unescape(found.group(1)))}


async def test_two_right_answers_at_once_begin_one_session(
    candor: Candor, visitor: Visitor
) -> None:
    ada, code = await ada_asks(candor, visitor)
    fields = {"code": code, "csrf_token": csrf(await visitor.page("/me/sign-in"))}
    answers = await asyncio.gather(
        *(visitor.post("/me/sign-in/code", fields) for _ in range(4))
    )
    assert sum(is_in(one) for one in answers) == 1
    assert all(one.status_code in {303, 410, 429} for one in answers)
    found = rows(
        candor, "SELECT methods FROM access.session WHERE bearer_id = %(ada)s", ada=ada
    )
    assert [row["methods"] for row in found] == [["code"]]


async def test_many_wrong_answers_at_once_count_each(candor: Candor, visitor: Visitor) -> None:
    await ada_asks(candor, visitor)
    fields = {"code": WRONG, "csrf_token": csrf(await visitor.page("/me/sign-in"))}
    await asyncio.gather(*(visitor.post("/me/sign-in/code", fields) for _ in range(12)))
    found = rows(candor, "SELECT attempts FROM access.ceremony WHERE kind = 'code'")
    assert 1 <= found[0]["attempts"] <= WRONG_ANSWERS


@pytest.mark.asvs("6.5.5")
async def test_a_code_ends_after_ten_minutes(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    _, code = await ada_asks(candor, visitor)
    form = csrf(await visitor.page("/me/sign-in"))
    clock.advance(CEREMONY_LASTS)
    found = await visitor.post("/me/sign-in/code", {"code": code, "csrf_token": form})
    assert found.status_code == 410
    assert "no longer counts" in found.text
    assert (await visitor.get(link_in(mails(candor)[-1]))).status_code == 410


async def test_a_mail_that_comes_too_late_is_not_sent(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    email = fresh_email()
    await make_person(candor, email=email)
    await ask(visitor, email)
    clock.advance(CEREMONY_LASTS)
    await work(candor)
    assert mails(candor) == []


async def test_asking_again_replaces_the_earlier_code(candor: Candor, visitor: Visitor) -> None:
    _, first = await ada_asks(candor, visitor)
    form = csrf(await visitor.page("/me/sign-in"))
    found = await visitor.post("/me/sign-in/again", {"csrf_token": form})
    assert found.status_code == 303
    assert "Only its code counts now" in await visitor.page(found.headers["location"])
    await work(candor)
    second = code_in(mails(candor)[-1])
    assert second != first
    assert (await answer(visitor, first)).status_code == 400
    assert is_in(await answer(visitor, second))


async def test_nobody_can_fill_a_mailbox(candor: Candor, visitor: Visitor) -> None:
    email = fresh_email()
    await make_person(candor, email=email)
    statuses: list[int] = []
    for _ in range(9):
        found = await ask(visitor, email)
        if found.status_code == 429 and "data-challenge" in found.text:
            found = await ask(visitor, email, **solved(found.text))
        statuses.append(found.status_code)
    await work(candor)
    assert statuses[-1] == 429
    assert 1 <= len(mails(candor)) <= 6


# ------------------------------------------------------------------------------- enumeration
def without_own(text: str) -> str:
    """Return a page without what differs for everybody each time."""
    return re.sub(
        r'(csrf_token" value="|data-challenge="|name="ticket" value=")[^"]*', "", text
    )


def forget_tries(candor: Candor) -> None:
    """Let the next visitor come from an address that nobody tried anything from."""
    with psycopg.connect(candor.database.url) as connection:
        connection.execute("DELETE FROM shield.throttle")


@pytest.mark.asvs("6.3.8")
async def test_known_and_unknown_addresses_are_answered_alike(
    candor: Candor, visitors: Visitors
) -> None:
    known = fresh_email()
    await make_person(candor, email=known)
    heard: list[list[tuple[int, list[str], str]]] = []
    for email in (known, fresh_email()):
        visitor = visitors()
        forget_tries(candor)
        said = [await ask(visitor, email), await visitor.get("/me/sign-in")]
        await work(candor)
        said.append(await visitor.get("/me/sign-in"))
        said += [await answer(visitor, WRONG) for _ in range(WRONG_ANSWERS + 1)]
        heard.append(
            [
                (
                    one.status_code,
                    sorted(set(one.headers) - {"content-length"}),
                    without_own(one.text),
                )
                for one in said
            ]
        )
    assert heard[0] == heard[1]


@pytest.mark.asvs("6.3.8")
async def test_known_and_unknown_addresses_cost_the_same_statements(
    candor: Candor, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = fresh_email()
    await make_person(candor, email=known)
    run: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def noted(self: Any, query: Any, *given: Any, **options: Any) -> Any:  # noqa: ANN401
        run.append(str(query))
        return await execute(self, query, *given, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", noted)
    counts: list[list[list[str]]] = []
    for email in (known, fresh_email()):
        visitor = visitors()
        forget_tries(candor)
        await visitor.page("/me/sign-in")
        steps: list[list[str]] = []
        for step in ("ask", "wrong", "wrong"):
            run.clear()
            await (ask(visitor, email) if step == "ask" else answer(visitor, WRONG))
            steps.append(list(run))
            await work(candor)
        counts.append(steps)
    assert all(counts[0])
    assert counts[0] == counts[1]


async def test_what_waits_for_the_worker_tells_nothing(
    candor: Candor, visitors: Visitors
) -> None:
    known = fresh_email()
    await make_person(candor, email=known)
    for email in (known, fresh_email()):
        await ask(visitors(), email)
    waiting = rows(
        candor,
        "SELECT args::text AS args FROM jobs.procrastinate_jobs"
        " WHERE task_name = 'access.send_code'",
    )
    assert len(waiting) == 2
    assert all(re.fullmatch(r'\{"ceremony": "[0-9a-f]{64}"\}', one["args"]) for one in waiting)
    kept = rows(candor, "SELECT c::text AS row, bearer_id, secret FROM access.ceremony AS c")
    assert all(one["bearer_id"] is None for one in kept)
    assert all(known not in one["row"] and "@" not in one["row"] for one in kept)
    await work(candor)
    assert len(mails(candor)) == 1


# ------------------------------------------------------------------------- who may come in
async def test_an_address_that_nobody_verified_lets_nobody_in(
    candor: Candor, visitor: Visitor
) -> None:
    email = fresh_email()
    await make_person(candor, source="crm", number=email)
    await ask(visitor, email)
    await work(candor)
    assert mails(candor) == []


async def test_an_address_that_two_people_share_lets_none_of_them_in(
    candor: Candor, visitor: Visitor
) -> None:
    """A household with one mailbox and two accounts: neither may see the other's page."""
    email = fresh_email()
    for _ in range(3):  # more customer numbers than one person may have
        await make_person(candor, email=email)
    await ask(visitor, email)
    await work(candor)
    assert mails(candor) == []


async def test_a_stranger_who_claims_an_address_keeps_nobody_out(
    candor: Candor, visitor: Visitor
) -> None:
    email = fresh_email()
    await make_person(candor, name="Ada", email=email)
    await make_person(candor, source="crm", number=fresh_email(), email=email)
    await ask(visitor, email)
    await work(candor)
    assert is_in(await answer(visitor, code_in(mails(candor)[-1])))
    assert "Dear Ada" in await visitor.page("/me")


async def test_somebody_erased_gets_nothing(candor: Candor, visitor: Visitor) -> None:
    email = fresh_email()
    ada = await make_person(candor, email=email)
    await ask(visitor, email)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    await work(candor)
    assert mails(candor) == []


async def test_the_opening_of_the_address_stands_in_the_log(
    candor: Candor, visitor: Visitor
) -> None:
    _, code = await ada_asks(candor, visitor)
    found = rows(
        candor,
        "SELECT actor_kind, actor_id, purpose, fields FROM audit.entry"
        " WHERE action = 'vault.open' ORDER BY entry_id DESC LIMIT 1",
    )[0]
    assert (found["actor_kind"], found["actor_id"]) == ("machine", "doorkeeper")
    assert (found["purpose"], found["fields"]) == ("own_data", ["email"])
    assert is_in(await answer(visitor, code))


async def test_a_wrong_code_stands_in_the_log_of_its_person(
    candor: Candor, visitor: Visitor
) -> None:
    ada, _ = await ada_asks(candor, visitor)
    await answer(visitor, WRONG)
    async with candor.database.tx() as tx:
        (pseudonym,) = await candor.vault.pseudonyms(tx, [ada])
    found = rows(
        candor, "SELECT subject FROM audit.entry WHERE action = 'access.sign_in_failed'"
    )
    assert [bytes(row["subject"]) for row in found] == [pseudonym]


# ------------------------------------------------------------------------------- the address
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\nSubject: hello",
        "ada@example.org, eve@example.org",
        "<ada@example.org>",
        '"Ada" <ada@example.org>',
        "ada@example.org\x00",
        "a" * 250 + "@example.org",
    ],
)
async def test_what_is_no_address_is_told_kindly(
    candor: Candor, visitor: Visitor, typed: str
) -> None:
    await make_person(candor, email="ada@example.org")
    found = await ask(visitor, typed)
    assert found.status_code == 400
    assert "not a whole e-mail address" in found.text
    await work(candor)
    assert mails(candor) == []


async def test_look_alike_letters_are_another_address(candor: Candor, visitor: Visitor) -> None:
    await make_person(candor, email="ada@example.org")
    for typed in ("\u0430da@example.org", "ada@ex\u0430mple.org", "ad\u00e4@example.org"):
        found = await ask(visitor, typed)
        assert found.status_code in {303, 400}
    await work(candor)
    assert mails(candor) == []


async def test_an_endless_address_is_refused_unread(visitor: Visitor) -> None:
    form = csrf(await visitor.page("/me/sign-in"))
    for size in (60_000, 10_000_000):
        found = await visitor.post(
            "/me/sign-in/send", {"csrf_token": form, "email": "a" * size + "@example.org"}
        )
        assert found.status_code in {400, 413}
        assert len(found.text) < 20_000


@pytest.mark.parametrize("path", ["send", "again", "code"])
async def test_a_foreign_form_asks_and_answers_nothing(
    candor: Candor, visitors: Visitors, path: str
) -> None:
    ada, eve = visitors(), visitors()
    _, code = await ada_asks(candor, ada)
    theirs = csrf(await eve.page("/me/sign-in"))
    right = csrf(await ada.page("/me/sign-in"))
    fields = {"code": code, "email": fresh_email(), "csrf_token": right}
    for wrong, headers in (
        (fields | {"csrf_token": theirs}, {}),
        (fields | {"csrf_token": ""}, {}),
        (fields, {"sec-fetch-site": "cross-site"}),
        (fields, {"origin": "https://elsewhere.example"}),
    ):
        assert (await ada.post(f"/me/sign-in/{path}", wrong, **headers)).status_code == 403
    assert (await ada.get("/me")).status_code == 303
    assert is_in(await answer(ada, code))


async def test_a_new_sign_in_ends_the_one_before(candor: Candor, visitor: Visitor) -> None:
    await visitor.sign_in(await make_person(candor, name="Ben"))
    before = visitor.client.cookies["candor_customer"]
    _, code = await ada_asks(candor, visitor)
    assert is_in(await answer(visitor, code))
    assert "Dear Ada" in await visitor.page("/me")
    visitor.client.cookies.clear()
    visitor.client.cookies.set("candor_customer", before)
    assert (await visitor.get("/me")).status_code == 303
