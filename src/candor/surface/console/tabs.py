"""The pages of a place in the rail that has several. One table; each page adds its line."""

from dataclasses import dataclass
from typing import Final

from candor.domain.access.model.roles import Permission

_HOME: Final = "/console"


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a place: who may open it, and its name."""

    place: str  # key of the rail item
    key: str
    title: str
    href: str
    permission: Permission


TABS: Final = (
    Tab(
        "connections", "flows", "Connections", f"{_HOME}/connections",
        Permission.CONNECTIONS_READ,
    ),
    Tab("connections", "door", "The door", f"{_HOME}/connections/door", Permission.DOOR_READ),
    Tab(
        "connections", "vendors", "Vendors", f"{_HOME}/connections/vendors",
        Permission.VENDORS_READ,
    ),
    Tab("requests", "queue", "Requests", f"{_HOME}/requests", Permission.REQUESTS_READ),
    Tab(
        "requests", "contests", "Contested decisions", f"{_HOME}/requests/contests",
        Permission.REQUESTS_WORK,
    ),
    Tab("requests", "holds", "Holds", f"{_HOME}/requests/holds", Permission.REQUESTS_READ),
    Tab("requests", "agents", "Agents", f"{_HOME}/requests/agents", Permission.AGENTS_MANAGE),
    Tab(
        "requests", "systems", "Systems told", f"{_HOME}/requests/systems",
        Permission.AGENTS_MANAGE,
    ),
    Tab("catalogue", "declared", "Declared", f"{_HOME}/catalogue", Permission.CATALOGUE_READ),
    Tab(
        "catalogue", "retention", "Retention", f"{_HOME}/catalogue/retention",
        Permission.RETENTION_READ,
    ),
    Tab("security", "alerts", "Alerts", f"{_HOME}/security/alerts", Permission.ALERTS_READ),
    Tab("security", "log", "Audit log", f"{_HOME}/audit", Permission.AUDIT_READ),
    Tab("security", "proof", "Proof", f"{_HOME}/audit/proof", Permission.AUDIT_READ),
    Tab("security", "backups", "Backups", f"{_HOME}/security/backups", Permission.BACKUPS_READ),
    Tab("security", "staff", "Staff", f"{_HOME}/security/staff", Permission.STAFF_READ),
    Tab("security", "keys", "Keys", f"{_HOME}/security/keys", Permission.KEYS_READ),
    Tab(
        "security", "proposals", "Four eyes", f"{_HOME}/security/proposals",
        Permission.PROPOSALS_READ,
    ),
)  # fmt: skip


def of_place(place: str) -> tuple[Tab, ...]:
    """Return the pages of a place in their order; none for a place that is one page."""
    return tuple(tab for tab in TABS if tab.place == place)
