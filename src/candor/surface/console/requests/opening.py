"""What was written, opened: the one place of these pages where plaintext shows."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from candor.domain.access.model.sign_in import Staff
from candor.domain.rights.service.words import Written
from candor.surface.console.requests.views import NoteLine


def shown(
    opened: Sequence[Written], uses: Mapping[str, str], staff: Mapping[UUID, Staff]
) -> tuple[NoteLine, ...]:
    """Return what was written, in order, with who wrote it."""
    return tuple(
        NoteLine(uses[one.use], _author(one.author, staff), one.written_at, one.text.reveal())
        for one in opened
    )


def _author(code: str, staff: Mapping[UUID, Staff]) -> str:
    try:
        member = staff.get(UUID(code))
    except ValueError:
        return {"person": "the person", "agent": "their agent"}.get(code, code)
    return member.display_name if member else "somebody who left"
