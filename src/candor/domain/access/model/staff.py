"""What a member of staff is called, and which roles two must give. Pure."""

import re
from typing import Final

from email_validator import EmailNotValidError, validate_email

from candor.domain.access.errors import BadStaff
from candor.domain.access.model.roles import PERMISSIONS, Permission, Role

_HANDLE: Final = re.compile(r"[a-z][a-z0-9.-]{1,31}")
_LONGEST_NAME: Final = 80
# Whoever holds one of these could approve or invite: nobody alone makes another of that kind.
_GRAVE: Final = frozenset({Permission.STAFF_MANAGE, Permission.PROPOSALS_DECIDE})


def read_handle(text: str) -> str:
    """Return a handle in its one form.

    Raises:
        BadStaff: it cannot be one.
    """
    handle = text.strip().lower()
    if not _HANDLE.fullmatch(handle):
        raise BadStaff
    return handle


def read_name(text: str) -> str:
    """Return a display name in one row.

    Raises:
        BadStaff: empty, too long, or with signs that nobody can see.
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise BadStaff
    return name


def read_address(text: str) -> str:
    """Return a work address in its one form; nothing is looked up.

    Raises:
        BadStaff: mail could not reach it.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadStaff from None
    return found.normalized.lower()


def is_grave(role: Role) -> bool:
    """Tell whether giving a role needs two: its holder could approve, or bring in others."""
    return bool(PERMISSIONS[role] & _GRAVE)


def raises(former: str, role: Role) -> bool:
    """Tell whether a change of role gives anything that somebody did not have."""
    had = PERMISSIONS[Role(former)] if former in set(Role) else frozenset[Permission]()
    return bool(PERMISSIONS[role] - had)
