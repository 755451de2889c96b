"""Global Privacy Control over a real socket: the header arrives as browsers write it."""

import pytest

from tests.factories.live import Live, fresh_mark

PAGE = {"type": "page", "properties": {"path": "/"}}


def heard(live: Live) -> int:
    """Return how many signals the shop passed on so far."""
    with live.owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM consent.signal WHERE kind = 'gpc' AND surface = 'source shop'"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(("value", "more"), [("1", 1), ("0", 0), ("true", 0), ("1;x=y", 0)])
def test_the_header_is_heard_exactly(live: Live, value: str, more: int) -> None:
    mark = fresh_mark()
    before = heard(live)
    call = {**PAGE, "anonymousId": mark, "messageId": mark}
    for _ in range(2):
        headers = {"Sec-GPC": value}
        assert live.post("/v1/batch", {"batch": [call]}, **headers).status == 200
    assert heard(live) == before + more


def test_the_site_tells_that_it_listens(live: Live) -> None:
    answer = live.get("/.well-known/gpc.json")
    assert answer.status == 200
    assert answer.json["gpc"] is True
