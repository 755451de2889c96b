"""A connection over which mail leaves, and messages for it."""

from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.model.talk import Message, Ticket
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii
from tests.conftest import NOON

ADA: Final = UUID("01920000-0000-7000-8000-00000000ada0")
DELIVERY: Final = UUID("01920000-0000-7000-8000-00000000de11")
WORD: Final = "a word that only our own mail server knows"
UNSUBSCRIBE: Final = "https://candor.nordmarkt.example/u/" + "t" * 140
NEWS: Final = {"List-Unsubscribe": f"<{UNSUBSCRIBE}>"}


@cache
def secrets() -> dict[str, str]:
    """Return keys, made once per run: one of RSA takes a while."""
    return {**Smtp().make({}), "inbound": WORD}


def mail_line(host: str = "127.0.0.1:2525", **changes: str) -> Line:
    """Return a connection with a mail server on this machine."""
    name, _, port = host.rpartition(":")
    settings = {
        "host": name,
        "port": port,
        "tls": "none",
        "from": "Nordmarkt <news@nordmarkt.example>",
        "bounce_domain": "bounces.nordmarkt.example",
        "channel": "email",
        "list_id": "news.nordmarkt.example",
        "sessions": "2",
    }
    hidden = {**secrets(), **{key: changes.pop(key) for key in secrets() if key in changes}}
    if "password" in changes:
        hidden["password"] = changes.pop("password")
    return Line(
        connection_id=uuid4(),
        code="mail",
        settings=settings | changes,
        secrets=hidden,
        mapping=(),
        outbound=Outbound(allowed_private=(host,)),
        clock=FixedClock(NOON),
        callback_url="https://candor.nordmarkt.example/hooks/mail",
    )


def message(to: str = "ada@example.org", **changes: Any) -> Message:  # noqa: ANN401 - any field
    """Return a message to Ada."""
    given: dict[str, Any] = {
        "ticket": Ticket(DELIVERY, 1, 1),
        "to": Pii(to),
        "locale": "de-DE",
        "subject": "Grüße vom Markt",
        "text": "Guten Tag,\nes gibt Äpfel.\n.\n... und mehr\n",
        "html": "<p>Es gibt <b>Äpfel</b>.</p>",
        "headers": NEWS,
        "profile_id": ADA,
        "campaign": "apples",
    }
    return Message(**(given | changes))
