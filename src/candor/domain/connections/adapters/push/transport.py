"""The carrier of push messages: RFC 8030 section 5, read 2026-11-22."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from candor.domain.connections.adapters.asking import ask, retry_after
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.push import encrypting, endpoints, vapid
from candor.domain.connections.adapters.push.encrypting import Subscription
from candor.domain.connections.errors import BadConnection, BadMessage, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.talk import (
    Gone,
    Kind,
    Later,
    Message,
    Never,
    Outcome,
    Setting,
    Shown,
    Spec,
    Taken,
)
from candor.infra.http import Answer, OutboundRefused

KEY: Final = "private_key"
_TOPIC: Final = 32  # characters (RFC 8030 section 5.4)
_AT_ONCE: Final = 100
_STREAMS: Final = 8  # push services that are spoken with at the same time
_URGENCIES: Final = ("very-low", "low", "normal", "high")
_LONGEST_STAY: Final = 28 * 24 * 3600  # seconds; what the large push services keep at most

SPEC: Final = Spec(
    kind="push",
    title="Web push",
    about="Messages in the browser, to those who allowed them, encrypted for that browser alone.",
    directions=frozenset({Direction.OUT}),
    settings=(
        Setting(
            "subject",
            "Whom operators of push services may write to",
            "mailto: or https:, for example mailto:webmaster@example.com",
        ),
        Setting(
            "ttl",
            "How long a message waits for a browser that is off",
            "Seconds; 0: not at all.",
            kind=Kind.NUMBER,
            is_required=False,
            default="86400",
        ),
        Setting(
            "urgency",
            "Urgency",
            "What a telephone that saves its battery may put off.",
            kind=Kind.CHOICE,
            is_required=False,
            default="normal",
            choices=_URGENCIES,
        ),
        endpoints.OWN,
        Setting(
            KEY,
            "Private key (VAPID)",
            "32 bytes in base64url; empty: we make one. Browsers are bound to it: with another key "
            "all must be asked again.",
            is_required=False,
            is_secret=True,
        ),
    ),
    at_once=_AT_ONCE,
    channel="push",
)


class _Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the service worker of ours reads."""

    title: str
    body: str
    url: str = ""
    lang: str = ""


class Push:
    """Speaks with the push services of browsers."""

    spec = SPEC

    def make(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """Make the key pair when nobody brings one."""
        return {} if known.get(KEY) else {KEY: vapid.new_key()}

    def shown(self, line: Line) -> Sequence[Shown]:
        """Return the public half, for pages that ask browsers themselves."""
        public = vapid.public_of(vapid.key_of(line.secrets.get(KEY, "")))
        return [Shown("Public key of push messages", "applicationServerKey", public)]

    async def check(self, line: Line) -> None:
        """Look at key and settings: there is no one service to ask.

        Raises:
            BadConnection: one of them makes no sense; says which.
        """
        vapid.key_of(line.secrets.get(KEY, ""))
        if not line.settings.get("subject", "").startswith(("mailto:", "https://")):
            message = "Setting subject: it begins with mailto: or https://."
            raise BadConnection(message)
        _ttl(line)

    async def carry(self, line: Line, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Encrypt and hand over each message; return what became of each, in their order."""
        key = vapid.key_of(line.secrets.get(KEY, ""))
        limit = asyncio.Semaphore(_STREAMS)

        async def one(message: Message) -> Outcome:
            async with limit:
                return await _carry(line, message, key)

        return await asyncio.gather(*(one(message) for message in messages))


async def _carry(line: Line, message: Message, key: ec.EllipticCurvePrivateKey) -> Outcome:
    try:
        to = encrypting.read(message.to.reveal())
        endpoints.check(line.outbound, line.settings, to.endpoint)
        body = encrypting.encrypt(
            msgspec.json.encode(
                _Shown(message.subject, message.text, message.link, message.locale)
            ),
            to,
            key=ec.generate_private_key(ec.SECP256R1()),
            salt=os.urandom(encrypting.SALT_BYTES),
        )
        answer = await ask(
            line, "POST", to.endpoint, headers=_headers(line, message, to, key), content=body
        )
    except BadMessage:
        return Gone("bad_subscription")
    except ValueError:
        return Never("too_long")
    except OutboundRefused:
        return Gone("bad_subscription")
    except NotLetIn:  # RFC 8292 section 4.2: made with another key than ours
        return Never("not_let_in")
    except Unreached as failed:
        return Later(failed.problem, failed.after)
    return outcome(answer)


def outcome(answer: Answer) -> Outcome:
    """Return what an answer of a push service means (RFC 8030 sections 5 and 7)."""
    match answer.status:
        case 200 | 201 | 202:
            return Taken(answer.headers.get("location", "").rpartition("/")[2] or None)
        case 404 | 410:
            return Gone(f"status_{answer.status}")
        case 413:
            return Never("too_long")
        case 408 | 425:
            return Later(f"status_{answer.status}", retry_after(answer))
        case status:
            return Never(f"status_{status}")


def _headers(
    line: Line, message: Message, to: Subscription, key: ec.EllipticCurvePrivateKey
) -> dict[str, str]:
    subject = line.settings.get("subject", "")
    urgency = message.headers.get("Urgency", line.settings.get("urgency") or "normal")
    headers = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(_ttl(line)),
        "urgency": urgency if urgency in _URGENCIES else "normal",
        "authorization": vapid.authorization(key, to.origin, subject, line.clock.now()),
    }
    topic = message.headers.get("Topic", "")
    # A later message of one topic takes the place of one that still waits.
    if topic and len(topic) <= _TOPIC and topic.replace("-", "").replace("_", "").isalnum():
        headers["topic"] = topic
    return headers


def _ttl(line: Line) -> int:
    text = line.settings.get("ttl", "") or "86400"
    if not text.isascii() or not text.isdigit() or int(text) > _LONGEST_STAY:
        message = f"Setting ttl: a number of seconds up to {_LONGEST_STAY}."
        raise BadConnection(message)
    return int(text)
