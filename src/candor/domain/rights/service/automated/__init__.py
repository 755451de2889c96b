"""Decisions that a machine takes alone: kept, told, contested, reviewed (GDPR Art. 22)."""
