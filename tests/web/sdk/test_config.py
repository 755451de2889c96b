"""What a page may ask: by the law of its source, in its language, and nothing that it cannot."""

from typing import Any

import httpx
import msgspec
import pytest

from candor.app import Candor
from candor.domain.access.service import write_keys
from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent.model.notice import shown
from tests.factories.house import TEST, apply_company, make_company, rules_of

PAGE = "https://shop.example"


async def asked(candor: Candor, script: httpx.AsyncClient, **headers: str) -> httpx.Response:
    """Ask what a page may ask, with a fresh key of the shop."""
    async with candor.database.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=candor.clock)
    return await script.get("/sdk/config", params={"key": key, "lang": "en"}, headers=headers)


async def apply(candor: Candor, code: str = "news", **changes: Any) -> None:  # noqa: ANN401 - fields
    """Let a purpose differ, and the shop have a page."""
    company = make_company()
    purposes = tuple(
        msgspec.structs.replace(p, **changes) if p.code == code else p for p in company.purposes
    )
    sources = tuple(
        msgspec.structs.replace(s, origins=(PAGE,), verifies=("device",))
        if s.code == "shop"
        else s
        for s in company.sources
    )
    await apply_company(candor, purposes=purposes, sources=sources)


async def test_a_page_asks_for_what_needs_a_yes_with_its_exact_words(
    candor: Candor, script: httpx.AsyncClient
) -> None:
    await apply(candor, edition=3, is_sale=True, consent_lasts="P1Y")
    answer = await asked(candor, script, Origin=PAGE)
    found = {one["name"]: one for one in answer.json()["categories"]}
    assert set(found) == {"analytics", "marketing", "advertising"}
    marketing = found["marketing"]
    assert marketing["asks"] is True
    assert marketing["is_sale"] is True
    assert marketing["lasts_days"] == 365
    assert marketing["ask_again_days"] == 365
    assert marketing["edition"] == "news:3 ads:1"
    words = shown(await rules_of(candor), "news", "en")
    assert marketing["purposes"][0]["notice"] == words.notice_id
    assert found["analytics"]["asks"] is False  # rests on legitimate interest: on until a no
    assert "Order Completed" in answer.json()["necessary"]


async def test_a_yes_that_needs_a_mail_is_not_asked_by_a_page(
    candor: Candor, script: httpx.AsyncClient
) -> None:
    await apply(candor, confirm=True)
    answer = await asked(candor, script, Origin=PAGE)
    assert {one["name"] for one in answer.json()["categories"]} == {"analytics", "advertising"}


async def test_what_the_law_calls_a_contract_is_not_asked(
    candor: Candor, script: httpx.AsyncClient
) -> None:
    await apply(candor, "insight", basis=dict.fromkeys(Regime, LegalBasis.CONTRACT))
    answer = await asked(candor, script, Origin=PAGE)
    assert {one["name"] for one in answer.json()["categories"]} == {"marketing", "advertising"}


@pytest.mark.asvs("3.4.2")
async def test_only_declared_pages_read_it(candor: Candor, script: httpx.AsyncClient) -> None:
    await apply(candor)
    good = await asked(candor, script, Origin=PAGE)
    assert good.headers["access-control-allow-origin"] == PAGE
    assert "set-cookie" not in good.headers
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        foreign = await asked(candor, script, Origin=origin)
        assert foreign.status_code == 403
        assert "access-control-allow-origin" not in foreign.headers


async def test_a_wrong_key_learns_nothing(script: httpx.AsyncClient) -> None:
    for key in ("", "wrong", "ä", "x" * 5_000, "a\x00b"):
        answer = await script.get("/sdk/config", params={"key": key})
        assert answer.status_code == 401
        assert "categories" not in answer.json()


async def test_files_are_asked_for_again_and_rarely_sent(script: httpx.AsyncClient) -> None:
    for name in ("candor.js", "candor-consent.js", "candor.css"):
        first = await script.get(f"/sdk/{name}")
        again = await script.get(
            f"/sdk/{name}", headers={"If-None-Match": first.headers["etag"]}
        )
        assert (first.status_code, again.status_code) == (200, 304)
        assert again.content == b""
        assert first.headers["cross-origin-resource-policy"] == "cross-origin"
