"""What the pages of agents and of systems that are told need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One authorised agent."""

    code: str
    name: str
    web_url: str
    is_trusted: bool
    added_at: datetime
    added_by: str
    paired_at: datetime | None  # when it was last given a token
    ended_at: datetime | None
    end_url: str | None


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """Template `console/agents.html`."""

    lines: tuple[AgentLine, ...]
    post_url: str
    csrf_token: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SystemLine:
    """One system that is told of requests."""

    ref: str
    name: str
    protocol: str
    url: str
    identities: tuple[str, ...]
    callback: str | None  # where it may tell us that something changed
    added_at: datetime
    answered_at: datetime | None
    problem: str | None
    ended_at: datetime | None
    end_url: str | None


@dataclass(frozen=True, slots=True)
class SystemsPage:
    """Template `console/systems.html`."""

    lines: tuple[SystemLine, ...]
    protocols: tuple[Option, ...]
    kinds: tuple[Option, ...]  # of identifiers
    post_url: str
    csrf_token: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    error: str | None = None
