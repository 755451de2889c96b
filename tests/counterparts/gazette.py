"""A notebook that tells: it can be read by a cursor, calls us with a signature, and lists people.

Made up, and as faulty as any: pages that end in the middle, an answer that never comes, webhooks
that are signed wrongly, late, or twice. Signed with HMAC-SHA256 over the time and the body.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from typing_extensions import override

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadMessage, BadSignature, TooOld, Unreached
from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.talk import Heard, Page, Received, Returned, Spec
from candor.kernel.pii import Pii
from tests.counterparts.notebook import Notebook, Person

SECRET: Final = b"between us"
_TOLERANCE: Final = timedelta(minutes=5)


@dataclass(slots=True)
class Gazette(Notebook):
    """The notebook, and what it tells. `journal` is what changed there, in order."""

    journal: list[Heard] = field(default_factory=list[Heard])
    at_most: int = 3  # of a page
    breaks_at: int | None = None  # the place at which reading it fails
    reads: int = 0

    @property
    @override
    def spec(self) -> Spec:
        return Spec(
            "gazette",
            "Gazette",
            "Keeps people in memory, and tells.",
            frozenset({Direction.OUT, Direction.IN}),
            at_once=self.at_once,
            can_compare=True,
        )

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return what changed since a place in the journal."""
        del line
        self.reads += 1
        start = int(cursor or 0)
        end = min(start + self.at_most, len(self.journal))
        if self.breaks_at is not None and end > self.breaks_at:
            raise Unreached("cut_off")
        return Page(self.journal[start:end], str(end), is_all=end == len(self.journal))

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return some people as they stand there, in the order of their names."""
        del line
        names = sorted(name for name in self.people if name > (after or ""))
        some = names[: self.at_most]
        heard = [_stands(self.people[name]) for name in some]
        is_all = len(some) == len(names)
        return Page(heard, some[-1] if some else None, is_all=is_all)

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Believe what is signed, once it is read."""
        stamp = request.headers.get("gazette-time", "")
        mine = sign(stamp, request.body)
        if not hmac.compare_digest(mine, request.headers.get("gazette-signature", "")):
            raise BadSignature
        if abs(datetime.fromisoformat(stamp) - line.clock.now()) > _TOLERANCE:
            raise TooOld
        try:
            told = json.loads(request.body)
            return [_told(one) for one in told], Returned(200, "text/plain", b"thanks")
        except (ValueError, KeyError, TypeError):
            raise BadMessage from None


def sign(stamp: str, body: bytes) -> str:
    """Return the signature of a call."""
    return hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def call(
    told: object, at: datetime, *, url: str = "http://localhost/hooks/x", secret: str = ""
) -> Received:
    """Return a call that is signed at an instant; `secret`: a wrong signature."""
    body = json.dumps(told).encode()
    stamp = at.astimezone(UTC).isoformat()
    headers = {"gazette-time": stamp, "gazette-signature": secret or sign(stamp, body)}
    return Received("POST", url, headers, body)


def _stands(person: Person) -> Heard:
    return Heard(remote_id=Pii(person.remote_id), choices=dict(person.choices))


def _told(one: dict[str, object]) -> Heard:
    choices = one["choices"]
    if not isinstance(choices, dict):
        raise TypeError
    return Heard(
        remote_id=Pii(str(one["id"])),
        choices={str(name): bool(answer) for name, answer in choices.items()},
        message_id=str(one["message"]),
    )
