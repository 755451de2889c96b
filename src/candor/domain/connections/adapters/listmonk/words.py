"""listmonk's words: what its answers hold, and how our names stand for its fields. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from candor.domain.connections.adapters.guarding import overrules
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.talk import Heard, Parcel, Value
from candor.kernel.pii import Pii

EMAIL: Final = "email"
NAME: Final = "name"
STATUS: Final = "status"  # a choice: no is blocklisted, which closes every list
ATTRIBUTE: Final = "attribs."
LIST: Final = "list:"
BLOCKLISTED: Final = "blocklisted"
_HARD: Final = "hard"
_COMPLAINT: Final = "complaint"


class Subscription(msgspec.Struct, frozen=True):
    """A list that somebody is on."""

    id: int
    subscription_status: str | None = None  # confirmed, unconfirmed, unsubscribed
    optin: str = "single"
    subscription_updated_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether campaigns go there: unconfirmed is enough unless the list asks twice."""
        return self.subscription_status == "confirmed" or (
            self.subscription_status == "unconfirmed" and self.optin != "double"
        )


class Subscriber(msgspec.Struct, frozen=True):
    """A subscriber."""

    id: int
    email: str
    name: str = ""
    status: str = "enabled"
    attribs: dict[str, Any] | None = None
    lists: list[Subscription] | None = None
    updated_at: datetime | None = None

    @property
    def on(self) -> dict[int, Subscription]:
        """Return the subscriptions by the numbers of their lists."""
        return {one.id: one for one in self.lists or []}


class One(msgspec.Struct, frozen=True):
    """An answer with one subscriber."""

    data: Subscriber


class _Results(msgspec.Struct, frozen=True):
    results: list[Subscriber]
    total: int = 0


class Many(msgspec.Struct, frozen=True):
    """An answer with subscribers."""

    data: _Results


class _Named(msgspec.Struct, frozen=True):
    id: int


class Made(msgspec.Struct, frozen=True):
    """An answer to a creation."""

    data: _Named


class Done(msgspec.Struct, frozen=True):
    """An answer to something that was done."""

    data: object


class Listed(msgspec.Struct, frozen=True):
    """An answer with lists."""

    class Results(msgspec.Struct, frozen=True):
        """The lists."""

        results: list[_Named]

    data: Results


class Bounce(msgspec.Struct, frozen=True):
    """A message that came back."""

    type: str  # soft, hard, complaint
    created_at: datetime
    subscriber_id: int = 0
    id: int = 0

    @property
    def is_final(self) -> bool:
        """Tell whether the address takes nothing any more, or its owner complained."""
        return self.type in {_HARD, _COMPLAINT}

    @property
    def is_complaint(self) -> bool:
        """Tell whether somebody marked a message as spam."""
        return self.type == _COMPLAINT


class Bounces(msgspec.Struct, frozen=True):
    """An answer with bounces."""

    class Results(msgspec.Struct, frozen=True):
        """The bounces."""

        results: list[Bounce]

    data: Results


def list_of(name: str) -> int | None:
    """Return the number of the list that a field stands for; None: it stands for none.

    Raises:
        BadConnection: it would be one, and there is no number.
    """
    if not name.startswith(LIST):
        return None
    number = name.removeprefix(LIST)
    if not number.isascii() or not number.isdigit():
        message = f"Field {name!r}: write the number of a list, for example list:3."
        raise BadConnection(message)
    return int(number)


def checked(mapping: Iterable[Field]) -> set[int]:
    """Return the lists that a mapping names.

    Raises:
        BadConnection: it names something that listmonk does not have.
    """
    lists: set[int] = set()
    for one in mapping:
        number = list_of(one.there)
        if number is not None:
            lists.add(number)
        is_choice = number is not None or one.there == STATUS
        is_fact = one.there in {EMAIL, NAME} or one.there.startswith(ATTRIBUTE)
        if not (is_choice if one.is_choice else is_fact):
            message = (
                f"Field {one.there!r}: listmonk keeps facts in email, name and attribs.…, "
                "choices in list:… and status."
            )
            raise BadConnection(message)
    return lists


def heard_of(found: Subscriber, mapping: Iterable[Field]) -> Heard:
    """Return what a subscriber says, by the names of a mapping."""
    keys: dict[str, Pii[str]] = {}
    facts: dict[str, Pii[Value]] = {}
    choices: dict[str, bool] = {}
    chosen_at: dict[str, datetime] = {}
    for one in mapping:
        if one.is_choice:
            answer, at = answer_of(found, one.there)
            if answer is not None:
                choices[one.there] = answer
            if answer is not None and at is not None:
                chosen_at[one.there] = at
        elif one.is_key:
            keys[one.there] = Pii(found.email)
        else:
            facts[one.there] = Pii(fact_of(found, one.there))
    return Heard(
        remote_id=Pii(str(found.id)),
        keys=keys,
        facts=facts,
        choices=choices,
        chosen_at=chosen_at,
        changed_at=found.updated_at,
    )


def answer_of(found: Subscriber, name: str) -> tuple[bool | None, datetime | None]:
    """Return what somebody said about a list or about everything, and when; None: nothing."""
    is_blocked = found.status == BLOCKLISTED
    if name == STATUS:
        return not is_blocked, None
    one = found.on.get(list_of(name) or 0)
    if one is None:
        return (False, None) if is_blocked else (None, None)
    return one.is_on and not is_blocked, one.subscription_updated_at


def fact_of(found: Subscriber, name: str) -> Value:
    """Return what is kept in a field; the part before the @ is no name but listmonk's own."""
    if name == EMAIL:
        return found.email
    if name == NAME:
        is_own = found.name in {"", _default_name(found.email)}
        return None if is_own else found.name
    value = (found.attribs or {}).get(name.removeprefix(ATTRIBUTE))
    return value if isinstance(value, str | int | float | bool | None) else None


def is_news(found: Subscriber, parcel: Parcel) -> bool:
    """Tell whether a no that we have not heard yet would be lost by writing."""
    said = {name: answer_of(found, name) for name in parcel.choices}
    held = {name: answer for name, (answer, _) in said.items() if answer is not None}
    times = {name: at for name, (_, at) in said.items() if at is not None}
    return overrules(parcel, held, times)


def wanted_of(parcel: Parcel, before: Subscriber) -> dict[str, object]:
    """Return the fields that are to become something else than they are."""
    email = _email_of(parcel) or before.email
    wanted: dict[str, str] = {EMAIL: email}
    if NAME in parcel.facts:
        name = parcel.facts[NAME].reveal()
        wanted[NAME] = _default_name(email) if name is None else str(name)
    elif before.name == _default_name(before.email):
        wanted[NAME] = _default_name(email)
    was = {NAME: before.name, EMAIL: before.email}
    changed: dict[str, object] = {k: v for k, v in wanted.items() if was[k] != v}
    attribs = _attribs_of(parcel)
    other = {k: v for k, v in attribs.items() if (before.attribs or {}).get(k) != v}
    return {**changed, "attribs": other} if other else changed


def attribs_in(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the attributes among some changes."""
    held = changes.get("attribs")
    return cast("dict[str, Any]", held) if isinstance(held, dict) else {}


def new_of(parcel: Parcel) -> Subscriber | None:
    """Return whom a parcel makes; None: there is no address."""
    email = _email_of(parcel)
    if email is None:
        return None
    name = parcel.facts[NAME].reveal() if NAME in parcel.facts else None
    held = {key: value for key, value in _attribs_of(parcel).items() if value is not None}
    return Subscriber(
        0, email, _default_name(email) if name is None else str(name), attribs=held
    )


def _email_of(parcel: Parcel) -> str | None:
    if EMAIL in parcel.keys:
        return parcel.keys[EMAIL].reveal().strip().lower()
    value = parcel.facts[EMAIL].reveal() if EMAIL in parcel.facts else None
    return None if value is None else str(value).strip().lower()


def _attribs_of(parcel: Parcel) -> dict[str, Value]:
    return {
        name.removeprefix(ATTRIBUTE): fact.reveal()
        for name, fact in parcel.facts.items()
        if name.startswith(ATTRIBUTE)
    }


def lists_of(choices: Mapping[str, bool], *, yes: bool) -> list[int]:
    """Return the lists that are wanted, or are not."""
    found = ((list_of(name), wanted) for name, wanted in choices.items())
    return sorted(number for number, wanted in found if number is not None and wanted is yes)


def _default_name(email: str) -> str:
    return email.partition("@")[0]
