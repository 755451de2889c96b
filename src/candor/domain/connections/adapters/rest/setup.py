"""The settings of a connection to a REST API, read and held against one another. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest import spec
from candor.domain.connections.adapters.rest.dotted import MISSING, Json, at, clash
from candor.domain.connections.adapters.rest.templates import Request, request
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Field

_IN_HEADER: Final = "header:"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_OURS: Final = frozenset({
    "authorization", "host", "content-length", "transfer-encoding", "connection",
    "cookie", "user-agent",
})  # fmt: skip
_LISTING: Final = frozenset({"since", "cursor", "page", "offset", "last_id"})
_ID: Final = frozenset({"id"})
_KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class Condition:
    """What shows something in an answer: that something stands there, or what."""

    name: str
    text: str | None = None  # None: anything but nothing, false and 0
    is_other: bool = False  # it shows when it is not this text

    def holds(self, content: Json) -> bool:
        """Tell whether it shows. What is missing is no text at all."""
        value = at(content, self.name)
        if self.text is None:
            return value is not MISSING and bool(value)
        return (spelt(value) == self.text) is not self.is_other


@dataclass(frozen=True, slots=True)
class Signing:
    """How its webhooks are signed, and where things stand in them."""

    header: str
    prefix: str
    encoding: str
    hash_name: str
    signed: str
    time_header: str
    at: str
    id_at: str
    removed: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, read."""

    base_url: str
    auth: str
    user: str
    header: str
    token_url: str
    scope: str
    is_proof_in_body: bool
    headers: Mapping[str, str]
    find: Request | None
    read: Request | None
    create: Request | None
    update: Request | None
    delete: Request | None
    check: Request | None
    listing: Request | None
    idempotency_header: str
    record_at: str
    id_at: str
    found_at: str
    version_at: str
    version_to: str
    errors: tuple[Condition, ...]
    refusals: tuple[Condition, ...]
    retry_at: str
    yes: Json
    no: Json
    inverted: frozenset[str]
    chosen_suffix: str
    list_at: str
    paging: str
    next_at: str
    page_size: int
    first_page: int
    since_as: str
    changed_at: str
    removed: tuple[Condition, ...]
    signing: Signing


def setup_of(line: Line) -> Setup:
    """Return what a connection's settings say.

    Raises:
        BadConnection: one of them makes no sense, or they lack something; says which.
    """
    return _read(tuple(sorted(line.settings.items())), tuple(line.mapping))


@lru_cache(maxsize=64)
def _read(settings: tuple[tuple[str, str], ...], mapping: tuple[Field, ...]) -> Setup:
    given = dict(settings)
    made = _made(_Given(given), mapping)
    _check_proof(made)
    _check_telling(made, mapping)
    _check_reading(made, given.get("key_in_address") == spec.YES)
    _check_mapping(made, mapping)
    return made


class _Given:
    """Settings as they were given."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str, default: str = "") -> str:
        return self._given.get(name, "").strip() or default

    def request(self, name: str, holes: frozenset[str]) -> Request | None:
        body = self._given.get(f"{name}_body", "")
        return request(self._given.get(name, ""), body, _title(name), holes)

    def where(self, name: str, default: str = "") -> str:
        """Return a dotted name, or the name of a header in lower case."""
        text = self.text(name, default)
        if not text.lower().startswith(_IN_HEADER):
            return text
        return _IN_HEADER + _header(text[len(_IN_HEADER) :], _title(name))

    def conditions(self, name: str) -> tuple[Condition, ...]:
        lines = (one.strip() for one in self._given.get(name, "").splitlines())
        return tuple(_condition(one) for one in lines if one)

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() else default

    def header(self, name: str, default: str) -> str:
        return _header(self.text(name, default), _title(name))

    def headers(self, name: str) -> Mapping[str, str]:
        """Return further headers; none that we write ourselves."""
        found: dict[str, str] = {}
        for line in self._given.get(name, "").splitlines():
            if not line.strip():
                continue
            which, colon, value = line.partition(":")
            which = _header(which.strip(), _title(name))
            if not colon or which in _OURS or not value.strip().isprintable():
                message = f"{_title(name)}: {which} is not one that stands there."
                raise BadConnection(message)
            found[which] = value.strip()
        return found


def _made(given: _Given, mapping: Sequence[Field]) -> Setup:
    keys = frozenset({_KEY, *(one.there for one in mapping if one.is_key)})
    version_to = given.where("version_to", "header:If-Match")
    return Setup(
        base_url=_base(given.text("base_url")),
        auth=given.text("auth", spec.BEARER),
        user=given.text("user"),
        header=given.header("header", spec.DEFAULT_HEADER),
        token_url=given.text("token_url"),
        scope=given.text("scope"),
        is_proof_in_body=given.text("client_proof") == "body",
        headers=given.headers("headers"),
        find=given.request("find", keys),
        read=given.request("read", _ID),
        create=given.request("create", frozenset({"record"})),
        update=given.request("update", frozenset({"record", "id"})),
        delete=given.request("delete", _ID),
        check=given.request("check", frozenset()),
        listing=given.request("list", _LISTING),
        idempotency_header=given.header("idempotency_header", spec.DEFAULT_KEY_HEADER),
        record_at=given.text("record_at"),
        id_at=given.text("id_at", "id"),
        found_at=given.text("found_at"),
        version_at=given.where("version_at"),
        version_to=version_to,
        errors=given.conditions("error_at"),
        refusals=given.conditions("refused_at"),
        retry_at=given.where("retry_at"),
        yes=_scalar(given.text("yes", "true")),
        no=_scalar(given.text("no", "false")),
        inverted=frozenset(filter(None, map(str.strip, given.text("inverted").split(",")))),
        chosen_suffix=given.text("chosen_suffix"),
        list_at=given.text("list_at"),
        paging=given.text("paging", spec.BY_CURSOR),
        next_at=given.where("next_at"),
        page_size=given.number("page_size", 0),
        first_page=given.number("first_page", 1),
        since_as=given.text("since_as", spec.ISO),
        changed_at=given.text("changed_at"),
        removed=given.conditions("removed_at"),
        signing=_signing(given),
    )


def _signing(given: _Given) -> Signing:
    time_header = given.text("hook_time_header")
    signed = given.text("hook_signed", spec.DEFAULT_SIGNED)
    if "{body}" not in signed or ("{time}" in signed) > bool(time_header):
        message = "What is signed holds {body}, and {time} only with the header of the time."
        raise BadConnection(message)
    return Signing(
        header=given.header("hook_header", spec.DEFAULT_SIGNATURE),
        prefix=given.text("hook_prefix"),
        encoding=given.text("hook_encoding", spec.HEX),
        hash_name=given.text("hook_hash", spec.SHA256),
        signed=signed,
        time_header=_header(time_header, "Header of the time") if time_header else "",
        at=given.text("hook_at"),
        id_at=given.text("hook_id_at"),
        removed=given.conditions("hook_removed"),
    )


# ------------------------------------------------------------------ as a whole
def _check_proof(made: Setup) -> None:
    if made.auth in {spec.BASIC, spec.OAUTH2} and not made.user:
        _refuse("User, or client id: it is missing.")
    if made.auth == spec.OAUTH2 and not made.token_url:
        _refuse("Address of tokens: it is missing.")
    if ":" in made.user and made.auth == spec.BASIC:
        _refuse("User: it may hold no colon (RFC 7617).")


def _check_telling(made: Setup, mapping: Sequence[Field]) -> None:
    """Refuse what could not be removed, or could write a yes over a no unseen."""
    if made.create is None and made.update is None:
        return
    if made.create is None or made.delete is None:
        _refuse("Whoever is told of somebody says how one is made and how one is removed.")
    if (made.update and not _takes_id(made.update)) or not _takes_id(made.delete):
        _refuse(
            'Change and remove say whom: {id} stands in the address, or "{id}" in the body.'
        )
    if made.update is None:
        _refuse("Say how somebody is changed.")
    tells_choices = any(one.is_choice and one.is_out for one in mapping)
    if tells_choices and (made.find is None or made.read is None):
        _refuse(
            "Say how somebody is found and read: where choices are told, a no that stands there"
            " is looked for first."
        )


def _check_reading(made: Setup, may_key_stand_in_address: bool) -> None:  # noqa: FBT001 - a setting
    if made.read is not None and not _takes_id(made.read):
        _refuse("Read somebody says whom: {id} stands in the address.")
    if made.find is not None and made.find.holes and not may_key_stand_in_address:
        _refuse(
            "Find somebody: an identifier in an address stands in everybody's logs. Search by a"
            " body; where it can not, switch it on."
        )
    if made.find is not None and not (made.find.holes or made.find.body_holes):
        _refuse('Find somebody says by what: "{key}" stands in the body.')
    if made.listing is not None and made.paging == spec.BY_CURSOR and not made.next_at:
        _refuse("Say where the next cursor stands, or that all comes at once.")


def _check_mapping(made: Setup, mapping: Sequence[Field]) -> None:
    names = [one.there for one in mapping]
    if made.chosen_suffix:
        names += [f"{one.there}{made.chosen_suffix}" for one in mapping if one.is_choice]
    wrong = clash(dict.fromkeys(names))
    if wrong is not None:
        _refuse(f"Field {wrong!r}: it is no dotted name, or stands within another field.")
    unknown = made.inverted - {one.there for one in mapping if one.is_choice}
    if unknown:
        _refuse(f"Fields in which yes means no: {min(unknown)!r} is no choice of the mapping.")


def _takes_id(made: Request | None) -> bool:
    return made is not None and ("id" in made.holes or "id" in made.body_holes)


def _refuse(message: str) -> None:
    raise BadConnection(message)


# ------------------------------------------------------------------ one by one
def _title(name: str) -> str:
    return next((one.title for one in spec.SPEC.settings if one.name == name), name)


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or parts.fragment or not parts.netloc:
        _refuse("Address: it ends with a path; what is asked stands in the requests.")
    return url.rstrip("/")


def _header(name: str, title: str) -> str:
    if _TOKEN.fullmatch(name.strip()) is None:
        _refuse(f"{title}: {name!r} is no name of a header.")
    return name.strip().lower()


def _condition(text: str) -> Condition:
    for sign in ("!=", "="):
        name, found, value = text.partition(sign)
        if found:
            return Condition(name.strip(), value.strip(), is_other=sign == "!=")
    return Condition(text)


def _scalar(text: str) -> Json:
    """Return a value as JSON spells it; what is none is a text."""
    try:
        value: Json = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def spelt(value: Json) -> str | None:
    """Return a value as a text to compare; None: there is none."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return None
