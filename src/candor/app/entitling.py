"""What rights are carried out with: which tasks each right asks for, and what each step does.

The one place where the rights slice is handed what it needs of others.
"""

from collections.abc import Mapping
from typing import Final

from candor.app.process import Candor
from candor.domain.rights.model.request import Right
from candor.domain.rights.service.laws import shipped
from candor.domain.rights.service.office import Office, Plan, Step

# A right without a plan is answered by a person: complaints and appeals.
PLANS: Final[Mapping[Right, Plan]] = {}


def steps_of(candor: Candor) -> Mapping[str, Step]:
    """Return what each step does."""
    del candor
    return {}


def office_of(candor: Candor) -> Office:
    """Return what the rights of people are carried out with in one process."""
    return Office(
        database=candor.database,
        vault=candor.vault,
        rulebook=candor.rulebook,
        clock=candor.clock,
        keyring=candor.keyring,
        holders=candor.holders,
        laws=shipped(),
        plans=PLANS,
        steps=steps_of(candor),
    )
