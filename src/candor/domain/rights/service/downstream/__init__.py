"""Systems outside that are told of requests: which there are, and one task for each."""

from candor.domain.rights.service.downstream.introducing import opened_of, remember
from candor.domain.rights.service.downstream.planning import STAGE, TELL, planned
from candor.domain.rights.service.downstream.telling import Teller

__all__ = ["STAGE", "TELL", "Teller", "opened_of", "planned", "remember"]
