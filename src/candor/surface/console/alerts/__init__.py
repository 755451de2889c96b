"""Security, Alerts: what looks like an attack, what was done, what to do; and canaries."""
