"""From bytes to what may come in: everything that needs no database.

Order for each call: size → JSON → NUL characters → type → message id → time → identifiers →
tracking plan. Each failure refuses this call only, with a code, a message and a masked sample.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import msgspec

from candor.domain.catalogue.model import Source
from candor.domain.collect import damaged
from candor.domain.collect.errors import BadRequest, EventRefused, TooLarge
from candor.domain.collect.model import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_CALL_BYTES,
    MAX_MESSAGE_ID,
    Call,
    Context,
    Envelope,
    Load,
    Outcome,
    Refusal,
    Taken,
    Trait,
)
from candor.domain.collect.plan import TrackingPlan
from candor.domain.consent.model.signal import SignalKind, meaning_of
from candor.domain.profiles.model import Sighted
from candor.domain.vault.service import Vault, normalise
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii
from candor.kernel.redact import (
    is_secret_name,
    mask_cards,
    mask_sample,
    may_hold_card,
)
from candor.kernel.text import folded

DEVICE: Final = "device"
CONSENT_EVENT: Final = "Segment Consent Preference Updated"
_FUTURE: Final = timedelta(days=1)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUL: Final = b"\\u0000"
# BCP 47 as browsers and phones write it: language, script, region.
_LANGUAGE_TAG: Final = re.compile(
    r"[A-Za-z]{2,3}(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?"
)
_NOTICE_ID: Final = re.compile(r"[0-9a-f]{64}")
_NEVER_CARDS: Final = frozenset({"phone"})  # many a good number looks like a card's
_TYPES: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
_NAMED: Final = {"page": "Page Viewed", "screen": "Screen Viewed", "group": "Group Joined"}

_envelope: Final = msgspec.json.Decoder(Envelope)
_call: Final = msgspec.json.Decoder(Call)
_anything: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder()


class Reader:
    """Reads requests of one source under one catalogue."""

    def __init__(self, plan: TrackingPlan, source: Source, vault: Vault) -> None:
        """Take the compiled catalogue, the source, and the vault for blind indexes."""
        self._plan = plan
        self._source = source
        self._vault = vault
        self._source_id = plan.in_force.numbers.sources[source.code]
        self._salt = self._source_id.to_bytes(2)
        self._kinds = plan.in_force.identifiers
        self._verifies = frozenset(source.verifies)
        # The key of a page is public: who somebody is, a page may only say where it can vouch.
        self._believes = frozenset(
            kind
            for kind, rules in self._kinds.items()
            if kind in self._verifies or not (source.origins and rules.names_person)
        )
        self._blocked = {
            kind: frozenset(folded(value) for value in rules.blocked)
            for kind, rules in self._kinds.items()
        }

    def batch(self, body: bytes, now: datetime, *, is_gpc: bool = False) -> Load:
        """Read a batch; `is_gpc`: the browser that sends it says Global Privacy Control.

        Raises:
            TooLarge: over 500 KB or 2,500 events.
            BadRequest: not JSON, or no list `batch` in it.
        """
        if len(body) > MAX_BATCH_BYTES:
            raise TooLarge
        raws, sent_at, context = _open(body)
        if len(raws) > MAX_BATCH_EVENTS:
            raise TooLarge
        load = self._load(now, is_gpc=is_gpc)
        for place, raw in enumerate(raws):
            self._read(load, place, raw, sent_at, context)
        return load

    def single(self, kind: str, body: bytes, now: datetime, *, is_gpc: bool = False) -> Load:
        """Read one call that came on its own, at the address of its type.

        Raises:
            TooLarge: over 32 KB.
        """
        if len(body) > MAX_CALL_BYTES:
            raise TooLarge
        load = self._load(now, is_gpc=is_gpc)
        self._read(load, 0, body, None, None, kind=kind)
        return load

    def _load(self, now: datetime, *, is_gpc: bool) -> Load:
        regime = self._source.regime.value if self._source.regime else None
        return Load(self._source_id, self._source.code, regime, now, is_gpc)

    def _read(
        self,
        load: Load,
        place: int,
        raw: bytes | msgspec.Raw,
        sent_at: str | None,
        context: Context | None,
        *,
        kind: str = "",
    ) -> None:
        """Read one call into the load, as taken or as refused."""
        try:
            call = _decode(raw)
            if kind:
                call.type = kind
            if context is not None and call.context is None:
                call.context = context
            load.taken.append(self._take(call, sent_at or call.sentAt, load))
        except EventRefused as refusal:
            load.counts[Outcome.REFUSED, refusal.reason] += 1
            load.refused.append(
                Refusal(place, refusal.reason, refusal.what, refusal.message, self._sample(raw))
            )

    def _take(self, call: Call, sent_at: str | None, load: Load) -> Taken:
        kind = call.type
        if kind not in _TYPES:
            message = f"The type must be one of {', '.join(sorted(_TYPES))}."
            raise EventRefused("unknown_type", message)
        what = _NAMED.get(kind) or (call.event if kind == "track" else kind) or ""
        if kind == "track" and not what:
            raise EventRefused("no_event_name", "A track call needs the name of its event.")
        occurred_at = _when(call, sent_at, load.received_at)
        taken = Taken(
            message_key=self._key(call),
            what=what,
            identifiers=(),
            occurred_at=occurred_at,
        )
        found: list[tuple[str, str]] = []
        if kind == "identify":
            self._identify(call, taken, found, load)
        elif kind == "track" and what == CONSENT_EVENT:
            self._say(call, taken, load)
        elif kind != "alias":
            self._event(call, taken, found, load)
        if load.is_gpc or call.context is not None:
            self._listen(call.context, taken, load)
        taken.locale = _locale(call)
        taken.identifiers = self._identifiers(call, found, load, taken.region)
        return taken

    def _key(self, call: Call) -> bytes:
        """Return the name under which the door remembers a message."""
        message_id = call.messageId
        if not message_id:
            return new_id().bytes
        if len(message_id) > MAX_MESSAGE_ID:
            message = f"A messageId has at most {MAX_MESSAGE_ID} characters."
            raise EventRefused("long_message_id", message)
        return hashlib.blake2b(message_id.encode(), digest_size=16, key=self._salt).digest()

    def _event(
        self, call: Call, taken: Taken, found: list[tuple[str, str]], load: Load
    ) -> None:
        """Check the properties of an event against the plan."""
        rule = self._plan.events.get(taken.what)
        if rule is None:
            message = (
                "This event is not declared. Declare it in the catalogue, or stop sending it."
            )
            raise EventRefused("undeclared_event", message)
        if load.received_at - taken.occurred_at > rule.keeps:
            message = f"{rule.code} is kept for {rule.keeps_days} days; this one is older."
            raise EventRefused("too_old", message, rule.code)
        given: Mapping[str, Any] = call.properties or {}
        if call.name and "name" in rule.names:
            given = {"name": call.name, **given}
        checked = rule.apply(given, load.counts)
        found.extend(checked.identifiers)
        taken.event_type_id = rule.event_type_id
        taken.mask = rule.mask
        taken.properties = _encoder.encode(checked.plain)
        if checked.personal:
            taken.personal = _encoder.encode(checked.personal)
        if call.context and call.context.consent:
            # What the sender says was refused for this very event: a further no, never a yes.
            for bit, says_yes in self._choices(call, load):
                if not says_yes:
                    taken.mask &= ~(1 << bit)

    def _identify(  # noqa: C901 - the hot path: one loop, read top to bottom
        self, call: Call, taken: Taken, found: list[tuple[str, str]], load: Load
    ) -> None:
        """Take the declared facts out of an identify call."""
        traits = call.traits or (call.context.traits if call.context else None) or {}
        taken.region = _region(traits)
        region = taken.region
        kept: list[Trait] = []
        for name, given in _flat(traits):
            rule = self._plan.attributes.get(name)
            if rule is None or is_secret_name(name):
                load.counts[Outcome.DROPPED, "identify"] += 1
                continue
            if given is None or given == "":
                continue
            value = given
            if isinstance(value, str) and not rule.identifier and may_hold_card(value):
                # An identifier that looks like a card is no identifier: see `_value`.
                value, cards = mask_cards(value)
                load.counts[Outcome.CARD_MASKED, "identify"] += cards
            if rule.check(value) is not None:
                load.counts[Outcome.WRONG_FACT, rule.code] += 1
                continue
            if rule.identifier:
                found.append((rule.identifier, str(value)))
                if self._value(rule.identifier, str(value), region) is None:
                    continue  # counted once, with the identifiers
            kept.append(Trait(rule.attribute_id, rule.mask, rule.code, Pii(value)))
        taken.traits = tuple(kept)
        if call.context and call.context.consent:
            self._say(call, taken, load)

    def _say(self, call: Call, taken: Taken, load: Load) -> None:
        """Take the choices of a call, with what the sender says about how they were made."""
        taken.choices = self._choices(call, load)
        consent = call.context.consent if call.context else None
        if consent is None:
            return
        taken.is_over_gpc = consent.overGpc
        bits = self._plan.in_force.numbers.purposes
        taken.shown = {
            bits[code]: notice
            for code, notice in (consent.notices or {}).items()
            if code in bits and _NOTICE_ID.fullmatch(notice.id)
        }

    def _listen(self, context: Context | None, taken: Taken, load: Load) -> None:
        """Take the signals of a call. For it, a no of theirs is a further no, never a yes."""
        found: list[tuple[SignalKind, str | None]] = []
        if load.is_gpc or (
            context and (context.gpc is True or context.globalPrivacyControl is True)
        ):
            found.append((SignalKind.GPC, None))
            taken.choices = tuple(
                (bit, says_yes and (bit not in self._plan.sale or taken.is_over(bit)))
                for bit, says_yes in taken.choices
            )
        if context and context.consent:
            strings = (
                (SignalKind.TCF, context.consent.tcf),
                (SignalKind.GPP, context.consent.gpp),
            )
            for kind, given in strings:
                if given is not None:
                    value = given if isinstance(given, str) else ""
                    found.append((kind, value))
                    self._restrict(kind, value, taken, load)
        for kind, _ in found:
            load.counts[Outcome.SIGNAL, kind.value] += 1
        taken.signals = tuple(found)

    def _restrict(self, kind: SignalKind, value: str, taken: Taken, load: Load) -> None:
        meaning = meaning_of(kind, value, self._plan, taken.occurred_at)
        if not meaning.is_readable:
            load.counts[Outcome.UNREADABLE_SIGNAL, meaning.reason] += 1
        for bit, says in meaning.choices.items():
            if not says.is_yes:
                taken.mask &= ~(1 << bit)

    def _choices(self, call: Call, load: Load) -> tuple[tuple[int, bool], ...]:
        """Return the purposes that a call's consent categories speak about."""
        consent = call.context.consent if call.context else None
        chosen: dict[int, bool] = {}
        for category, says_yes in (
            consent.categoryPreferences or {} if consent else {}
        ).items():
            bits = self._plan.categories.get(category)
            if bits is None:
                load.counts[Outcome.UNKNOWN_CATEGORY, "consent"] += 1
                continue
            for bit in bits:
                # A purpose in several categories needs all of them.
                chosen[bit] = chosen.get(bit, True) and says_yes
        return tuple(chosen.items())

    def _identifiers(  # noqa: C901 - the hot path: one loop, read top to bottom
        self, call: Call, found: list[tuple[str, str]], load: Load, region: str | None
    ) -> tuple[Sighted, ...]:
        """Return the usable identifiers of a call, first the one whose event it is."""
        given: list[tuple[str, str]] = []
        if call.userId is not None and call.userId != "":
            given.append((self._source.user_id, str(call.userId)))
        rest = list(found)
        if call.context and call.context.externalIds:
            rest += [(one.type, str(one.id)) for one in call.context.externalIds]
        if call.anonymousId is not None and call.anonymousId != "":
            rest.append((DEVICE, str(call.anonymousId)))
        if call.previousId is not None and call.previousId != "":
            rest.append((DEVICE, str(call.previousId)))
        if len(rest) > 1:
            rest.sort(key=lambda one: -self._priority(one[0]))
        sighted: dict[bytes, Sighted] = {}
        for kind, text in (*given, *rest):
            one = self._sighted(kind, text, load, region)
            if one is not None:
                sighted.setdefault(one.index, one)
        if not sighted:
            if not given and not rest:
                message = "A call needs a userId or an anonymousId."
                raise EventRefused("no_identifier", message, _declared(call, self._plan))
            message = (
                "No identifier of this call can be used: blocked, not well-formed, or unproven."
            )
            raise EventRefused("no_usable_identifier", message, _declared(call, self._plan))
        return tuple(sighted.values())

    def _priority(self, kind: str) -> int:
        rules = self._kinds.get(kind)
        return rules.priority if rules else -1

    def _sighted(self, kind: str, text: str, load: Load, region: str | None) -> Sighted | None:
        if kind not in self._kinds:
            load.counts[Outcome.BAD_IDENTIFIER, "undeclared_kind"] += 1
            return None
        if kind not in self._believes:
            load.counts[Outcome.UNPROVEN_IDENTIFIER, kind] += 1
            return None
        value = self._value(kind, text, region)
        if value is None:
            blocked = folded(text) in self._blocked[kind]
            outcome = Outcome.BLOCKED_IDENTIFIER if blocked else Outcome.BAD_IDENTIFIER
            load.counts[outcome, kind] += 1
            return None
        return Sighted(kind, self._vault.index(kind, value), value, kind in self._verifies)

    def _value(self, kind: str, text: str, region: str | None) -> str | None:
        """Return a normalised identifier, or None when it is blocked or not well-formed."""
        rules = self._kinds[kind]
        value = normalise(rules.normalise, text, region)
        if value is None or (rules.blocked and folded(value) in self._blocked[kind]):
            return None
        if (
            rules.normalise not in _NEVER_CARDS
            and may_hold_card(value)
            and mask_cards(value)[1]
        ):
            return None  # a payment card is nobody's identifier, and never gets in
        return value

    def _sample(self, raw: bytes | msgspec.Raw) -> str:
        """Return the masked shape of a refused call."""
        try:
            shape = mask_sample(_anything.decode(raw), self._plan.is_declared)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            shape = f"unreadable, {len(bytes(raw))} bytes"
        return _encoder.encode(shape).decode()


def _flat(traits: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield traits, those inside one object (`address`) as `address.street`."""
    for name, value in traits.items():
        if isinstance(value, dict):
            inner = cast("dict[str, Any]", value)
            yield from ((f"{name}.{key}", part) for key, part in inner.items())
        else:
            yield name, value


def _region(traits: Mapping[str, Any]) -> str | None:
    """Return the country that a call names, to read phone numbers in national form."""
    address = traits.get("address")
    inner = (
        cast("dict[str, Any]", address).get("country") if isinstance(address, dict) else None
    )
    country = traits.get("country") or inner
    return country if isinstance(country, str) and len(country) == 2 else None


def _open(body: bytes) -> tuple[list[bytes] | list[msgspec.Raw], str | None, Context | None]:
    """Return the undecoded calls of a batch, when it was sent, and its shared context."""
    try:
        envelope = _envelope.decode(body)
    except msgspec.ValidationError as error:
        message = "The body must be an object with a list `batch`."
        raise BadRequest(message) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        pieces = damaged.pieces(body)
        if pieces is None:
            message = "The body is not well-formed JSON in UTF-8."
            raise BadRequest(message) from error
        return pieces, damaged.sent_at(body), None
    return envelope.batch, envelope.sentAt, envelope.context


def _decode(raw: bytes | msgspec.Raw) -> Call:
    """Decode one call.

    Raises:
        EventRefused: too large, not JSON, not UTF-8, nested too deeply, wrong types, NUL.
    """
    view = memoryview(raw)
    if view.nbytes > MAX_CALL_BYTES:
        raise EventRefused("too_large", "An event has at most 32 KB.")
    if _NUL in view.tobytes():
        raise EventRefused("nul_character", "Text must not contain the character NUL.")
    try:
        return _call.decode(raw)
    except msgspec.ValidationError as error:
        # The message names types and a path, no value; keys of maps stand in it as `[...]`.
        raise EventRefused("wrong_form", f"{error}.") from None
    except UnicodeDecodeError:
        raise EventRefused("bad_utf8", "Text must be UTF-8.") from None
    except RecursionError:
        raise EventRefused("too_deep", "Objects are nested too deeply.") from None
    except msgspec.DecodeError:
        raise EventRefused("malformed", "This event is not well-formed JSON.") from None


def _when(call: Call, sent_at: str | None, received_at: datetime) -> datetime:
    """Return when something happened: timestamp = receivedAt − (sentAt − originalTimestamp)."""
    given = call.originalTimestamp or call.timestamp
    if not given:
        return received_at
    stated = _instant(given)
    try:
        # In UTC: months begin by it, wherever the sender's midnight is.
        occurred = (
            received_at - (_instant(sent_at) - stated) if sent_at else stated.astimezone(UTC)
        )
    except OverflowError:
        occurred = _EARLIEST - _FUTURE
    if occurred < _EARLIEST:
        raise EventRefused("bad_time", "The timestamp lies before 1970.")
    if occurred > received_at + _FUTURE:
        message = (
            "The timestamp lies more than a day in the future. Check the clock of the sender."
        )
        raise EventRefused("time_in_future", message)
    return min(occurred, received_at)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        message = "Times must be ISO 8601, like 2026-11-21T15:00:00.000Z."
        raise EventRefused("bad_time", message) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _locale(call: Call) -> str | None:
    """Return the language tag of a call. It is kept in the clear, so free text is not taken."""
    tag = call.context.locale if call.context else None
    return tag if tag and _LANGUAGE_TAG.fullmatch(tag) else None


def _declared(call: Call, plan: TrackingPlan) -> str:
    return call.event if call.event in plan.events else ""
