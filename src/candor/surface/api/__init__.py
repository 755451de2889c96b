"""For operators and machines: health and metrics. The REST API for integrations joins here."""
