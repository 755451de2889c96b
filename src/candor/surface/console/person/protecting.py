"""Which law protects a person: what another one would change, and saying so."""

from typing import ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate, regimes
from candor.domain.profiles.service import read as people
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ProfileId
from candor.surface.console import saying, words
from candor.surface.console.desk import Desk, Page, actor_of, asked
from candor.surface.console.people.routes import URL
from candor.surface.console.person.views import RegimeLine, RegimePage
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit, short

_UNKNOWN: Final = "unknown"
_CHOICES: Final[dict[str, Regime | None]] = {
    **{regime.value: regime for regime in Regime},
    _UNKNOWN: None,
}
_INVALID: Final = 400
_TEMPLATE: Final = "console/regime.html"
_MAY: Final = {"permission": Permission.CONSENT_REGIME, "proof": "changes what is allowed"}


class Erased(Refused):
    """This person was erased: nothing about them can be read any more, by anybody."""

    code: ClassVar[str] = "web.erased"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "What is left is a number without a meaning."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of changing the law that protects a person."""

    @get("/people/{profile_id:uuid}/regime", opt=_MAY)
    async def ask(request: AnyRequest, profile_id: FromPath[UUID]) -> Response[str]:
        """Say what each law would change. Nothing of the person is opened for it."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await _show(desk, tx, visit, request, ProfileId(profile_id))

    @post("/people/{profile_id:uuid}/regime", opt=_MAY)
    async def put(request: AnyRequest, profile_id: FromPath[UUID]) -> Page:
        """Say which law protects a person."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        wanted = fields.get("regime", "")
        async with desk.acting(visit) as tx:
            if wanted not in _CHOICES:
                error = "Choose one of the laws."
                return await _show(desk, tx, visit, request, ProfileId(profile_id), error)
            head, _ = await living(tx, ProfileId(profile_id))
            rules = await desk.rules(tx)
            await regimes.set_regime(
                tx,
                head,
                _CHOICES[wanted],
                actor=actor_of(visit),
                vault=desk.vault,
                policy=rules.policy,
                clock=desk.clock,
            )
        return answers.see_other(_back(request, head, done="regime"))

    return [ask, put]


def _back(request: AnyRequest, head: ProfileId, *, done: str = "") -> str:
    kept = {"purpose": asked(request, "purpose"), "done": done}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{URL}/{head}?{query}" if query else f"{URL}/{head}"


async def living(tx: ReadTx, profile_id: ProfileId) -> tuple[ProfileId, list[ProfileId]]:
    """Return the head of a person and all of their profiles.

    Raises:
        NoSuchProfile: there never was such an id.
        Erased: a law protects them no more, there is nothing left.
    """
    head = await people.head(tx, profile_id)
    ids = await gate.members(tx, head)
    states = await gate.states(tx, ids)
    if any(state.standing == Standing.ERASED for state in states.values()):
        raise Erased
    return head, ids


async def _show(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    request: AnyRequest,
    profile_id: ProfileId,
    error: str | None = None,
) -> Response[str]:
    rules = await desk.rules(tx)
    head, ids = await living(tx, profile_id)
    now_allowed = await regimes.foreseen(tx, ids, policy=rules.policy, now=desk.clock.now())
    standing = await regimes.regime_of(tx, ids)
    purpose = asked(request, "purpose")
    query = f"?{urlencode({'purpose': purpose})}" if purpose else ""
    view = RegimePage(
        code=short(head),
        back_url=_back(request, head),
        post_url=f"{URL}/{head}/regime{query}",
        csrf_token=visit.csrf_token,
        regime=saying.regime(standing),
        lines=tuple(
            _line(code, mask, now_allowed[standing], rules, is_now=_CHOICES[code] is standing)
            for code, mask in ((code, now_allowed[law]) for code, law in _CHOICES.items())
        ),
        profiles=len(ids),
        error=error,
    )
    status = 200 if error is None else _INVALID
    return await desk.show(tx, visit, "people", _TEMPLATE, view, status=status)


def _line(code: str, mask: int, before: int, rules: Rules, *, is_now: bool) -> RegimeLine:
    def named(bits: int) -> tuple[str, ...]:
        return tuple(
            words.purpose(purpose.code)
            for purpose in rules.in_force.document.purposes
            if bits >> rules.policy.bits[purpose.code] & 1
        )

    return RegimeLine(
        code=code,
        label=saying.regime(code),
        is_now=is_now,
        gained=named(mask & ~before),
        lost=named(before & ~mask),
    )
