"""What rights are carried out with: which tasks each right asks for, and what each step does.

The one place where the rights slice is handed what it needs of others.
"""

from collections.abc import Mapping
from typing import Final

from candor.app.following import Connected
from candor.app.forgetting import means_of
from candor.app.process import Candor
from candor.domain.rights.model.request import Right
from candor.domain.rights.service import (
    downstream,
    following,
    information,
    objection,
    rectification,
    restriction,
)
from candor.domain.rights.service.automated import contesting
from candor.domain.rights.service.calling_back import Caller
from candor.domain.rights.service.erasure import certifying, destroying, purging, scanning
from candor.domain.rights.service.erasure import plan as erasing
from candor.domain.rights.service.export import preparing
from candor.domain.rights.service.laws import shipped
from candor.domain.rights.service.office import Office, Plan, Step
from candor.domain.rights.service.sweeping import Broom
from candor.infra import x509

# A right without a plan is answered by a person: complaints and appeals. Corrections, restrictions
# and objections plan themselves who outside hears of it: what is refused is told to nobody.
PLANS: Final[Mapping[Right, Plan]] = {
    Right.INFORMATION: information.plan,
    Right.ACCESS: preparing.plan,
    Right.PORTABILITY: preparing.plan,
    Right.ERASURE: erasing.erasure(following.outside),
    Right.RECTIFICATION: rectification.plan,
    Right.RESTRICTION: restriction.plan,
    Right.OBJECTION: objection.plan,
    Right.AUTOMATED_DECISION: contesting.plan,
    Right.SALE_OPT_OUT: objection.plan_sale,
    Right.LIMIT_SENSITIVE: objection.plan_limit,
}


def steps_of(candor: Candor) -> Mapping[str, Step]:
    """Return what each step does."""
    means = means_of(candor)
    return {
        erasing.DESTROY: destroying.destroying(means),
        erasing.PURGE: purging.purge,
        erasing.PURGE_AGAIN: purging.purge_again,
        erasing.LET_GO: following.let_go,
        erasing.SCAN: scanning.scan,
        erasing.CERTIFICATE: certifying.certifying(means),
        information.INFORM: information.inform,
        preparing.PREPARE: preparing.prepare,
        rectification.RECTIFY: rectification.rectify,
        restriction.RESTRICT: restriction.restrict,
        restriction.ANNOUNCE: restriction.announce,
        restriction.LIFT: restriction.lift,
        objection.OBJECT: objection.object_to,
        objection.STOP_SALE: objection.stop_sale,
        objection.LIMIT: objection.limit_sensitive,
        contesting.TAKE_UP: contesting.take_up,
        contesting.SWITCH: contesting.switch,
        following.FOLLOW: following.follow,
        downstream.TELL: downstream.Teller(candor.outbound, candor.settings.public_url).tell,
    }


def caller_of(candor: Candor) -> Caller:
    """Return what machines outside are called back with.

    Raises:
        BadCertificate: the one in the settings is not of our key and domain.
    """
    settings = candor.settings
    signer = x509.signer_of(
        candor.keyring.fixed_key(x509.USE),
        settings.public_url,
        settings.opendsr_certificate,
        now=candor.clock.now(),
    )
    return Caller(candor.outbound, signer, settings.public_url)


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
        followers=Connected(candor.clock),
    )


def broom_of(candor: Candor) -> Broom:
    """Return what is swept with when the time of something is over."""
    return Broom(candor.database, candor.holders, candor.clock)
