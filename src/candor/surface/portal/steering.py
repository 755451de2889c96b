"""What the pages on which people steer share: their forms, who acts, signed links."""

from typing import Final

from candor.domain.consent.model.notice import shown
from candor.domain.consent.service.links import Links
from candor.domain.consent.service.stopping import Hand
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import Desk, Sitting

SURFACE: Final = "portal"


def signed_links(desk: Desk) -> Links:
    """Return the maker and reader of signed links."""
    return Links(desk.services.keyring.fixed_key("links"))


async def form(desk: Desk, request: AnyRequest) -> dict[str, str]:
    """Return the fields of a form of somebody who is signed in.

    Raises:
        NotSignedIn, ForeignForm.
    """
    visit = desk.visits.of(request)
    return await desk.visits.form(request, visit.csrf_token)


def hand(desk: Desk, sitting: Sitting) -> Hand:
    """Return the person who is signed in as somebody who acts on a page of the portal."""
    rules = sitting.rules
    language = sitting.reader.language
    return Hand(
        actor=sitting.actor,
        surface=SURFACE,
        vault=desk.services.vault,
        policy=rules.policy,
        clock=desk.services.clock,
        locale=language,
        words={
            rules.policy.bits[purpose.code]: shown(rules, purpose.code, language)
            for purpose in rules.in_force.document.purposes
        },
    )
