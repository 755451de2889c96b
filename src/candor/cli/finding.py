"""What `candor doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `hint` says what to do when it is not well."""

    what: str
    is_well: bool
    hint: str = ""
    is_warning: bool = False  # works today, and may cost dear one day: no failure
