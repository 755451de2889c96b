"""Mail through Postfix itself: signed mail arrives whole, and its own reports are understood."""

from collections.abc import AsyncIterator, Iterator

import dkim as oracle
import pytest

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Heard, Received, Taken, Ticket
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.ids import new_id
from tests.counterparts import postfix
from tests.counterparts.postfix import Postfix
from tests.factories.certificates import certificate_for
from tests.factories.mailing import ADA, WORD, mail_line, message

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not postfix.is_here(), reason="needs Postfix, and root"),
]


CERTIFICATE, KEY = certificate_for("127.0.0.1")


@pytest.fixture(scope="module")
def there() -> Iterator[Postfix]:
    with postfix.running(CERTIFICATE, KEY) as server:
        yield server


def line(server: Postfix, **changes: str) -> Line:
    settings = {"tls": "starttls", "ca": CERTIFICATE.decode()} | changes
    return mail_line(f"127.0.0.1:{server.port}", **settings)


async def _heard(ours: Line, raw: bytes) -> list[Heard]:
    request = Received("POST", ours.callback_url, {"authorization": f"Bearer {WORD}"}, raw)
    return list((await Smtp().hear(ours, request))[0])


@pytest.fixture
async def mail() -> AsyncIterator[Smtp]:
    adapter = Smtp()
    yield adapter
    await adapter.close()


async def test_mail_arrives_signed_and_reports_of_postfix_find_whose_it_was(
    there: Postfix, mail: Smtp
) -> None:
    ours = line(there)
    people = ["ada@well.example", "a@gone.example", "b@full.example", "c@distrust.example"]
    wanted = [message(one, ticket=Ticket(new_id(), 1, 1)) for one in people]

    await mail.check(ours)
    assert await mail.carry(ours, wanted) == [Taken()] * 4
    came = there.mails(4)

    arrived = next(raw for raw in came if b"ada@well.example" in raw.split(b"\n\n")[0])
    _check_signatures(mail, ours, arrived)
    assert await _heard(ours, arrived) == []
    heard = [one for raw in came if raw is not arrived for one in await _heard(ours, raw)]
    assert {one.profile_id for one in heard} == {ADA}
    assert sorted((one.note, *one.signals) for one in heard) == [
        ("", (SignalKind.BOUNCE, "email")),
        ("policy",),
        ("soft_bounce",),
    ]


def _check_signatures(mail: Smtp, ours: Line, arrived: bytes) -> None:
    """Verify both as the receiver would, behind the headers that Postfix put on top."""
    records = {f"{one.name}.".encode(): one.text.encode() for one in mail.shown(ours)}

    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return records.get(name)

    assert arrived.count(b"DKIM-Signature:") == 2
    for number in range(2):
        assert oracle.DKIM(arrived).verify(idx=number, dnsfunc=txt)


async def test_a_certificate_of_nobody_we_trust_ends_it(there: Postfix, mail: Smtp) -> None:
    with pytest.raises(Unreached) as failed:
        await mail.carry(line(there, ca=""), [message()])

    assert failed.value.problem == "bad_certificate"


async def test_nothing_is_said_in_the_open_where_postfix_wants_tls(
    there: Postfix, mail: Smtp
) -> None:
    said = await mail.carry(line(there, tls="none"), [message()])

    assert [type(one).__name__ for one in said] == ["Later"]  # 530 5.7.0: STARTTLS first
