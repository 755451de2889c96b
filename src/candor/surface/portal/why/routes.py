"""Why did I get this? A question in the address, the gate's answer on the page."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.consent.model.decision import Ask
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import gate
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.refusals import NoSuchPurpose, NoSuchTopic
from candor.surface.portal.why.filling import fill


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/why", opt=OWN)
    async def why(request: AnyRequest) -> Response[str]:
        """Ask the gate in the person's name, and say what it says."""
        params = request.query_params
        async with desk.sitting(request) as sitting:
            ask = _ask(
                params.get("topic", ""),
                params.get("channel", ""),
                params.get("purpose", ""),
                sitting.rules,
                sitting.person,
            )
            found = (
                await gate.explained_ask(
                    sitting.tx, ask, policy=sitting.rules.policy, now=sitting.reader.now
                )
                if ask
                else None
            )
        with reading(sitting.reader):
            view = fill(ask, found, sitting.rules, sitting.reader)
        return desk.show(sitting, "portal/why.html", view, "write")

    return [why]


def _ask(
    topic: str, channel: str, purpose: str, rules: Rules, person: PersonRead
) -> Ask | None:
    """Return the question that an address asks, or None when it asks nothing.

    Raises:
        NoSuchTopic, NoSuchPurpose: it asks about something that there is not.
    """
    if topic:
        found = rules.policy.topics.get(topic)
        if found is None or channel not in rules.policy.channels:
            raise NoSuchTopic
        return Ask(person.head_id, found.purpose, channel, topic)
    if purpose:
        if purpose not in rules.in_force.purposes:
            raise NoSuchPurpose
        return Ask(person.head_id, purpose)
    return None
