"""The adapter of signed webhooks."""

from collections.abc import Sequence
from typing import Final

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.webhook import words
from candor.domain.connections.errors import (
    BadConnection,
    BadSignature,
    NotLetIn,
    TooOld,
    Unreached,
)
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import (
    Acknowledged,
    Heard,
    Kind,
    Never,
    Parcel,
    Received,
    Reply,
    Returned,
    Setting,
    Spec,
)
from candor.infra import webhook
from candor.infra.settings import Secret

_URL: Final = "url"
_SECRET: Final = "secret"  # noqa: S105 - the name of a setting
_BEFORE: Final = "former_secret"
_HEARD: Final = "hearing_secret"
_HEARD_BEFORE: Final = "former_hearing_secret"
_LARGEST: Final = 20_000  # bytes of a message, as Standard Webhooks advises
_DISABLED: Final = 410
_WELL: Final = range(200, 300)
_MOVED: Final = range(300, 400)

SPEC: Final = Spec(
    kind="webhook",
    title="Signed webhook",
    about="A system of your own hears of each change, signed by Standard Webhooks, and may call "
    "back in the same form.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting(_URL, "Address", "https://hooks.example.com/candor", kind=Kind.URL),
        Setting(
            _SECRET,
            "Signing secret",
            "whsec_ and base64 of 24 to 64 random bytes, known to both sides.",
            is_secret=True,
        ),
        Setting(
            _BEFORE,
            "Former signing secret",
            "While the secret is being changed, messages carry both signatures.",
            is_required=False,
            is_secret=True,
        ),
        Setting(
            _HEARD,
            "Secret of its calls to us",
            "whsec_…, or its public key whpk_… where it signs by Ed25519. Empty: it is not heard.",
            is_required=False,
            is_secret=True,
        ),
        Setting(
            _HEARD_BEFORE,
            "Former secret of its calls",
            is_required=False,
            is_secret=True,
        ),
    ),
    suggested=(
        Field("customer", What.IDENTIFIER, "customer_number", is_key=True),
        Field("news", What.TOPIC, "news/email", direction=Direction.BOTH),
    ),
)


class Webhook:
    """Tells systems of one's own, and is called by them."""

    spec = SPEC

    async def check(self, line: Line) -> None:
        """Send a ping, which asks for nothing.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            BadConnection: a secret is none, or the receiver does not take signed messages.
        """
        body = b'{"type":"ping","timestamp":"%s","data":{}}' % (
            line.clock.now().isoformat().encode()
        )
        status = await _post(line, f"ping_{int(line.clock.now().timestamp())}", body)
        if status not in _WELL:
            message = f"The receiver answered a signed ping with {status}."
            raise BadConnection(message)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Tell the receiver of people, one message for each."""
        return [await _tell(line, parcel) for parcel in parcels]

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what the receiver says.

        Raises:
            BadSignature, TooOld, BadMessage.
        """
        secrets = [line.secrets.get(name, "") for name in (_HEARD, _HEARD_BEFORE)]
        try:
            message_id = webhook.verify(
                [one for one in secrets if one], request.headers, request.body, line.clock.now()
            )
        except webhook.Stale:
            raise TooOld from None
        except webhook.Unsigned:
            raise BadSignature from None
        heard = words.heard_of(request.body, message_id, line)
        return ([heard] if heard else []), Returned()


async def _tell(line: Line, parcel: Parcel) -> Reply:
    name = words.name_of(parcel, line)
    body = words.message_of(parcel, name, line.clock.now())
    if len(body) > _LARGEST:
        return Never("too_large")
    for former in words.former_names(parcel, line):
        removal = words.removal_of(former, line.clock.now())
        status = await _post(line, f"{parcel.ticket.key}-{former.reveal()}", removal)
        if status not in _WELL:
            return Never(f"status_{status}")
    status = await _post(line, parcel.ticket.key, body)
    if status in _WELL:
        return Acknowledged(name)
    return Never(f"status_{status}")


async def _post(line: Line, message_id: str, body: bytes) -> int:
    """Say a message; return the status of the answer, of success or of a refusal of it alone.

    Raises:
        Unreached: no answer, out of order, or it leads elsewhere: no redirect is followed.
        NotLetIn: the receiver refuses who we are, or wants no messages any more (410).
        BadConnection: a secret is none.
    """
    secrets = [line.secrets.get(name, "") for name in (_SECRET, _BEFORE)]
    try:
        signed = webhook.headers_of(
            [Secret(one) for one in secrets if one], message_id, line.clock.now(), body
        )
    except webhook.NotASecret:
        message = "The signing secret is not whsec_ and base64 of 24 to 64 bytes."
        raise BadConnection(message) from None
    answer = await asking.ask(line, "POST", line.settings[_URL], headers=signed, content=body)
    if answer.status == _DISABLED:
        raise NotLetIn
    if answer.status in _MOVED:
        problem = "redirect"
        raise Unreached(problem)
    return answer.status
