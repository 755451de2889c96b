"""Encrypted files: rows, and the three kinds of places with what goes wrong there."""

import json
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.drop import words
from candor.domain.connections.adapters.drop.adapter import Drop
from candor.domain.connections.adapters.line import Filer, Line, Maker
from candor.domain.connections.errors import BadConnection, BadMessage, NotLetIn, Unreached
from candor.domain.connections.model import composing
from candor.domain.connections.model.composing import Desired, Reason
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.file import BadRow, Read
from candor.domain.connections.model.talk import Heard, Value
from candor.infra import age, sftp
from candor.infra.http import Outbound, OutboundRefused
from candor.kernel.pii import Pii
from tests.counterparts import object_store
from tests.counterparts.contract import hurried, line_of
from tests.counterparts.object_store import ObjectStore
from tests.counterparts.serving import Fault
from tests.counterparts.sftp_server import SftpServer, sftp_server

pytestmark = pytest.mark.anyio
BOTH = Direction.BOTH
MAPPING = (
    Field("mail", What.IDENTIFIER, "email", direction=BOTH, is_key=True),
    Field("hobby", What.ATTRIBUTE, "hobby", direction=BOTH),
    Field("news", What.PURPOSE, "news", direction=BOTH),
)
DROP = Drop()
KEY = age.new_identity()


def person(mail: str, hobby: Value, *, news: bool) -> Desired:
    """Return somebody as a file has them."""
    reason = Reason.GOES if hobby is not None else Reason.NOTHING_KNOWN
    value: Pii[Value] | None = None if hobby is None else Pii(hobby)
    lines = (
        composing.Line(MAPPING[1], reason, value),
        composing.Line(MAPPING[2], Reason.CHOICE, answer=news),
    )
    return Desired(Act.PUT, lines, {"mail": Pii(mail)})


async def _bytes(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(form: str, content: bytes) -> list[Read]:
    """Return what the rows of a file say."""
    return [one async for one in words.read(form, MAPPING, _bytes(content))]


def test_it_is_what_it_claims_to_be() -> None:
    assert isinstance(DROP, Filer)
    assert isinstance(DROP, Maker)


# ------------------------------------------------------------------------- rows
@given(
    hobby=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    news=st.booleans(),
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_what_goes_out_comes_back(form: str, hobby: str, *, news: bool) -> None:
    """Whatever signs are in it: quotes, ends of lines, formulas, apostrophes."""
    content = words.head(form, MAPPING) + words.rows(
        form, MAPPING, [person("ada@example.com", hobby, news=news)]
    )

    (found,) = await read(form, content)

    assert isinstance(found, Heard)
    assert found.keys["mail"].reveal() == "ada@example.com"
    assert found.choices == {"news": news}
    told = found.facts["hobby"].reveal() if "hobby" in found.facts else ""
    assert told == hobby or (form == "csv" and not hobby.strip() and told == "")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        *((one, f"'{one}") for one in ("=1+1", "+1", "-1", "@x", " =1", "'=1", "\uff1d1")),
        *((f"{sign}=1", f"'{sign}'=1") for sign in "\t\r\n"),
        *((f"x{sign}=1", f"x{sign}'=1") for sign in ";\t\r\n"),
        ("x; '=1;@x", "x;' '=1;'@x"),
        ("a; b, c-d", "a; b, c-d"),
    ],
)
def test_no_cell_is_a_formula(text: str, safe: str) -> None:
    """Also where a semicolon separates cells, whatever stands in quotes."""
    row = words.rows("csv", MAPPING, [person("a@example.com", text, news=True)]).decode()
    assert f",{safe}," in row or f',"{safe}",' in row


@given(st.text(st.sampled_from("=-@ ';\t\nx"), max_size=12))
async def test_what_was_made_safe_comes_back_as_it_was(text: str) -> None:
    """Apostrophes of one's own, too."""
    row = words.rows("csv", MAPPING, [person("a@example.com", f"x{text}x", news=True)])
    (found,) = await read("csv", words.head("csv", MAPPING) + row)
    assert isinstance(found, Heard)
    assert found.facts["hobby"].reveal() == f"x{text}x"


def test_numbers_and_nothing_are_plain() -> None:
    rows = words.rows(
        "csv",
        MAPPING,
        [person("a@example.com", -5, news=False), person("b@example.com", None, news=True)],
    )

    assert rows == b"a@example.com,-5,no\r\nb@example.com,,yes\r\n"


def test_lines_of_json_keep_every_kind() -> None:
    rows = words.rows("jsonl", MAPPING, [person("a@example.com", 5, news=False)])

    assert json.loads(rows) == {"mail": "a@example.com", "hobby": 5, "news": False}


async def test_times_of_rows_are_times_of_choices() -> None:
    content = b'{"mail":"a@example.com","news":true,"changed_at":"2026-03-01T12:00:00Z"}\n'

    (found,) = await read("jsonl", content)

    assert isinstance(found, Heard)
    assert found.chosen_at == {"news": datetime(2026, 3, 1, 12, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b"[1]", "row_not_json"),
        (b"{", "row_not_json"),
        (b"{}", "row_without_key"),
        (b'{"mail":""}', "row_without_key"),
        (b'{"mail":["a@example.com"]}', "row_without_key"),
        (b'{"mail":"a@example.com","changed_at":"2026-03-01"}', "row_bad_time"),
    ],
)
async def test_a_row_that_says_nothing_is_said_so(row: bytes, why: str) -> None:
    assert await read("jsonl", row + b"\n") == [BadRow(why)]


@pytest.mark.parametrize(
    "content",
    [
        b"mail\n" + b"x" * 70_000,
        b'mail\n"' + b"x\n" * 40_000,
        b'mail\n"never closed\n',
        b"\xff\xfe\n",
        b"who\na@example.com\n",
        b"mail,mail\na,b\n",
    ],
)
async def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadMessage):
        await read("csv", content)


async def test_a_record_of_many_lines_is_read_whole() -> None:
    hobby = "\n" * 60_000
    content = words.head("csv", MAPPING) + words.rows(
        "csv", MAPPING, [person("a@example.com", f"x{hobby}", news=True)] * 3
    )
    found = await read("csv", content)
    assert [one.facts["hobby"].reveal() for one in found if isinstance(one, Heard)] == [
        f"x{hobby}"
    ] * 3


@given(st.binary(max_size=300))
@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_whatever_comes_is_read_or_refused(form: str, content: bytes) -> None:
    try:
        found = await read(form, content)
    except BadMessage:
        return
    assert all(isinstance(one, Heard | BadRow) for one in found)


# ------------------------------------------------------------------------- places
def _line(
    settings: Mapping[str, str], *, root: Path | None = None, hosts: Sequence[str] = ()
) -> Line:
    made = DROP.make({})
    outbound = Outbound(folders=[root]) if root else None
    return line_of(
        settings={"recipients": age.public_of(KEY), **settings},
        secrets={**made, "secret_key": object_store.SECRET_KEY},
        mapping=MAPPING,
        hosts=hosts,
        outbound=outbound,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("drop") / "there") as found:
        (found.files / "in").mkdir()
        (found.files / "out").mkdir()
        yield found


@pytest.fixture(params=["local", "sftp", "s3"])
async def line(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[tuple[Line, "Tray"]]:
    """Give a line to each kind of place, and a way to lay something down there."""
    if request.param == "s3":
        async with ObjectStore().running() as store:
            yield (
                _line(store.settings("out", "in"), hosts=[store.host]),
                Tray(store=store),
            )
        return
    if request.param == "local":
        (tmp_path / "in").mkdir()
        (tmp_path / "out").mkdir()
        folders = {"folder": f"{tmp_path}/out", "inbox": f"{tmp_path}/in"}
        yield _line({"place": "local", **folders}, root=tmp_path), Tray(folder=tmp_path)
        return
    server: SftpServer = request.getfixturevalue("server")
    folders = {"folder": f"{server.files}/out", "inbox": f"{server.files}/in"}
    there = _line({**server.settings(), **folders}, hosts=[f"127.0.0.1:{server.port}"])
    server.allow(sftp.public_of(there.secrets["ssh_identity"]))
    yield there, Tray(folder=server.files)


class Tray:
    """What lies at a place, whatever it is made of."""

    def __init__(self, folder: Path | None = None, store: ObjectStore | None = None) -> None:
        self.folder = folder
        self.store = store

    def lay(self, name: str, content: bytes) -> None:
        """Lay a file down."""
        if self.store is not None:
            self.store.objects[name] = content
        elif self.folder is not None:
            (self.folder / name).write_bytes(content)

    def names(self, folder: str) -> list[str]:
        """Return what lies in a folder."""
        if self.store is not None:
            found = [one.rpartition("/") for one in self.store.objects]
            return sorted(name for where, _, name in found if where == folder)
        assert self.folder is not None
        path = self.folder / folder
        return sorted(one.name for one in path.iterdir() if one.is_file())

    def content(self, name: str) -> bytes:
        """Return a file."""
        if self.store is not None:
            return self.store.objects[name]
        assert self.folder is not None
        return (self.folder / name).read_bytes()


async def test_a_place_answers_a_check(line: tuple[Line, Tray]) -> None:
    await DROP.check(line[0])


@pytest.mark.parametrize("size", [1, 5 * 1024 * 1024, 12_000_001])
async def test_a_file_goes_there_whole_and_away_again(
    line: tuple[Line, Tray], tmp_path: Path, size: int
) -> None:
    """Also in parts; twice is once; of what was taken away nothing is left."""
    there, tray = line
    source = tmp_path / "sealed"
    source.write_bytes(secrets.token_bytes(size))

    await DROP.put(there, "a-1.csv.age", source)
    await DROP.put(there, "a-1.csv.age", source)

    assert tray.names("out") == ["a-1.csv.age"]
    assert tray.content("out/a-1.csv.age") == source.read_bytes()
    await DROP.take_away(there, "a-1.csv.age")
    await DROP.take_away(there, "a-1.csv.age")
    assert tray.names("out") == []


async def test_files_for_us_are_listed_fetched_and_set_aside(
    line: tuple[Line, Tray], tmp_path: Path
) -> None:
    there, tray = line
    content = secrets.token_bytes(6_000_000)
    for name in ("b.csv.age", "a.jsonl.age", "notes.txt", "strange name.csv.age"):
        tray.lay(f"in/{name}", content)

    assert await DROP.waiting(there) == ["a.jsonl.age", "b.csv.age"]
    await DROP.fetch(there, "b.csv.age", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == content
    await DROP.set_aside(there, "b.csv.age", is_taken=True)
    await DROP.set_aside(there, "b.csv.age", is_taken=True)
    await DROP.set_aside(there, "a.jsonl.age", is_taken=False)
    assert await DROP.waiting(there) == []
    assert tray.names("in/taken") == ["b.csv.age"]
    assert tray.names("in/refused") == ["a.jsonl.age"]


async def test_people_are_written_and_read_by_their_recipients_alone(
    line: tuple[Line, Tray], tmp_path: Path
) -> None:
    there, _ = line
    target = tmp_path / "sealed"

    async def people() -> AsyncIterator[Sequence[Desired]]:
        for number in range(100):
            yield [person(f"{number}-{n}@example.com", "chess", news=True) for n in range(50)]

    await DROP.write(there, target, people())

    plain = b"".join([some async for some in age.opened(target, KEY)])
    assert len(plain.splitlines()) == 5_001
    assert b"example.com" not in target.read_bytes()
    with pytest.raises(BadMessage):  # we ourselves cannot
        await DROP.check_file(there, target)


@pytest.mark.parametrize("fault", sorted(ObjectStore().supported))
@pytest.mark.parametrize("after", range(4))
async def test_whatever_fails_at_a_store_is_tried_again(
    tmp_path: Path, fault: Fault, after: int
) -> None:
    """At each call of an upload in parts; nothing half is ever seen under the name."""
    source = tmp_path / "sealed"
    source.write_bytes(secrets.token_bytes(6_000_000))
    async with ObjectStore().running() as store:
        there = _line(store.settings("out"), hosts=[store.host])
        store.fail(fault, after=after)
        with hurried(there, fault), pytest.raises((Unreached, NotLetIn)):
            await DROP.put(there, "a.csv.age", source)
        assert store.objects.get("out/a.csv.age", source.read_bytes()) == source.read_bytes()
        store.heal()
        await DROP.put(there, "a.csv.age", source)
        assert store.objects["out/a.csv.age"] == source.read_bytes()


async def test_an_error_inside_of_a_success_is_none(tmp_path: Path) -> None:
    """Of the last call of an upload, and of a copy, as the documentation warns."""
    source = tmp_path / "sealed"
    source.write_bytes(bytes(6_000_000))
    async with ObjectStore().running() as store:
        there = _line(store.settings("out", "in"), hosts=[store.host])
        store.fail(Fault.ERROR_IN_200, after=3)
        with pytest.raises(Unreached):
            await DROP.put(there, "a.csv.age", source)
        store.objects["in/b.csv.age"] = b"x"
        store.fail(Fault.ERROR_IN_200)
        with pytest.raises(Unreached):
            await DROP.set_aside(there, "b.csv.age", is_taken=True)
        assert store.objects["in/b.csv.age"] == b"x"


async def test_a_full_store_and_one_that_keeps_what_is_deleted_say_so(tmp_path: Path) -> None:
    source = tmp_path / "sealed"
    source.write_bytes(b"x")
    async with ObjectStore().running() as store:
        there = _line(store.settings("out"), hosts=[store.host])
        store.is_full = True
        with pytest.raises(Unreached) as full:
            await DROP.put(there, "a.csv.age", source)
        store.is_full, store.keeps = False, True
        await DROP.put(there, "a.csv.age", source)
        with pytest.raises(Unreached) as kept:
            await DROP.take_away(there, "a.csv.age")
    assert full.value.problem == "status_507"
    assert kept.value.problem == "not_removed"


async def test_another_server_gets_nothing(server: SftpServer, tmp_path: Path) -> None:
    """A host key that is not the one which was named, and a key that is not let in."""
    source = tmp_path / "sealed"
    source.write_bytes(b"x")
    other = sftp.public_of(sftp.new_identity())
    hosts = [f"127.0.0.1:{server.port}"]
    settings = {**server.settings(), "folder": f"{server.files}/out"}
    wrong = _line({**settings, "host_key": other}, hosts=hosts)
    server.allow(sftp.public_of(wrong.secrets["ssh_identity"]))
    with pytest.raises(NotLetIn):
        await DROP.put(wrong, "x.csv.age", source)
    with pytest.raises(NotLetIn):
        await DROP.put(_line(settings, hosts=hosts), "x.csv.age", source)


async def test_a_server_within_must_be_named(server: SftpServer) -> None:
    """Nobody is sent into our own network by a setting."""
    with pytest.raises(OutboundRefused):
        await DROP.check(_line({**server.settings(), "folder": "/out"}))


async def test_a_folder_must_be_named_by_the_operator(tmp_path: Path) -> None:
    """Nor by a link that leads out of one."""
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "link").symlink_to(tmp_path)
    for folder in (
        str(tmp_path),
        f"{tmp_path}/allowed/link",
        "allowed",
        f"{tmp_path}/allowed/..",
    ):
        with pytest.raises(OutboundRefused):
            await DROP.check(
                _line({"place": "local", "folder": folder}, root=tmp_path / "allowed")
            )


async def test_a_link_in_a_folder_of_others_leads_nowhere(tmp_path: Path) -> None:
    """They may write there, too: a link of theirs would have us write where they may not."""
    folder, inbox, other = tmp_path / "out", tmp_path / "in", tmp_path / "other"
    for one in (folder, inbox, other):
        one.mkdir()
    (other / "ours").write_bytes(b"ours")
    (other / "a.csv.age").write_bytes(b"ours")
    (folder / ".a.csv.age.part").symlink_to(other / "ours")
    (inbox / "a.csv.age").write_bytes(b"theirs")
    (inbox / "taken").symlink_to(other)
    source = tmp_path / "sealed"
    source.write_bytes(b"sealed")
    there = _line({"place": "local", "folder": str(folder), "inbox": str(inbox)}, root=tmp_path)

    await DROP.put(there, "a.csv.age", source)
    with pytest.raises(Unreached):
        await DROP.set_aside(there, "a.csv.age", is_taken=True)

    assert (folder / "a.csv.age").read_bytes() == b"sealed"
    assert {one.read_bytes() for one in other.iterdir()} == {b"ours"}


async def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv.age")
    there = _line({"place": "local", "inbox": str(tmp_path)}, root=tmp_path)
    with pytest.raises(BadMessage):
        await DROP.fetch(there, "a.csv.age", tmp_path / "fetched")


async def test_a_list_of_entries_without_end_holds_nobody_up() -> None:
    """By a pattern that seeks each end, this took hours."""
    body = f"<ListBucketResult>{'<Contents>' * 400_000}"
    async with ObjectStore().running() as store:
        there = _line(store.settings("out", "in"), hosts=[store.host])
        store.listed = body
        assert await DROP.waiting(there) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"recipients": ""},
        {"recipients": "age1no"},
        {"folder": ""},
        {"place": "moon"},
        {"place": "s3", "bucket": "Bad Bucket", "endpoint": "https://s3.example.com"},
        {"place": "sftp", "user": "-oProxyCommand=x", "host": "sftp.example.com"},
    ],
)
async def test_settings_that_make_no_sense_are_refused(
    tmp_path: Path, settings: Mapping[str, str]
) -> None:
    given_ = {"place": "local", "folder": str(tmp_path), **settings}

    with pytest.raises(BadConnection):
        await DROP.check(_line(given_, root=tmp_path))


def test_the_public_halves_of_our_keys_are_shown() -> None:
    line = _line({"place": "sftp"})

    shown = {one.name: one.text for one in DROP.shown(line)}

    assert shown["recipient"].startswith("age1")
    assert shown["authorized_keys"].startswith("ssh-ed25519 ")
    assert not any("SECRET" in text or "PRIVATE" in text for text in shown.values())
