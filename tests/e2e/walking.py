"""What a customer's walk through the pages needs: customers, their words, looks at the pages."""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from candor.cli.place import Place, services
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links
from candor.domain.consent.service import links
from candor.domain.consent.service.links import Links, Stop
from candor.domain.profiles.service import read as people
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId
from tests.factories.live import ROOT, Live

LANGUAGES: Final = ("en", "de", "pl", "pt", "ru")
TOPIC: Final = ("newsletter", "weekly_offers", "email")
_LOCALES: Final = ROOT / "src/candor/locale"
_PLACE: Final = re.compile(r"%\\\((\w+)\\\)s")  # a placeholder, after re.escape
_FEWEST_LETTERS: Final = 8  # of a sentence with placeholders, for it to mean anything
_SHORTEST: Final = 4
# Words that none of the other four languages has, for texts that nobody marked as texts.
_ENGLISH: Final = re.compile(
    r"\b(?:the|your|you|and|with|what|which|from|this|until)\b", re.IGNORECASE
)
_TEXTS: Final = """() => {
    const found = new Set();
    for (const element of document.body.querySelectorAll('*')) {
        if (!element.checkVisibility() || element.closest('.languages, [lang] [lang]')) continue;
        const said = element.textContent.replace(/\\s+/g, ' ').trim();
        if (said && said.length < 400) found.add(said);
        for (const node of element.childNodes) {
            if (node.nodeType !== Node.TEXT_NODE) continue;
            const text = node.textContent.replace(/\\s+/g, ' ').trim();
            if (text) found.add(text);
        }
        const label = element.getAttribute('aria-label');
        if (label) found.add(label);
    }
    return [...found, document.title];
}"""
_OVER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

_FOCUSED: Final = """inside => {
    const focused = document.activeElement;
    return focused.closest(inside) && focused.textContent.trim();
}"""
_OUTLINE: Final = "getComputedStyle(document.activeElement).outlineStyle"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody whose pages are in one language."""

    language: str
    number: str
    profile_id: ProfileId
    sign_in: str  # path of a link that works once
    unsubscribe: str  # path of the link in a letter about next week's prices


def customers(live: Live, languages: Sequence[str], family: int) -> dict[str, Customer]:
    """Make one customer per language known, each with the two links that they were sent.

    Args:
        live: where.
        languages: what they read.
        family: tells the customers of one test from those of another.
    """
    calls = [
        {
            "type": "identify",
            "userId": _number(language, family),
            "traits": {
                "firstName": "Ada",
                "email": f"ada.{language}.{family}@example.org",
                "language": language,
            },
        }
        for language in languages
    ]
    assert live.batch(calls).status == 200
    with ThreadPoolExecutor(1) as beside:  # the browser has taken the loop of this thread
        made = beside.submit(lambda: asyncio.run(_customers(live, languages, family))).result()
    return {customer.language: customer for customer in made}


def _number(language: str, family: int) -> str:
    return f"N{family}{ord(language[0]):03}{ord(language[1]):03}"


async def _customers(live: Live, languages: Sequence[str], family: int) -> list[Customer]:
    settings = Settings.load(
        {k: v for k, v in live.environment.items() if k.startswith("CANDOR_")}
    )
    made: list[Customer] = []
    async with (
        services(Place(settings, live.urls, live.postgres)) as candor,
        candor.database.tx() as tx,
    ):
        rules = await candor.rulebook.rules(tx)
        purpose, topic, channel = TOPIC
        policy = rules.policy
        maker = Links(candor.keyring.fixed_key("links"))
        for language in languages:
            number = _number(language, family)
            whose = await people.find(
                tx, "customer_number", number, in_force=rules.in_force, vault=candor.vault
            )
            assert whose is not None
            token = await sign_in_links.make(
                tx, audience=Audience.CUSTOMER, bearer_id=whose, clock=candor.clock
            )
            stop = Stop(
                policy.bits[purpose],
                policy.topics[topic].bit,
                policy.channels[channel].bit,
                language=language,
            )
            way_out = links.unsubscribe_url(maker, "", whose, stop, candor.clock.now())
            made.append(Customer(language, number, whose, f"/me/sign-in/{token}", way_out))
    return made


class Words:
    """What the pages say in one language, by what they say in English."""

    def __init__(self, language: str) -> None:
        """Read the translations; English needs none."""
        self.language = language
        self._said = dict(_written(language)) if language != "en" else {}

    def __call__(self, english: str, **values: str) -> str:
        """Return a text in the language."""
        said = self._said[english] if self.language != "en" else english
        return said % values if values else said

    def left_in_english(self, page: Page) -> list[str]:
        """Return what a page says in English though it should not."""
        if self.language == "en":
            return []
        return [
            f"{page.url}: {text}"
            for text in page.evaluate(_TEXTS)
            if _is_english(text, self.language)
        ]


@cache
def _is_english(text: str, language: str) -> bool:
    plain, open_ = _english(language)
    return (
        text in plain
        or any(one.fullmatch(text) for one in open_)
        or _ENGLISH.search(text) is not None
    )


@cache
def _written(language: str) -> tuple[tuple[str, str], ...]:
    """Return every text and its translation, plural forms one by one."""
    file = Path(_LOCALES / language / "LC_MESSAGES/candor.po")
    with file.open("rb") as opened:
        catalogue: Any = read_po(opened, locale=language)
    pairs: list[tuple[str, str]] = []
    for message in catalogue:
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        pairs += [(one, said[0 if one == english[0] else -1]) for one in english if one]
    return tuple(pairs)


@cache
def _english(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the English texts that are said otherwise: as they are, and with placeholders."""
    plain: set[str] = set()
    open_: list[re.Pattern[str]] = []
    own = {said for _, said in _written(language)}
    for english, said in _written(language):
        if not said or english in own or len(english) < _SHORTEST:
            continue
        if "%(" not in english:
            plain.add(english)
        elif len(re.sub(r"%\(\w+\)s|\W", "", english)) >= _FEWEST_LETTERS:
            open_.append(re.compile(_PLACE.sub(".+?", re.escape(english))))
    return frozenset(plain), tuple(open_)


def faults_of(page: Page, words: Words) -> list[str]:
    """Return what is wrong with an open page for somebody with a phone who reads this language."""
    faults = words.left_in_english(page)
    said = page.locator("html").get_attribute("lang") or ""
    if said.partition("-")[0] != words.language:
        faults.append(f"{page.url}: says that it is in {said}")
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        over = page.evaluate(_OVER)
        if over > 0:
            faults.append(f"{page.url}: {over} pixels too wide at {width}")
    return faults


def press(
    page: Page, words: str, *, inside: str = "body", key: str = "Enter", stays: bool = False
) -> None:
    """Tab to what says exactly these words, see where the focus is, and press a key on it.

    Args:
        page: open.
        words: of a link, a button, or what unfolds.
        inside: a selector of where it is.
        key: that is pressed on it.
        stays: no other page comes of it.
    """
    for _ in range(160):
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED, inside) == words:
            assert page.evaluate(_OUTLINE) != "none"
            if stays:
                page.keyboard.press(key)
                return
            with page.expect_event("domcontentloaded"):
                page.keyboard.press(key)
            return
    pytest.fail(f"no way to {words} by keyboard on {page.url}")


def pick(page: Page, field: str, place: int) -> None:
    """Tab to a list and go down to what is wanted of it, counted from 0."""
    for _ in range(160):
        page.keyboard.press("Tab")
        if page.locator(f"{field}:focus").count():
            for key in ("Home", *("ArrowDown" for _ in range(place))):
                page.keyboard.press(key)
            return
    pytest.fail(f"no way to {field} by keyboard on {page.url}")
