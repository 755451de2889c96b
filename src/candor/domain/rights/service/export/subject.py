"""Whose archive it is: decided by the gate and written down, once for everything in it."""

from typing import Final

from candor.domain.catalogue.model import Regime
from candor.domain.consent.service import gate
from candor.domain.rights.errors import NoSuchRequest
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service.export.rows import Subject
from candor.domain.rights.service.giving import ALL
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId

EVERYTHING: Final = "everything"  # in the audit log: what was opened


async def subject_of(tx: Tx, request: Request, *, office: Office) -> Subject:
    """Return the person whom a request is about, open for an archive; audited.

    Commit this transaction before anything is read.

    Raises:
        NoSuchRequest: nobody knows whom it is about.
        NotAllowed: the gate refuses; commit, the entries about it stand here.
        NoKey: the person was erased.
    """
    person = request.person
    members = [] if person is None else await gate.members(tx, person)
    if person is None or not members:
        raise NoSuchRequest
    requests = await stored.requests_of(tx, profile_ids=members, at_most=ALL)
    opener = await office.vault.admit(
        tx,
        members,
        names=[EVERYTHING],
        purpose=gate.OWN_DATA,
        actor=gate.RIGHTS,
        besides=[ProfileId(one.request_id) for one in requests],
    )
    states = await gate.states(tx, members)
    regime = request.regime or next(
        (Regime(state.regime) for state in states.values() if state.regime), Regime.GDPR
    )
    rules = await office.rulebook.rules(tx)
    return Subject(
        members=tuple(members),
        opener=opener,
        in_force=rules.in_force,
        regime=regime,
        is_to_take=request.kind is Right.PORTABILITY,
    )
