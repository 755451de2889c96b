"""A certificate that is not in order: nothing is said to that server, and nobody is parked."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typing_extensions import override

from candor.domain.connections.adapters.audience.adapter import Audience
from candor.domain.connections.adapters.hubspot.adapter import Hubspot
from candor.domain.connections.adapters.line import Adapter
from candor.domain.connections.adapters.listmonk.transport import Listmonk
from candor.domain.connections.adapters.mautic.transport import Mautic
from candor.domain.connections.adapters.salesforce.adapter import Salesforce
from candor.domain.connections.adapters.sms.transport import Sms
from candor.domain.connections.adapters.webhook.transport import Webhook
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.connection import Field, What
from candor.domain.connections.model.talk import Message, Ticket
from candor.infra.http import OutboundUntrusted
from candor.kernel.pii import Pii
from tests.counterparts import audience, receiver, tls
from tests.counterparts.contract import Pair, line_of, says_nothing
from tests.counterparts.serving import Answered, Asked, HttpCounterpart
from tests.counterparts.tls import Certificate, Trusting


class Somebody(HttpCounterpart):
    """A server that takes everything."""

    @override
    async def answer(self, asked: Asked) -> Answered:
        del asked
        return Answered(200, {})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of system wants to know; `url` stands for its address."""

    adapter: Adapter
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    key: str
    choice: str
    remote_id: str

    def pair(self, there: HttpCounterpart) -> Pair:
        line = line_of(
            settings={n: there.url if t == "url" else t for n, t in self.settings.items()},
            secrets=self.secrets,
            mapping=(
                Field(self.key, What.IDENTIFIER, "email", is_key=True),
                Field(self.choice, What.PURPOSE, "news"),
            ),
            outbound=Trusting(there.host),
        )
        return Pair(self.adapter, line, there, self.key, "fact", "other", self.choice)


BAD = [tls.expired, tls.early, tls.of_another, tls.of_nobody]
KINDS = [
    Kind(Hubspot(), {"base_url": "url"}, {"token": "t"}, "email", "newsletter", "7"),
    Kind(
        Salesforce(),
        {"login_url": "url", "flow": "client_credentials", "client_id": "c"},
        {"client_secret": "s"}, "Email", "HasOptedOutOfEmail", "0035000000AbCdEAAV",
    ),
    Kind(
        Listmonk(), {"base_url": "url", "user": "u"}, {"token": "t"}, "email", "list:1", "7"
    ),
    Kind(
        Mautic(), {"base_url": "url", "user": "u"}, {"password": "p"}, "email", "dnc:email", "7"
    ),
    Kind(Webhook(), {"url": "url"}, {"secret": receiver.SECRET}, "customer", "news", "7"),
    Kind(
        Audience(),
        {"platform": "meta", "audience": audience.AUDIENCE, "base_url": "url"},
        {"token": "t"}, "EMAIL", audience.MEMBER,
        f"meta/{audience.AUDIENCE}:" + '{"EMAIL":"aa"}',
    ),
]  # fmt: skip


@pytest.mark.parametrize("make", BAD)
async def test_only_a_certificate_in_order_is_believed(
    tmp_path: Path, make: Callable[[], Certificate]
) -> None:
    async with Somebody().running(tls.good().serving(tmp_path)) as there:
        out = Trusting(there.host)
        assert (await out.request("GET", f"{there.url}/")).is_well
        await out.close()
    async with Somebody().running(make().serving(tmp_path)) as there:
        out = Trusting(there.host)
        with pytest.raises(OutboundUntrusted):
            await out.request("POST", f"{there.url}/", json={"to": "ada"})
        assert not there.seen
        await out.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind.adapter).__name__)
async def test_every_kind_waits_for_a_certificate_that_is_renewed(
    tmp_path: Path, kind: Kind
) -> None:
    async with Somebody().running(tls.expired().serving(tmp_path)) as there:
        pair = kind.pair(there)
        acts: list[Coroutine[Any, Any, object]] = [
            kind.adapter.check(pair.line),
            pair.put(pair.parcel(yes=False)),
            pair.put(pair.removal(kind.remote_id)),
        ]
        for act in acts:
            with pytest.raises(Unreached) as caught:
                await act
            assert caught.value.problem == "tls"
            says_nothing(caught.value)
        assert not there.seen


async def test_text_messages_wait_as_well(tmp_path: Path) -> None:
    adapter = Sms()
    async with Somebody().running(tls.expired().serving(tmp_path)) as there:
        line = line_of(
            settings={"account": f"AC{0:032}", "service": f"MG{0:032}", "base_url": there.url},
            secrets={"token": "t"}, mapping=(), outbound=Trusting(there.host),
        )  # fmt: skip
        message = Message(Ticket(uuid4(), 1, 1), Pii("+4915112345678"), "en", text="Hello")
        with pytest.raises(Unreached) as caught:
            await adapter.carry(line, [message])
        assert caught.value.problem == "tls"
        assert not there.seen
