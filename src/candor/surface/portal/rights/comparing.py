"""Comparing what somebody tells with what we know of a person: two facts that agree.

Only telling facts count (11 CCR 7062: a reasonable degree of certainty asks for two data points):
free text, days, numbers and identifiers of four signs or more, never a choice from a list, and not
what leads to the mailbox that the link came to. What was typed is kept nowhere.
"""

import unicodedata
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.consent.service import gate
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read as people
from candor.domain.profiles.service.read import PersonRead
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId

_SHORTEST: Final = 4
_LONGEST: Final = 200
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to


async def agrees(
    tx: Tx,
    profile_id: ProfileId,
    first: str,
    second: str,
    *,
    in_force: InForce,
    vault: Vault,
) -> bool:
    """Tell whether two different facts of a person are as somebody says; audited by the vault."""
    told = {_plain(first), _plain(second)}
    try:
        person = await people.open_person(
            tx,
            profile_id,
            purpose=OWN_DATA,
            actor=gate.RIGHTS,
            in_force=in_force,
            vault=vault,
        )
    except (NoKey, NoSuchProfile, NotAllowed):
        return False
    known = _telling(person, in_force)
    return len(told) == 2 and all(len(one) >= _SHORTEST and one in known for one in told)


def _telling(person: PersonRead, in_force: InForce) -> set[str]:
    """Return what only the person and few others know of them."""
    found: set[str] = set()
    for fact in person.facts:
        attribute = in_force.attributes.get(fact.attribute)
        if attribute is None or attribute.values or attribute.is_inferred:
            continue
        if fact.answer.value is not None and not _is_mail(attribute.identifier, in_force):
            found.add(_plain(fact.answer.value.reveal()))
    for contact in person.contacts:
        if contact.value is not None and not _is_mail(contact.kind, in_force):
            found.add(_plain(contact.value.reveal()))
    return found


def _is_mail(kind: str, in_force: InForce) -> bool:
    identifier = in_force.identifiers.get(kind)
    return identifier is not None and identifier.normalise == _MAIL


def _plain(value: object) -> str:
    """Return a value as it is compared: letters and figures, whatever their size."""
    text = unicodedata.normalize("NFKC", str(value)[:_LONGEST]).casefold()
    return "".join(sign for sign in text if sign.isalnum())
