"""What anybody may fetch of the log: its head, hashes, and that it only grew. No entry."""

from base64 import b64decode

import httpx
import pytest

from candor.app import Candor
from candor.domain.audit.model.checkpoint import head_of
from candor.domain.audit.model.tree import is_consistent
from candor.infra import note
from tests.factories.house import make_person
from tests.factories.logs import seal


async def test_the_page_shows_the_newest_head_and_the_key(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    empty = (await stranger.get("/trust/log")).text
    assert "Nothing is signed yet" in empty
    head = await seal(candor)
    answer = await stranger.get("/trust/log?lang=de")
    assert head.note.split("\n")[2].replace("+", "&#43;") in answer.text or (
        head.note.split("\n")[2] in answer.text
    )
    assert answer.headers["cache-control"] == "public, max-age=60"


async def test_the_file_is_a_note_that_the_published_key_signed(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    assert (await stranger.get("/trust/log/checkpoint")).status_code == 404
    head = await seal(candor)
    answer = await stranger.get("/trust/log/checkpoint")
    assert answer.text == head.note
    assert answer.headers["access-control-allow-origin"] == "*"
    page = (await stranger.get("/trust/log")).text
    (vkey,) = [
        part.split("</code>")[0].replace("&#43;", "+")
        for part in page.split("<code>")
        if part.startswith("localhost:8700/trust/log+") or "log&#43;" in part[:40]
    ]
    told = head_of(note.opened(answer.text, [note.verifier_of(vkey)]))
    assert (told.size, told.root) == (head.size, head.root)


async def test_one_head_grew_out_of_the_other(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    first = await seal(candor)
    await make_person(candor, name="Ada", email="ada@example.org")
    second = await seal(candor)
    answer = await stranger.get(f"/trust/log/consistency?from={first.size}&to={second.size}")
    path = [b64decode(line) for line in answer.text.split()]
    assert is_consistent(first.size, first.root, second.size, second.root, path)


@pytest.mark.parametrize(
    "query",
    ["", "from=0&to=1", "from=2&to=1", "from=1&to=999999", "from=1&to=x", "from=+1&to=1"],
)
async def test_sizes_that_are_none(
    query: str, candor: Candor, stranger: httpx.AsyncClient
) -> None:
    await seal(candor)
    assert (await stranger.get(f"/trust/log/consistency?{query}")).status_code == 404


async def test_tiles_are_hashes_as_far_as_a_head_reaches(
    candor: Candor, stranger: httpx.AsyncClient
) -> None:
    head = await seal(candor)
    whole = await stranger.get(f"/trust/log/tile/0/000.p/{head.size}")
    assert len(whole.content) == head.size * 32
    assert (await stranger.get("/trust/log/tile/0/000.p/1")).content == whole.content[:32]
    for path in (
        f"0/000.p/{head.size + 1}",  # not signed over yet
        "0/000",  # not full
        "0/000.p/256",
        "0/x000/000.p/0",
        "0/x001/000",
        "9/000",
        "0/0",
        "entries/000",
        "0/000/../000",
        "../checkpoint/x",
    ):
        assert (await stranger.get(f"/trust/log/tile/{path}")).status_code == 404, path


async def test_no_entry_leaves(candor: Candor, stranger: httpx.AsyncClient) -> None:
    await make_person(candor, name="Ada", email="ada@example.org")
    await seal(candor)
    for path in ("/trust/log", "/trust/log/checkpoint", "/trust/log/tile/0/000.p/1"):
        assert b"vault." not in (await stranger.get(path)).content
