"""What goes in and out about decisions by machine. Inputs go in and are sealed; none comes out."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from candor.surface.api.v1.shapes import Code, Given, Instant, Told

_END = r"(?![\s\S])"

Outcome = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z0-9][a-z0-9_]{{0,62}}{_END}",
        description="One of the outcomes that the catalogue declares.",
        examples=["up_to_100"],
    ),
]
InputName = Annotated[
    str, Meta(min_length=1, max_length=100, description="An attribute or event, as declared.")
]
InputValue = Annotated[str, Meta(max_length=500)] | int | float | bool | None


class MachineDecidedIn(Given, frozen=True, kw_only=True):
    """A machine decided something about a person alone."""

    id: UUID
    decision: Code
    outcome: Outcome
    decided_at: Instant
    inputs: Annotated[
        dict[InputName, InputValue],
        Meta(max_length=50, description="What it rests on, by declared name; sealed."),
    ]


class MachineDecided(Told, frozen=True, kw_only=True):
    """A decision is kept; the person finds it on their page, with its logic."""

    id: UUID
    decision: str
    edition: int
    is_new: bool


class MayDecideQuery(Given, frozen=True, kw_only=True):
    """What a machine would decide."""

    decision: Code


class MayDecideTold(Told, frozen=True, kw_only=True):
    """Whether a machine may decide it about this person alone, now."""

    allowed: bool
    reason: str
    words: str
