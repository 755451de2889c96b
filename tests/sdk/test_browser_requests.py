"""What Segment's browser SDK (@segment/analytics-next 1.84) sends, byte for byte in form.

Captured from the SDK, without a browser: `text/plain` so that no preflight is needed, the short
addresses, the key in the body as well, the settings that it asks for before it starts, and
RudderStack's browser SDK with its preflight.
"""

import json
from typing import Any, Final

import pytest

from tests.factories.live import Live, fresh_mark

pytestmark = pytest.mark.sdk

ORIGIN: Final = {"Origin": "https://shop.example"}
CONTEXT: Final = {
    "page": {"path": "/offers", "referrer": "", "search": "", "title": "Offers"},
    "userAgent": "Mozilla/5.0",
    "locale": "de-DE",
    "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
    "timezone": "Europe/Berlin",
    "consent": {"categoryPreferences": {"Analytics": True}},
}


def call(live: Live, kind: str, device: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "timestamp": "2026-11-21T15:00:00.000Z",
        "integrations": {"Segment.io": True},
        "type": kind,
        "context": CONTEXT,
        "messageId": f"ajs-next-1763737200000-{fresh_mark()}",
        "writeKey": live.keys["shop"],
        "userId": None,
        "anonymousId": device,
        "sentAt": "2026-11-21T15:00:00.200Z",
        "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
        **more,
    }


def send(live: Live, path: str, body: object) -> int:
    """Send as the browser does: text, the key in the body only."""
    answer = live.request(
        "POST",
        path,
        json.dumps(body).encode(),
        {**ORIGIN, "Content-Type": "text/plain", "X-Retry-Count": "1"},
    )
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    return answer.status


def kept(live: Live, order: str) -> int:
    with live.owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM collect.event WHERE properties ->> 'order_id' = %s", (order,)
        ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("path", "kind", "more"),
    [
        ("/v1/i", "identify", {"traits": {"first_name": "Ada"}}),
        ("/v1/t", "track", {"event": "App Opened", "properties": {}}),
        ("/v1/p", "page", {"name": "Offers", "properties": {"path": "/offers"}}),
        ("/v1/s", "screen", {"name": "Offers", "properties": {}}),
        ("/v1/a", "alias", {"previousId": "browser-before", "userId": "N900"}),
        ("/v1/identify", "identify", {"traits": {}}),
        ("/v1/track", "track", {"event": "App Opened"}),
        ("/v1/page", "page", {"properties": {}}),
        ("/v1/screen", "screen", {"name": "Offers"}),
    ],
)
def test_every_short_and_long_address_takes_its_call(
    live: Live, path: str, kind: str, more: dict[str, Any]
) -> None:
    assert send(live, path, call(live, kind, f"browser-{fresh_mark()}", **more)) == 200


def test_a_call_sent_as_plain_text_is_kept_once_however_often_it_is_sent(live: Live) -> None:
    order = fresh_mark()
    body = call(live, "track", f"browser-{fresh_mark()}", event="Order Completed")
    body["properties"] = {"order_id": order}
    assert [send(live, "/v1/t", body) for _ in range(3)] == [200, 200, 200]
    assert kept(live, order) == 1


def test_batches_of_the_browser_are_taken(live: Live) -> None:
    order = fresh_mark()
    one = call(live, "track", f"browser-{fresh_mark()}", event="Order Completed")
    one["properties"] = {"order_id": order}
    body = {"writeKey": live.keys["shop"], "batch": [one], "sentAt": "2026-11-21T15:00:00.3Z"}
    assert send(live, "/v1/b", body) == 200
    assert kept(live, order) == 1


def test_the_settings_that_the_browser_asks_for_are_there(live: Live) -> None:
    answer = live.get(f"/v1/projects/{live.keys['shop']}/settings", **ORIGIN)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Segment.io" in answer.json["integrations"]


def test_a_preflight_allows_what_browser_sdks_send(live: Live) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,anonymousid",
    }
    answer = live.request("OPTIONS", "/v1/track", b"", asked)
    assert answer.status == 204
    allowed = answer.headers["access-control-allow-headers"]
    assert {"authorization", "content-type", "anonymousid", "x-retry-count"} <= set(
        allowed.split(", ")
    )
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_of_another_site_reads_nothing_but_the_answer(live: Live) -> None:
    answer = live.get("/readyz", **ORIGIN)
    assert "access-control-allow-origin" not in answer.headers
