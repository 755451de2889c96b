"""Audiences as an adapter: a mirror that is told and not heard."""

from collections.abc import Sequence

from candor.domain.connections.adapters.audience.google import Google
from candor.domain.connections.adapters.audience.meta import Meta
from candor.domain.connections.adapters.audience.normalising import IDENTIFYING
from candor.domain.connections.adapters.audience.platform import Platform, Problem, number_of
from candor.domain.connections.adapters.audience.rows import Plan, Row, plan_of
from candor.domain.connections.adapters.audience.spec import GOOGLE, META, SPEC
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.talk import Acknowledged, Never, Parcel, Reply, Spec


class Audience:
    """An audience at Meta or at Google."""

    def __init__(self) -> None:
        """Know both platforms."""
        self._platforms: dict[str, Platform] = {META: Meta(), GOOGLE: Google()}

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return SPEC

    async def check(self, line: Line) -> None:
        """Find out whether the platform lets us in and knows the audience.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            BadConnection: the mapping names what it does not match by, nothing that it finds
                anybody by, or no choice; or the platform says what is wrong.
        """
        platform = self._platform(line)
        _checked(line, platform)
        await platform.check(line)

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Take out whoever is to leave, then put in whoever is to be there.

        Raises:
            Unreached, NotLetIn.
            BadConnection: no choice is mapped, so nobody could say no.
        """
        platform = self._platform(line)
        _checked(line, platform)
        where = f"{line.settings['platform']}/{number_of(line, 'audience')}"
        plans = [plan_of(parcel, where, line.mapping, platform.rules) for parcel in parcels]
        problems: dict[int, Problem] = {}
        leaving = [(n, row) for n, plan in enumerate(plans) if plan for row in plan.leaves]
        _note(problems, leaving, await platform.remove(line, [row for _, row in leaving]))
        joining = [
            (n, plan.joins)
            for n, plan in enumerate(plans)
            if plan is not None and plan.joins is not None and n not in problems
        ]
        _note(problems, joining, await platform.add(line, [row for _, row in joining]))
        return [_reply(plan, problems.get(number)) for number, plan in enumerate(plans)]

    def _platform(self, line: Line) -> Platform:
        found = self._platforms.get(line.settings.get("platform", ""))
        if found is None:
            message = "Say which platform it is: meta or google."
            raise BadConnection(message)
        return found


def _checked(line: Line, platform: Platform) -> None:
    """Refuse a mapping that could bring somebody in and never out."""
    told = [one for one in line.mapping if one.is_out or one.is_key]
    names = [one.there for one in told if not one.is_choice]
    unknown = next((name for name in names if name not in platform.rules), None)
    message = ""
    if unknown is not None:
        message = f"It matches nobody by {unknown!r}; by: {', '.join(platform.rules)}."
    elif not IDENTIFYING & set(names):
        message = "It finds nobody without EMAIL, PHONE or EXTERN_ID."
    elif not any(one.is_choice for one in told):
        message = "Map a choice, such as member: whoever says no to it is taken out."
    if message:
        raise BadConnection(message)


def _note(
    problems: dict[int, Problem],
    asked: Sequence[tuple[int, Row]],
    found: Sequence[Problem],
) -> None:
    """Write down what is wrong with whom; the first that was found stays."""
    for (number, _), problem in zip(asked, found, strict=True):
        if problem is not None:
            problems.setdefault(number, problem)


def _reply(plan: Plan | None, problem: Problem) -> Reply:
    if plan is None:
        return Never("other_audience")
    if problem is not None:
        return problem
    return Never(plan.problem) if plan.problem else Acknowledged(plan.name)
