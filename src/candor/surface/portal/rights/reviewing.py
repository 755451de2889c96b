"""Decisions that machines made: how, what they mean, and having a person look."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.catalogue.model import InForce, MachineDecision
from candor.domain.rights.errors import NoSuchDecision
from candor.domain.rights.model.automated import ALL, Told, Verdict
from candor.domain.rights.model.request import Right
from candor.domain.rights.service.automated import contesting, telling
from candor.infra.web.reading import declared, message, reading
from candor.infra.web.reading import translate as _
from candor.kernel.pii import Pii
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal import words
from candor.surface.portal.desk import OWN, Desk, Sitting
from candor.surface.portal.refusals import NotAnAnswer
from candor.surface.portal.rights.asking import MOST_SIGNS, ask, shown
from candor.surface.portal.rights.cards import URL
from candor.surface.portal.rights.views import DecisionLine, HumanPage, KindLine
from candor.surface.portal.steering import form

_SHOWN: Final = 50
_VERDICTS: Final[Mapping[str, str]] = {
    Verdict.UPHELD: message("A person looked, and came to the same."),
    Verdict.CHANGED: message("A person looked, and decided otherwise: %(outcome)s."),
    Verdict.ANNULLED: message("A person looked, and struck it out."),
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and its buttons."""

    @get("/rights/human", opt=OWN)
    async def human(request: AnyRequest) -> Response[str]:
        """Show which decisions machines make, and which they made about the person."""
        async with desk.sitting(request) as sitting:
            found = await telling.of_person(
                sitting.tx, sitting.person.profile_ids, at_most=_SHOWN
            )
            told = await telling.told(
                sitting.tx, found, actor=sitting.actor, office=desk.services.office
            )
            by_people = await telling.chosen(sitting.tx, sitting.person.head_id)
        with reading(sitting.reader):
            view = HumanPage(
                contest_url=f"{URL}/human",
                only_url=f"{URL}/human/only",
                back_url=URL,
                kinds=_kinds(sitting, by_people),
                decisions=_decisions(sitting, told),
            )
        return desk.show(sitting, "portal/human.html", view, "rights")

    @post("/rights/human", opt=OWN)
    async def contest(request: AnyRequest) -> Redirect:
        """Have a person look at a decision. Somebody else's is answered as one that is not."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            found = await telling.find(
                sitting.tx, _id_of(fields.get("decision", "")), sitting.person.profile_ids
            )
            opened = await ask(
                desk,
                sitting,
                Right.AUTOMATED_DECISION,
                scope=contesting.contest_of(found.decision_id),
                words=fields.get("words", "").strip()[:MOST_SIGNS],
            )
        return see_other(shown(opened))

    @post("/rights/human/only", opt=OWN)
    async def only(request: AnyRequest) -> Redirect:
        """Say who decides from now on: people alone, or machines again."""
        fields = await form(desk, request)
        code, is_on = fields.get("code", ""), fields.get("only") == "yes"
        async with desk.sitting(request) as sitting:
            if code not in sitting.rules.in_force.decisions:
                raise NotAnAnswer
            opened = await ask(
                desk,
                sitting,
                Right.AUTOMATED_DECISION,
                scope=contesting.switch_of(code, is_by_people_only=is_on),
            )
        return see_other(shown(opened))

    return [human, contest, only]


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise NoSuchDecision from wrong


def _kinds(sitting: Sitting, by_people: frozenset[str]) -> tuple[KindLine, ...]:
    language = sitting.reader.language
    return tuple(
        KindLine(
            one.code,
            one.title(language),
            one.text(language).plain,
            one.text(language).meaning,
            by_people=one.code in by_people or ALL in by_people,
        )
        for one in sitting.rules.in_force.document.decisions
    )


def _decisions(sitting: Sitting, told: Sequence[Told]) -> tuple[DecisionLine, ...]:
    in_force, language = sitting.rules.in_force, sitting.reader.language
    return tuple(_line(one, in_force, language) for one in told)


def _line(one: Told, in_force: InForce, language: str) -> DecisionLine:
    """Return a decision in the words of the edition that decided."""
    found, kind = one.decision, one.declared
    return DecisionLine(
        decision_id=str(found.decision_id),
        title=_title(kind, found.code, language),
        outcome=_outcome(found.outcome),
        logic="" if kind is None else kind.text(language).plain,
        meaning="" if kind is None else kind.text(language).meaning,
        at=found.decided_at,
        inputs=tuple(
            (_named(name, in_force), _value(name, value, in_force))
            for name, value in one.inputs.items()
        ),
        is_contested=found.contested_by is not None,
        request_url=None if found.contested_by is None else f"{URL}/{found.contested_by}",
        verdict=_verdict(found.verdict, found.new_outcome),
    )


def _title(kind: MachineDecision | None, code: str, language: str) -> str:
    return declared(code) if kind is None else kind.title(language)


def _named(name: str, in_force: InForce) -> str:
    attribute, event = in_force.attributes.get(name), in_force.events.get(name)
    if attribute is not None:
        return declared(attribute.title)
    return declared(name if event is None else event.title)


def _value(name: str, value: Pii[Any], in_force: InForce) -> str:
    attribute = in_force.attributes.get(name)
    given = value.reveal()
    return str(given) if attribute is None else words.value(attribute.type, given)


def _outcome(code: str) -> str:
    """Return an outcome as it is read: catalogues declare them as codes."""
    return declared(code.replace("_", " ").capitalize())


def _verdict(verdict: str | None, new_outcome: str | None) -> str | None:
    if verdict is None:
        return None
    return str(_(_VERDICTS[verdict], outcome=_outcome(new_outcome or "")))
