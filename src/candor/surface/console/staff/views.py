"""What the pages about staff need."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.account.views import SignInLine
from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A member of staff."""

    name: str
    handle: str
    role: str  # in words
    factors: str  # in words
    is_ready: bool  # they can sign in
    sign_ins: int
    left_at: datetime | None
    href: str


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Template `console/staff.html`."""

    staff: tuple[StaffLine, ...]
    former: tuple[StaffLine, ...]
    invite_url: str | None


@dataclass(frozen=True, slots=True)
class InvitePage:
    """Template `console/invite.html`."""

    post_url: str
    back_url: str
    csrf_token: str
    roles: tuple[Option, ...]
    grave: str  # roles that another must approve, in words
    handle: str = ""
    name: str = ""
    address: str = ""
    role: str = ""
    why: str = ""
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Template `console/member.html`: one member of staff."""

    line: StaffLine
    address: str | None
    sign_ins: tuple[SignInLine, ...]
    may_manage: bool
    is_self: bool
    is_empty: bool  # nothing to sign in with: an invitation is out, or is needed
    roles: tuple[Option, ...]
    role: str
    role_url: str
    end_url: str
    invite_url: str
    leave_url: str
    back_url: str
    csrf_token: str
    done: str  # what was done just now; empty: nothing


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A key that somebody answers for: it ends with their leaving, or is taken over."""

    field: str  # of the form
    title: str  # in words


@dataclass(frozen=True, slots=True)
class LeavePage:
    """Template `console/leave.html`: says in numbers what ends, before it does."""

    name: str
    sign_ins: int
    passkeys: int
    permits: int
    proposals: int
    post_url: str
    back_url: str
    csrf_token: str
    keys: tuple[HeldLine, ...] = ()
    fates: tuple[Option, ...] = ()  # what can become of a key
    needs_two: bool = False  # an administrator: another must approve
