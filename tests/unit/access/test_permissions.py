"""What each role may do is written down; a change of it is a change of this file."""

from pathlib import Path
from uuid import UUID

import pytest

from candor.domain.access.errors import NotPermitted
from candor.domain.access.model.roles import PERMISSIONS, Permission, Role, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import members

TABLE = Path(__file__).with_name("permissions.txt")


def test_roles_may_do_what_is_written_down_and_no_more() -> None:
    lines = [" ".join([role, *sorted(p for p in Permission if may(role, p))]) for role in Role]
    assert "\n".join(lines) + "\n" == TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("role", [Role.MARKETING, Role.LOYALTY, Role.AUDITOR, Role.INTEGRATION])
def test_who_has_no_business_with_people_sees_none(role: Role) -> None:
    assert not any(may(role, p) for p in Permission if p.startswith("people:"))


@pytest.mark.parametrize("role", ["", "eve", "ADMIN", "admin "])
@pytest.mark.parametrize("permission", Permission)
def test_an_unknown_role_may_nothing(role: str, permission: Permission) -> None:
    assert not may(role, permission)
    with pytest.raises(NotPermitted):
        members.require(Staff(UUID(int=1), "eve", "Eve", role), permission)


def test_every_role_stands_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_who_is_permitted_passes() -> None:
    members.require(Staff(UUID(int=1), "dora", "Dora", Role.PRIVACY), Permission.AUDIT_READ)
