"""The rules in force, worked out once per version of the catalogue."""

from candor.domain.catalogue import service as catalogue
from candor.domain.consent.model.policy import Policy, Rules
from candor.infra.db.pool import ReadTx


class Rulebook:
    """The rules in force, worked out once per version of the catalogue. One per process."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._rules: Rules | None = None

    async def rules(self, tx: ReadTx) -> Rules:
        """Return the rules in force in this transaction.

        Raises:
            NoCatalogue: nothing is declared yet.
        """
        version = await catalogue.version_in_force(tx)
        if self._rules is None or self._rules.in_force.version_id != version:
            in_force = await catalogue.current(tx)
            self._rules = Rules(in_force, Policy(in_force))
        return self._rules
