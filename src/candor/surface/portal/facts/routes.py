"""What we know: every fact, where it came from and what it is used for; and putting it right."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.catalogue.model import Attribute
from candor.domain.collect.service import read as collected
from candor.domain.consent.service import gate
from candor.domain.profiles.errors import NoSuchProfile, NotCorrectable, WrongAnswer
from candor.domain.profiles.service import correct
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk, Erased, Sitting, mail_to
from candor.surface.portal.facts import correcting
from candor.surface.portal.facts.answers import typed
from candor.surface.portal.facts.filling import TOP, URL, fill, url_of


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the pages."""
    return [_facts(desk), *_correct(desk)]


def _facts(desk: Desk) -> HTTPRouteHandler:
    @get("/facts", opt=OWN)
    async def facts(request: AnyRequest) -> Response[str]:
        """Show every fact."""
        asked = request.query_params
        async with desk.sitting(request) as sitting:
            person, rules = sitting.person, sitting.rules
            traits = await collected.traits(sitting.tx, person.profile_ids, top=TOP)
            currencies = await collected.currencies(sitting.tx, person.profile_ids)
            decisions = await gate.explained(
                sitting.tx, person.head_id, policy=rules.policy, now=sitting.reader.now
            )
        with reading(sitting.reader):
            changed = rules.in_force.attributes.get(asked.get("fact", ""))
            done = correcting.done(asked.get("done", ""), changed, person)
            view = fill(person, traits, rules, decisions, done, currencies=currencies)
        return desk.show(sitting, "portal/facts.html", view, "facts")

    return facts


def _correct(desk: Desk) -> list[HTTPRouteHandler]:
    async def form(
        sitting: Sitting, attribute: Attribute, wrong: str | None = None
    ) -> Response[str]:
        person, rules, reader = sitting.person, sitting.rules, sitting.reader
        decisions = await gate.explained(
            sitting.tx, person.head_id, policy=rules.policy, now=reader.now
        )
        state = (await gate.states(sitting.tx, [person.head_id])).get(person.head_id)
        contact = desk.services.settings.contact
        with reading(reader):
            view = correcting.fill(
                person,
                attribute,
                rules,
                decisions,
                contact=contact,
                contact_url=mail_to(contact),
                regime=state.regime if state else None,
                wrong=wrong,
            )
        status = 200 if wrong is None else 400
        return desk.show(sitting, "portal/correct.html", view, "facts", status=status)

    @get("/facts/{code:str}", opt=OWN)
    async def ask(request: AnyRequest, code: FromPath[str]) -> Response[str] | Redirect:
        """Ask what is right instead."""
        async with desk.sitting(request) as sitting:
            attribute = _attribute(sitting, code)
            if not url_of(code).startswith(f"{URL}/"):
                return see_other(url_of(code))
            return await form(sitting, attribute)

    @post("/facts/{code:str}", opt=OWN)
    async def change(request: AnyRequest, code: FromPath[str]) -> Response[str] | Redirect:
        """Keep the customer's answer, set the fact aside, or take their answer back."""
        fields = await desk.visits.form(request, desk.visits.of(request).csrf_token)
        act, text = fields.get("act", ""), fields.get("value", "")
        async with desk.sitting(request) as sitting:
            attribute = _attribute(sitting, code)
            try:
                await _act(desk, sitting, attribute, act, text)
            except WrongAnswer:
                return await form(sitting, attribute, text)
        return see_other(f"{URL}?done={act}&fact={code}#fact-{code}")

    return [ask, change]


async def _act(desk: Desk, sitting: Sitting, attribute: Attribute, act: str, text: str) -> None:
    vault, clock = desk.services.vault, desk.services.clock
    tx, actor, rules = sitting.tx, sitting.actor, sitting.rules
    try:
        match act:
            case correcting.KEEP:
                with reading(sitting.reader):
                    value = typed(attribute, text)
                if value is None:
                    raise WrongAnswer
                await correct.correct(
                    tx,
                    attribute.code,
                    value,
                    actor=actor,
                    in_force=rules.in_force,
                    vault=vault,
                    clock=clock,
                )
            case correcting.SET_ASIDE:
                await correct.set_aside(
                    tx, attribute.code, actor=actor, rules=rules, vault=vault, clock=clock
                )
            case correcting.TAKE_BACK:
                await correct.take_back(
                    tx,
                    attribute.code,
                    actor=actor,
                    in_force=rules.in_force,
                    vault=vault,
                    clock=clock,
                )
            case _:
                raise NotCorrectable
    except NoSuchProfile as error:
        raise Erased from error


def _attribute(sitting: Sitting, code: str) -> Attribute:
    """Return what is to be put right.

    Raises:
        NotCorrectable: the catalogue does not declare it.
    """
    attribute = sitting.rules.in_force.attributes.get(code)
    if attribute is None:
        raise NotCorrectable
    return attribute
