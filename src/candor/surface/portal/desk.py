"""What every page of the portal does: open the person, choose the language, put the frame round.

Each page reads the person for the person (`OWN_DATA`), so their own readings stand in the log
like everybody's. Nothing is kept between requests.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Final
from urllib.parse import quote

from litestar import Response

from candor.domain.access.model.sign_in import Audience
from candor.domain.audit.model import Actor
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read as people
from candor.domain.profiles.service.read import PersonRead
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra.db.pool import Tx
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader
from candor.kernel.errors import Kind, Refused
from candor.surface.plain.answers import AnyRequest, page, speak
from candor.surface.plain.language import LanguageLink
from candor.surface.plain.services import Services
from candor.surface.plain.views import PlainFrame
from candor.surface.plain.visits import Visit, Visits
from candor.surface.portal.person import reader_of
from candor.surface.portal.views import NavItem, PortalFrame

HOME: Final = "/me"
OWN: Final = {
    "audience": Audience.CUSTOMER
}  # opt of a route: the person themselves, only theirs
_NAV: Final = (
    NavItem("home", HOME),
    NavItem("facts", f"{HOME}/facts"),
    NavItem("allow", f"{HOME}/allow"),
    NavItem("write", f"{HOME}/write"),
    NavItem("reached", f"{HOME}/reached"),
    NavItem("looks", f"{HOME}/looks"),
    NavItem("activity", f"{HOME}/activity"),
    NavItem("rights", f"{HOME}/rights"),
    NavItem("account", f"{HOME}/account"),
)


class Erased(Refused):
    """You were forgotten here: what we knew about you is erased, and nobody can read it again."""

    code: ClassVar[str] = "portal.erased"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = (
        "There is nothing more to see or to do. You can close this page."
    )


@dataclass(frozen=True, slots=True)
class Sitting:
    """One page being made: the person is open, in the transaction that noted it."""

    tx: Tx
    visit: Visit
    actor: Actor
    rules: Rules
    person: PersonRead
    reader: Reader


class Desk:
    """Where pages of the portal are written."""

    def __init__(self, services: Services, visits: Visits) -> None:
        """Take what pages are made with."""
        self.services = services
        self.visits = visits

    @asynccontextmanager
    async def sitting(self, request: AnyRequest) -> AsyncGenerator[Sitting]:
        """Open the person who is signed in, for the time of the block; audited.

        Raises:
            NotSignedIn: nobody is.
            Erased: the person was erased, here or a moment ago elsewhere.
        """
        visit = self.visits.of(request)
        async with self.services.database.tx(visit.request_id) as tx:
            actor = await self.services.vault.customer(tx, visit.profile_id)
            rules = await self.services.rulebook.rules(tx)
            person: PersonRead | None = None
            try:
                person = await people.open_person(
                    tx,
                    visit.profile_id,
                    purpose=OWN_DATA,
                    actor=actor,
                    in_force=rules.in_force,
                    vault=self.services.vault,
                )
            except (NoKey, NoSuchProfile, NotAllowed):
                pass  # leave the block well: what was written about the refusal must stay
            else:
                reader = reader_of(person, self.services.clock.now())
                speak(request, reader.locale)
                yield Sitting(tx, visit, actor, rules, person, reader)
        if person is None:
            raise Erased

    def show(
        self,
        sitting: Sitting,
        template: str,
        view: object,
        current: str,
        *,
        status: int = 200,
    ) -> Response[str]:
        """Return a page with the frame of the portal around it."""
        reader = sitting.reader
        frame = PortalFrame(
            company=sitting.rules.in_force.document.company,
            contact=self.services.settings.contact,
            contact_url=mail_to(self.services.settings.contact),
            locale=reader.language_tag,
            direction=reader.direction,
            is_demo=self.services.is_demo,
            csrf_token=sitting.visit.csrf_token,
            current=current,
            nav=_NAV,
            home_url=HOME,
            sign_out_url=f"{HOME}/sign-out",
            written_at=reader.now,
        )
        return page(render(template, view, reader=reader, frame=frame), status=status)

    async def show_plain(
        self,
        template: str,
        view: object,
        *,
        locale: str,
        status: int = 200,
        languages: tuple[LanguageLink, ...] = (),
    ) -> Response[str]:
        """Return a card for somebody who is not signed in: we know their browser's language.

        Args:
            template: path of the template.
            view: the dataclass that its first line names.
            locale: in which language it is.
            status: of the answer.
            languages: links to the same card in other languages, where a link can lead to it.
        """
        async with self.services.database.read() as tx:
            rules = await self.services.rulebook.rules(tx)
        reader = replace(Reader(self.services.clock.now()), locale=locale)
        frame = PlainFrame(
            company=rules.in_force.document.company,
            locale=reader.language_tag,
            direction=reader.direction,
            is_demo=self.services.is_demo,
            languages=languages,
        )
        return page(render(template, view, reader=reader, frame=frame), status=status)


def mail_to(contact: str) -> str | None:
    """Return the address that starts a mail, or None when the contact is no mail address."""
    return f"mailto:{quote(contact, safe='@.+-_')}" if "@" in contact else None
