"""Signed webhooks against a receiver that was written after the standard alone."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typing_extensions import override

from candor.domain.connections.adapters.webhook.transport import Webhook
from candor.domain.connections.errors import BadConnection, BadMessage, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Never
from candor.infra import webhook
from candor.infra.settings import Secret
from candor.kernel.pii import Pii
from tests.counterparts.contract import (
    ADA,
    BEN,
    NOON,
    ListenerContract,
    MirrorContract,
    Pair,
    begun,
    line_of,
    told,
)
from tests.counterparts.receiver import HEARING, SECRET, Receiver
from tests.factories.house import VECTORS

MAPPING = (
    Field("customer", What.IDENTIFIER, "customer_number", is_key=True),
    Field("name", What.ATTRIBUTE, "first_name", direction=Direction.BOTH),
    Field("city", What.ATTRIBUTE, "city", direction=Direction.BOTH),
    Field("news", What.TOPIC, "news/email", direction=Direction.BOTH),
)


class TestWebhook(MirrorContract, ListenerContract):
    guards = False  # it is told, and says itself what it wants to say

    @pytest.fixture
    async def pair(self) -> AsyncGenerator[Pair]:
        async with Receiver().running() as there:
            yield Pair(
                adapter=Webhook(),
                line=line_of(
                    settings={"url": f"{there.url}/candor"},
                    secrets={"secret": SECRET, "hearing_secret": HEARING},
                    mapping=MAPPING,
                    hosts=[there.host],
                ),
                there=there,
                key="customer",
                fact="name",
                other="city",
                choice="news",
            )

    @override
    async def test_a_check_changes_nothing(self, pair: Pair) -> None:
        await super().test_a_check_changes_nothing(pair)
        assert pair.there.pings == 1

    async def test_whoever_wants_no_more_is_told_no_more(self, pair: Pair) -> None:
        pair.there.answers = 410
        with pytest.raises(NotLetIn):
            await pair.put(pair.parcel())

    async def test_a_redirect_is_not_followed(self, pair: Pair) -> None:
        pair.there.answers = 302
        with pytest.raises(Unreached) as caught:
            await pair.put(pair.parcel())
        assert caught.value.problem == "redirect"

    async def test_what_is_refused_is_somebodys_to_look_at(self, pair: Pair) -> None:
        pair.there.answers = 422
        assert await pair.put(pair.parcel()) == [Never("status_422")]
        large = pair.parcel(facts={pair.fact: "x" * 20_001})
        assert await pair.put(large) == [Never("too_large")]

    async def test_who_was_told_of_by_a_former_address_is_there_once(self, pair: Pair) -> None:
        before = pair.parcel(ADA, yes=True)
        await pair.put(before)  # of which no answer came
        now = replace(pair.parcel(BEN, yes=True), tried=(before.keys, {"customer": Pii(BEN)}))
        for _ in range(2):
            (reply,) = await pair.put(now)
            assert list(pair.system.people()) == [told(reply)]
        gone = replace(pair.removal(None), keys=now.keys, tried=(before.keys, now.keys))
        await pair.put(gone)
        assert not pair.system.people()

    async def test_no_two_receivers_know_a_person_by_one_name(self, pair: Pair) -> None:
        other = line_of(
            settings=pair.line.settings,
            secrets={"secret": "whsec_" + b64encode(b"o" * 32).decode()},
            mapping=MAPPING,
            hosts=[pair.there.host],
        )
        name = await begun(pair)
        with pytest.raises(NotLetIn):  # signed with a secret that it does not know
            await pair.mirror.send(other, [pair.parcel()])
        assert pair.there.seen[-1].json()["data"]["id"] != name

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "other"])
    async def test_a_secret_that_is_none_is_named(self, pair: Pair, secret: str) -> None:
        line = line_of(
            settings=pair.line.settings, secrets={"secret": secret}, mapping=MAPPING,
            hosts=[pair.there.host],
        )  # fmt: skip
        with pytest.raises(BadConnection):
            await pair.mirror.check(line)

    async def test_a_ping_says_nothing_and_an_unknown_kind_is_refused(self, pair: Pair) -> None:
        adapter = pair.adapter
        assert isinstance(adapter, Webhook)
        ping = pair.there.call_with(b'{"type":"ping","data":{}}', pair.line, at=NOON)
        assert (await adapter.hear(pair.line, ping))[0] == []
        odd = pair.there.call_with(b'{"type":"x","data":{"id":"1"}}', pair.line, at=NOON)
        with pytest.raises(BadMessage):
            await adapter.hear(pair.line, odd)


# ------------------------------------------------------------------ the standard itself
def test_the_vector_of_the_standard() -> None:
    vector = VECTORS["standard_webhooks_v1"]
    at = datetime.fromtimestamp(int(vector["timestamp"]), tz=UTC)
    body = vector["body"].encode()
    signed = webhook.headers_of([Secret(vector["secret"])], vector["id"], at, body)
    assert signed["webhook-signature"] == vector["signature"]
    assert webhook.verify([vector["secret"]], signed, body, at) == vector["id"]


def test_both_secrets_count_while_one_is_changed() -> None:
    former, new = (Secret("whsec_" + b64encode(bytes([n]) * 24).decode()) for n in (1, 2))
    signed = webhook.headers_of([new, former], "msg_1", NOON, b"{}")
    for secret in (former, new):
        assert webhook.verify([secret], signed, b"{}", NOON) == "msg_1"
    with pytest.raises(webhook.Unsigned):
        webhook.verify(["whsec_" + b64encode(b"x" * 24).decode()], signed, b"{}", NOON)


def test_a_signature_by_a_key_pair_counts() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + b64encode(private.public_key().public_bytes_raw()).decode()
    timestamp = str(int(NOON.timestamp()))
    signature = b64encode(private.sign(f"msg_1.{timestamp}.".encode() + b"{}")).decode()
    given = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,AAAA v1a,{signature}",
    }
    assert webhook.verify([public], given, b"{}", NOON) == "msg_1"
    for body, at, error in (
        (b"{ }", NOON, webhook.Unsigned),
        (b"{}", NOON + timedelta(minutes=6), webhook.Stale),
        (b"{}", NOON - timedelta(minutes=6), webhook.Stale),
    ):
        with pytest.raises(error):
            webhook.verify([public], given, body, at)
    # A shared secret is no public key, nor the other way round.
    with pytest.raises(webhook.Unsigned):
        webhook.verify([public.replace("whpk_", "whsec_")], given, b"{}", NOON)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("text", ["", "²", "x" * 300])
def test_a_header_that_is_none_is_no_signature(name: str, text: str) -> None:
    secret = Secret("whsec_" + b64encode(b"k" * 24).decode())
    given = {**webhook.headers_of([secret], "msg_1", NOON, b"{}"), name: text}
    with pytest.raises(webhook.Unsigned):
        webhook.verify([secret], given, b"{}", NOON)
