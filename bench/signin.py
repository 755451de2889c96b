"""SIGNIN: while somebody guesses passwords from thousands of addresses, staff still come in.

Forty members of staff sign in by password, one after another at a fixed pace, half of them with a
browser that they used before, half with a new one, which solves the challenge that it is asked
for. Meanwhile attackers try passwords over kept connections, each try from another of ten thousand
addresses in five hundred networks (`X-Forwarded-For` behind one trusted proxy), half against real
names, half against invented ones; they solve no challenge: the figure is about the house, not
about who has the faster machine. An honest sign-in is good when the right password leads on to the
second factor within ten seconds. Baseline: the same people without attackers. Also told: how many
passwords of the attackers were looked at at all. Load generator, server and database share the
machine, and Argon2id runs at full cost.
"""

import asyncio
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from statistics import quantiles
from time import perf_counter
from typing import Final

import httpx
from altcha import v2 as altcha

from bench.result import NO_GOAL, SEED, Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import compose, doors_of
from candor.domain.access.model.sign_in import Audience
from candor.infra.settings import Settings
from candor.surface.plain.caller import Caller
from candor.surface.plain.doors import Attempt
from tests.factories.staff import PASSWORD, make_holder

_PEOPLE: Final = 40
_ATTACKERS: Final = 24
_EVERY_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 10.0
_FULL, _SHORT = 3, 1
_CSRF: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
_TASK: Final = re.compile(r'data-challenge="([^"]+)"')
_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
_FORM: Final = "/console/sign-in"
_POST: Final = "/console/sign-in/password"


@dataclass(slots=True)
class Came:
    """What came of the sign-ins of honest people, and of those who guessed."""

    waits: list[float] = field(default_factory=list[float])  # of the good ones
    missed: int = 0
    guesses: int = 0  # passwords that were looked at
    stopped: int = 0  # tries that were not

    @property
    def share(self) -> float:
        """Return how many of a hundred came in."""
        return 100 * len(self.waits) / max(1, len(self.waits) + self.missed)

    @property
    def p95(self) -> float:
        """Return within how many milliseconds 95 of 100 came in."""
        if len(self.waits) < 2:
            return _PATIENCE_SECONDS * 1e3
        return quantiles(self.waits, n=20)[18] * 1e3


def measure(*, is_short: bool) -> list[Figure]:
    """Let people in, alone and under attack, in turn."""
    calm: list[Came] = []
    stormy: list[Came] = []
    for _ in range(_SHORT if is_short else _FULL):
        with stage() as made:  # a fresh one: failures of the turn before would still count
            made.settings["CANDOR_TRUSTED_PROXIES"] = "1"
            made.start_web()
            marks = asyncio.run(_prepare(made))
            calm.append(asyncio.run(_turn(made, marks, attackers=0)))
            stormy.append(asyncio.run(_turn(made, marks, attackers=_ATTACKERS)))
    extra = {
        "people": _PEOPLE,
        "attackers": _ATTACKERS,
        "guesses_looked_at": [one.guesses for one in stormy],
        "guesses_stopped": [one.stopped for one in stormy],
    }
    return [
        Figure(
            "SIGNIN",
            "staff who come in by password while it is guessed",
            "%",
            [one.share for one in stormy],
            Goal(value_at_least=99),
            Baseline("the same people without attackers", [one.share for one in calm]),
            extra,
        ),
        Figure(
            "SIGNIN",
            "time until they are in, p95, challenges included",
            "ms",
            [one.p95 for one in stormy],
            NO_GOAL,
            Baseline("the same people without attackers", [one.p95 for one in calm]),
        ),
    ]


async def _prepare(made: Stage) -> list[str]:
    """Make the staff; return what the browsers of the first half keep."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with compose(settings, made.urls.app, pool=2).running() as candor:
        doors = doors_of(candor)
        marks: list[str] = []
        for number in range(_PEOPLE):
            await make_holder(candor, handle=f"member{number}")
            who = Attempt(Audience.STAFF, f"staff:member{number}", Caller("", "", ""))
            marks.append(doors.remember(who).value or "")
    return marks[: _PEOPLE // 2]


async def _turn(made: Stage, marks: list[str], *, attackers: int) -> Came:
    """Let everybody sign in once; attackers begin five seconds before and end with them."""
    came = Came()
    over = asyncio.Event()
    seed = random.Random(SEED)
    storm = [
        asyncio.create_task(_attack(made, came, over, random.Random(seed.random())))
        for _ in range(attackers)
    ]
    if attackers:
        await asyncio.sleep(5)
    people: list[asyncio.Task[None]] = []
    for number in range(_PEOPLE):
        mark = marks[number] if number < len(marks) else ""
        people.append(asyncio.create_task(_come_in(made, came, number, mark)))
        await asyncio.sleep(_EVERY_SECONDS)
    await asyncio.gather(*people)
    over.set()
    await asyncio.gather(*storm)
    return came


async def _come_in(made: Stage, came: Came, number: int, mark: str) -> None:
    began = perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), _browser(made) as browser:
            address = {"x-forwarded-for": f"198.51.{number}.7"}
            if mark:
                browser.cookies.set("candor_known_staff", mark, domain="127.0.0.1")
            page = await browser.get(_FORM, headers=address)
            # Twice: who guesses may have made the account dearer meanwhile.
            for _ in range(3):
                answer = await browser.post(
                    _POST,
                    data=await _fields(page.text, f"member{number}", PASSWORD),
                    headers=address,
                )
                if answer.status_code == 303:
                    came.waits.append(perf_counter() - began)
                    return
                page = answer
    except (TimeoutError, httpx.HTTPError):
        pass
    came.missed += 1


async def _attack(made: Stage, came: Came, over: asyncio.Event, dice: random.Random) -> None:
    async with _browser(made) as browser:
        page = await browser.get(_FORM, headers={"x-forwarded-for": "10.9.9.9"})
        while not over.is_set():
            name = (
                f"member{dice.randrange(_PEOPLE)}"
                if dice.random() < 0.5
                else str(dice.random())
            )
            address = (
                f"10.{dice.randrange(500) // 250}.{dice.randrange(250)}.{dice.randrange(20)}"
            )
            fields = {"csrf_token": _csrf(page.text), "name": name, "password": "guessed it"}
            try:
                answer = await browser.post(
                    _POST, data=fields, headers={"x-forwarded-for": address}
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == 429:
                came.stopped += 1
            else:
                came.guesses += 1


def _browser(made: Stage) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{made.port}", timeout=_PATIENCE_SECONDS
    )


async def _fields(page: str, name: str, password: str) -> Mapping[str, str]:
    fields = {"csrf_token": _csrf(page), "name": name, "password": password}
    task = _TASK.search(page)
    if task is not None:
        fields["altcha"] = await asyncio.to_thread(_solved, unescape(task[1]))
    ticket = _TICKET.search(page)
    return {**fields, "ticket": ticket[1]} if ticket else fields


def _csrf(page: str) -> str:
    found = _CSRF.search(page)
    return found[1] if found else ""


def _solved(task: str) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(task))  # pyright: ignore[reportUnknownMemberType] - the library says `dict` alone
    solution = altcha.solve_challenge(challenge)
    return altcha.Payload(challenge, solution).to_base64() if solution else ""
