"""OpenDSR 2.0: other controllers ask us, as their processor, for their people."""
