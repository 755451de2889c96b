"""Counters for operators, in Prometheus' text form. Labels are codes and declared names only."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()

DOOR_EVENTS: Final = Counter(
    "candor_door_events_total", "Events at the door", ["source", "outcome"], registry=REGISTRY
)
DOOR_FLUSH: Final = Histogram(
    "candor_door_flush_seconds",
    "Time of one group commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
DOOR_WAITING: Final = Gauge(
    "candor_door_waiting_events", "Events taken in, not committed yet", registry=REGISTRY
)
VAULT_OPENINGS: Final = Counter(
    "candor_vault_openings_total",
    "Openings of the vault",
    ["purpose", "outcome"],
    registry=REGISTRY,
)
REQUESTS: Final = Counter(
    "candor_http_requests_total", "Requests", ["surface", "status"], registry=REGISTRY
)
SHIELD_TRIES: Final = Counter(
    "candor_shield_tries_total", "Tries to sign in", ["who", "outcome"], registry=REGISTRY
)
SHIELD_ALERTS: Final = Counter(
    "candor_shield_alerts_total",
    "What rules saw and looks like an attack",
    ["rule", "severity"],
    registry=REGISTRY,
)
SHIELD_SLOWED: Final = Counter(
    "candor_shield_slowed_total", "Requests over a limit", ["limit"], registry=REGISTRY
)


def render() -> bytes:
    """Return all metrics in Prometheus' text form."""
    return generate_latest(REGISTRY)
