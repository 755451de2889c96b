"""`/sdk/preferences`: the widget reads what stands, and says what a customer chooses.

Who it is stands in the token and nowhere else. Every act answers with all that stands after it,
so the widget shows what we keep and not what it hopes.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
from litestar import Response, get, post, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import Choice, evidence_of
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import LONG_AGO, Pause, TopicWish, Wish
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import confirmations, gate, preferences
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.preferences import Said
from candor.infra.db.pool import Tx
from candor.infra.web.reading import Reader, reading
from candor.infra.web.reading import translate as _
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.language import locale_of
from candor.surface.plain.services import Services
from candor.surface.plain.widget import WidgetTokens, WrongToken
from candor.surface.sdk import answers, steering
from candor.surface.sdk.config import language_of, origins
from candor.surface.sdk.steering import Person, Steering

_PATH: Final = "/sdk/preferences"
_SURFACE: Final = "widget"
_MAIL: Final = "email"


class Unclear(Refused):
    """This is not something that a widget can say."""

    code = "sdk.unclear"
    default_hint = (
        "Load the page again: what may be chosen has changed, or the message is damaged."
    )


class SignalSaysNo(Refused):
    """Your browser says no to sale and sharing, and this would be a yes to it."""

    code = "sdk.signal_says_no"
    kind = Kind.CONFLICT
    default_hint = "Choose “Yes, although my browser says no” if that is what you want."


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes or no to a purpose; `over_gpc`: said knowing what one's browser says."""

    purpose: str
    says: bool
    over_gpc: bool = False


class Wished(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often messages about a topic may come through a channel."""

    topic: str
    channel: str
    frequency: Frequency


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act of a customer. The page makes the id, so that sending it twice is harmless.

    What is kept is named by the id and by what it says: another act under the same id is kept too.
    """

    id: UUID
    choice: Chosen | None = None
    wish: Wished | None = None
    pause_days: int | None = None  # 0 ends a pause


_decoder: Final = msgspec.json.Decoder(Act)


def routes(services: Services) -> list[HTTPRouteHandler]:
    """Return the routes of the widget."""
    widget = Widget(services)

    @route(
        _PATH,
        http_method=HttpMethod.OPTIONS,
        opt={"public": "tells a browser which pages may ask"},
        name="sdk.preflight",
    )
    async def ask(request: AnyRequest) -> Response[None]:
        """Tell a browser whether a page may send a token."""
        async with services.database.read() as tx:
            rules = await services.rulebook.rules(tx)
        return answers.preflight(request, origins(rules))

    @get(_PATH, opt={"public": "by a widget token"})
    async def show(request: AnyRequest, lang: FromQuery[str] = "") -> Response[bytes]:
        """Return what stands."""
        return await widget.answer(request, lang, None)

    @post(_PATH, status_code=200, opt={"public": "by a widget token"})
    async def say(request: AnyRequest, lang: FromQuery[str] = "") -> Response[bytes]:
        """Record a choice or a wish; return what stands then."""
        return await widget.answer(request, lang, await request.body())

    return [ask, show, say]


class Widget:
    """Answers widgets. One per process."""

    def __init__(self, services: Services) -> None:
        """Take what choices are recorded with."""
        self._services = services
        self._tokens = WidgetTokens(services.keyring)

    def __deepcopy__(self, memo: dict[int, object]) -> "Widget":
        """Stay the same: the framework copies handlers with what they are bound to."""
        del memo
        return self

    async def answer(
        self, request: AnyRequest, lang: str, body: bytes | None
    ) -> Response[bytes]:
        """Answer one request: check the page and the token, act, show what stands."""
        try:
            found = await self._answer(request, lang, body)
        except Refused as error:
            return answers.refuse(request, error)
        return answers.say(request, found)

    async def _answer(self, request: AnyRequest, lang: str, body: bytes | None) -> Steering:
        services = self._services
        now = services.clock.now()
        own = answers.own_origin(request, services.settings.public_url)
        origin = request.headers.get("origin") or own
        token = request.headers.get("authorization", "")
        async with services.database.tx() as tx:
            rules = await services.rulebook.rules(tx)
            answers.require_origin(request, origins(rules))
            profile_id = self._tokens.read(token, origin, now)
            sitting = _Sitting(
                services=services,
                tx=tx,
                rules=rules,
                profile_id=profile_id,
                actor=await services.vault.customer(tx, profile_id),
                locale=language_of(lang, rules.in_force.document.locales),
                reader=Reader(now, locale_of(lang)),
                sends_signal=b"1" in _signals(request),
            )
            person = await sitting.person()
            said = ""
            if body is None:
                await sitting.note_reading()
            else:
                said = await sitting.act(_act(body), person)
                person = await sitting.person()
            return sitting.steering(person, said)


class _Sitting(msgspec.Struct, frozen=True):
    """One request of a widget, its person known."""

    services: Services
    tx: Tx
    rules: Rules
    profile_id: ProfileId
    actor: Actor
    locale: str
    reader: Reader
    sends_signal: bool

    async def person(self) -> Person:
        """Return what stands for the person.

        Raises:
            WrongToken: unknown or erased; there is nothing to steer.
        """
        policy = self.rules.policy
        states = await gate.states(self.tx, [self.profile_id])
        state = states.get(self.profile_id)
        standing = await preferences.standing(self.tx, self.profile_id, policy=policy)
        if state is None or standing is None or state.standing == Standing.ERASED:
            raise WrongToken
        decisions = await gate.explained(
            self.tx, self.profile_id, policy=policy, now=self.reader.now
        )
        has_signal = self.sends_signal or standing.sends_gpc
        return Person(decisions, state.regime, standing, has_signal)

    async def note_reading(self) -> None:
        """Write into the log that the person looked, as for every page of theirs."""
        keys = await self.services.vault.keys(self.tx, {self.profile_id})
        await audit.record(
            self.tx,
            actor=self.actor,
            action="consent.looked",
            clock=self.services.clock,
            subjects=[key.pseudonym for key in keys.values()],
            detail={"surface": _SURFACE},
        )

    async def act(self, act: Act, person: Person) -> str:
        """Record what the person says; return what to tell them."""
        if act.choice is not None:
            return await self._choose(act.id, act.choice, person)
        wish = self._wish(act)
        await preferences.prefer(
            self.tx,
            [
                Said(
                    uuid5(act.id, f"{act.wish} {act.pause_days}"),
                    self.profile_id,
                    wish,
                    self.reader.now,
                    _SURFACE,
                    locale=self.locale,
                )
            ],
            actor=self.actor,
            vault=self.services.vault,
            policy=self.rules.policy,
            clock=self.services.clock,
        )
        return self._kept()

    def _wish(self, act: Act) -> Wish:
        numbers = self.rules.in_force.numbers
        if act.wish is not None:
            topic = self.rules.policy.topics.get(act.wish.topic)
            channel = numbers.channels.get(act.wish.channel)
            if topic is None or channel is None or channel not in topic.offered:
                raise Unclear
            return TopicWish(topic.bit, channel, act.wish.frequency)
        if act.pause_days == 0:
            return Pause(LONG_AGO)
        if act.pause_days in steering.PAUSES:
            return Pause(self.reader.now + timedelta(days=act.pause_days or 0))
        raise Unclear

    async def _choose(self, act_id: UUID, chosen: Chosen, person: Person) -> str:
        purpose = self.rules.in_force.purposes.get(chosen.purpose)
        if purpose is None or not steering.may_choose(self.rules, purpose, person.regime):
            raise Unclear
        is_over = chosen.says and purpose.is_sale and person.has_signal
        if is_over and not chosen.over_gpc:
            raise SignalSaysNo
        words = shown(self.rules, purpose.code, self.locale)
        stood = person.decisions[purpose.code].allowed
        no = Choice.WITHDRAWN if stood else Choice.DENIED
        statement = Statement(
            record_id=uuid5(act_id, f"{chosen.purpose} {chosen.says}"),
            via=self.profile_id,
            purpose_id=self.rules.in_force.numbers.purposes[purpose.code],
            choice=Choice.GRANTED if chosen.says else no,
            decided_at=self.reader.now,
            surface=_SURFACE,
            notice=words.notice_id,
            locale=words.locale,
            evidence=evidence_of(is_over_gpc=is_over),
            edition=words.edition,
        )
        outcome = await confirmations.choices_or_confirmation(
            self.tx,
            [statement],
            is_proven=self._has_proven_address(person),
            actor=self.actor,
            vault=self.services.vault,
            keyring=self.services.keyring,
            rules=self.rules,
            clock=self.services.clock,
        )
        return self._kept(is_waiting=bool(outcome.waiting), is_mailed=outcome.is_mailed)

    def _has_proven_address(self, person: Person) -> bool:
        """Tell whether an e-mail address of the person is verified."""
        return any(
            channel.contact == _MAIL and channel.code in person.preferences.reachable
            for channel in self.rules.in_force.document.channels
        )

    def _kept(self, *, is_waiting: bool = False, is_mailed: bool = False) -> str:
        with reading(self.reader):
            if is_mailed:
                return str(
                    _("We sent you a mail. Your yes counts when you press the button in it.")
                )
            if is_waiting:
                return str(_("Your yes counts when you press the button in the mail we sent."))
            return str(_("Your choice is kept."))

    def steering(self, person: Person, said: str) -> Steering:
        """Return what the widget shows."""
        with reading(self.reader):
            return Steering(
                locale=self.locale,
                direction=self.reader.direction,
                words=steering.words(self.rules.in_force.document.company),
                purposes=steering.purposes(self.rules, person, self.locale),
                topics=steering.topics(self.rules, person, self.locale),
                frequencies=steering.options(steering.FREQUENCIES),
                pauses=steering.options(steering.PAUSES),
                pause=steering.pause(person.preferences, self.reader.now),
                is_paused=steering.is_paused(person.preferences, self.reader.now),
                said=said,
                portal_url=f"{self.services.settings.public_url}/me",
            )


def _act(body: bytes) -> Act:
    """Return what a widget says.

    Raises:
        Unclear: not one act in the form of `Act`.
    """
    try:
        act = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear from error
    if sum(one is not None for one in (act.choice, act.wish, act.pause_days)) != 1:
        raise Unclear
    return act


def _signals(request: AnyRequest) -> set[bytes]:
    """Return all values of `Sec-GPC`; only an exact `1` counts (GPC, 2026)."""
    return {value for name, value in request.scope["headers"] if name == b"sec-gpc"}
