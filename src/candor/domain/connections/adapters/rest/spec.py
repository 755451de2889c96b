"""What is asked of whoever connects a system by its REST API."""

from dataclasses import replace
from typing import Final

from candor.domain.connections.adapters.walking import EVERY
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Kind, Setting, Spec

BEARER, BASIC, HEADER, OAUTH2, NONE = "bearer", "basic", "header", "oauth2", "none"
BY_CURSOR, BY_PAGE, BY_OFFSET, BY_LAST, AT_ONCE = "cursor", "page", "offset", "last_id", "none"
ISO, SECONDS, MILLISECONDS = "iso", "seconds", "milliseconds"
HEX, BASE64 = "hex", "base64"
SHA256, SHA512 = "sha256", "sha512"
YES, NO = "yes", "no"
DEFAULT_HEADER: Final = "X-Api-Key"
DEFAULT_KEY_HEADER: Final = "Idempotency-Key"
DEFAULT_SIGNATURE: Final = "X-Signature"
DEFAULT_SIGNED: Final = "{body}"
SECRET: Final = "secret"  # noqa: S105 - the name of a setting
HOOK_SECRET: Final = "hook_secret"  # noqa: S105 - the name of a setting
STREAMS: Final = 4  # requests at once

_WHERE: Final = "A dotted name, or header:NAME."

_PROOF: Final = (
    Setting(
        "base_url",
        "Address",
        "Where its API begins, with the version: https://api.example.com/v2",
        kind=Kind.URL,
    ),
    Setting(
        "auth",
        "How it knows us",
        "bearer: Authorization: Bearer …; basic: user and password; header: a header of its own;"
        " oauth2: client credentials",
        kind=Kind.CHOICE,
        default=BEARER,
        choices=(BEARER, BASIC, HEADER, OAUTH2, NONE),
    ),
    Setting(
        SECRET,
        "Token, password, key or client secret",
        "Whichever it is by the line above.",
        is_required=False,
        is_secret=True,
        sent_to=("base_url", "token_url"),
    ),
    Setting("user", "User, or client id", "For basic and oauth2.", is_required=False),
    Setting(
        "header", "Header of the key", f"For header; empty: {DEFAULT_HEADER}", is_required=False
    ),
    Setting(
        "token_url",
        "Address of tokens",
        "For oauth2: https://login.example.com/oauth/token",
        kind=Kind.URL,
        is_required=False,
    ),
    Setting("scope", "Scope of the token", "For oauth2; empty: none.", is_required=False),
    Setting(
        "client_proof",
        "Where the client secret goes",
        "For oauth2: in a header (as basic), or in the body.",
        kind=Kind.CHOICE,
        is_required=False,
        default="header",
        choices=("header", "body"),
    ),
    Setting(
        "headers",
        "Further headers",
        "One a line, Name: value; such as a version of the API. Nothing secret.",
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "check",
        "Request that changes nothing",
        "GET /me, to check the connection. Empty: the list's first page.",
        is_required=False,
    ),
)

_OUT: Final = (
    Setting(
        "find",
        "Find somebody",
        "POST /contacts/search: by an identifier, before anybody is made.",
        is_required=False,
    ),
    Setting(
        "find_body",
        "Find somebody: what is sent",
        'JSON with "{key}", or "{email}" as the mapping calls it: {"filter": {"email": "{key}"}}',
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "key_in_address",
        "Its search takes the identifier in the address only",
        "GET /contacts?email={key}: then it stands in the logs of everybody in between. Only where"
        " there is no other way.",
        kind=Kind.SWITCH,
        is_required=False,
        default=NO,
    ),
    Setting(
        "read",
        "Read somebody",
        "GET /contacts/{id}: before each change, so that a no there is never written over.",
        is_required=False,
    ),
    Setting("create", "Make somebody", "POST /contacts", is_required=False),
    Setting(
        "create_body",
        "Make somebody: what is sent",
        'Empty: the record alone. Else JSON with "{record}": {"contact": "{record}"}',
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "update",
        "Change somebody",
        "PATCH /contacts/{id}; it must leave alone what it is not sent.",
        is_required=False,
    ),
    Setting(
        "update_body",
        "Change somebody: what is sent",
        'As above; also "{id}".',
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting("delete", "Remove somebody", "DELETE /contacts/{id}", is_required=False),
    Setting(
        "delete_body",
        "Remove somebody: what is sent",
        'Empty: nothing. Else JSON with "{id}".',
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "idempotency_header",
        "Header of the idempotency key",
        f"The same request twice is one to a system that knows it. Empty: {DEFAULT_KEY_HEADER}",
        is_required=False,
    ),
)

_RECORD: Final = (
    Setting(
        "record_at",
        "Where the record stands in an answer",
        "A dotted name: data.contact. Empty: it is the whole answer.",
        is_required=False,
    ),
    Setting(
        "id_at",
        "Where its id stands in a record",
        "A dotted name. Empty: id",
        is_required=False,
    ),
    Setting(
        "found_at",
        "Where those found stand",
        "In an answer to a search, a list: results. Empty: the answer is the list.",
        is_required=False,
    ),
    Setting(
        "version_at",
        "Where its version stands",
        f"{_WHERE} header:ETag. Empty: it has none.",
        is_required=False,
    ),
    Setting(
        "version_to",
        "Where the version goes in a change",
        f"{_WHERE} Empty: header:If-Match. It refuses what is written over another version by 412"
        " or 409.",
        is_required=False,
    ),
    Setting(
        "error_at",
        "What shows an error in an answer of success",
        "One a line: error (something stands there), status=error, or ok!=true.",
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "refused_at",
        "What shows that it will never take this",
        "In the same form; anything else is tried again.",
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "retry_at",
        "Where it says how long to wait",
        f"Beside Retry-After: seconds, or the time of Unix. {_WHERE}",
        is_required=False,
    ),
    Setting(
        "yes",
        "How it spells yes",
        'Empty: true. Else as JSON, or a text: 1, "Y", subscribed',
        is_required=False,
    ),
    Setting("no", "How it spells no", "Empty: false.", is_required=False),
    Setting(
        "inverted",
        "Fields in which yes means no",
        "Such as opted_out; separated by commas.",
        is_required=False,
    ),
    Setting(
        "chosen_suffix",
        "Suffix of fields with the time of a choice",
        "_at: when news was chosen stands in news_at. Empty: it is not known there.",
        is_required=False,
    ),
)

_IN: Final = (
    Setting(
        "list",
        "List who changed",
        "GET /contacts?changed_since={since}&cursor={cursor}; also {page}, {offset}, {last_id}."
        " Without {since} everybody is read each time.",
        is_required=False,
    ),
    Setting(
        "list_body",
        "List who changed: what is sent",
        'JSON with "{since}", "{cursor}" …, where it is asked by POST.',
        kind=Kind.LONG,
        is_required=False,
    ),
    Setting(
        "list_at",
        "Where those listed stand",
        "A dotted name: data. Empty: the answer is the list.",
        is_required=False,
    ),
    Setting(
        "paging",
        "How there are further pages",
        "cursor: it says where to go on; last_id: after the last one's id; page, offset: by"
        " number, ordered by id or with the newest change first, else somebody is missed; none:"
        " all at once",
        kind=Kind.CHOICE,
        is_required=False,
        default=BY_CURSOR,
        choices=(BY_CURSOR, BY_LAST, BY_PAGE, BY_OFFSET, AT_ONCE),
    ),
    Setting(
        "next_at",
        "Where the next cursor or page's address stands",
        "For cursor: paging.next, or header:Link.",
        is_required=False,
    ),
    Setting(
        "page_size",
        "People on a full page",
        "For the other ways: fewer are the last page. Empty: an empty page is the last.",
        kind=Kind.NUMBER,
        is_required=False,
    ),
    Setting(
        "first_page",
        "Number of the first page",
        "Empty: 1.",
        kind=Kind.NUMBER,
        is_required=False,
    ),
    Setting(
        "since_as",
        "How times are spelt in the list's request",
        kind=Kind.CHOICE,
        is_required=False,
        default=ISO,
        choices=(ISO, SECONDS, MILLISECONDS),
    ),
    Setting(
        "changed_at",
        "Where the time of the last change stands",
        "A dotted name in a record. Empty: it is not known.",
        is_required=False,
    ),
    Setting(
        "removed_at",
        "What shows that somebody was removed there",
        "In a record: deleted, or status=archived.",
        is_required=False,
    ),
    EVERY,
)

_HOOK: Final = (
    Setting(
        HOOK_SECRET,
        "Signing secret of its webhooks",
        "Empty: its calls are not heard.",
        is_required=False,
        is_secret=True,
    ),
    Setting(
        "hook_header",
        "Header of the signature",
        f"Empty: {DEFAULT_SIGNATURE}",
        is_required=False,
    ),
    Setting("hook_prefix", "What stands before it", "Such as sha256=", is_required=False),
    Setting(
        "hook_encoding",
        "How it is spelt",
        kind=Kind.CHOICE,
        is_required=False,
        default=HEX,
        choices=(HEX, BASE64),
    ),
    Setting(
        "hook_hash",
        "Hash of the HMAC",
        kind=Kind.CHOICE,
        is_required=False,
        default=SHA256,
        choices=(SHA256, SHA512),
    ),
    Setting(
        "hook_signed",
        "What is signed",
        "{body}, or with the time: {time}.{body}. Empty: {body}",
        is_required=False,
    ),
    Setting(
        "hook_time_header",
        "Header of the time",
        "What is older than five minutes is refused. Only of use where the time is signed.",
        is_required=False,
    ),
    Setting(
        "hook_at",
        "Where records stand in its calls",
        "A dotted name in each event: data. Empty: the event is the record.",
        is_required=False,
    ),
    Setting("hook_id_at", "Where the id of an event stands", "Empty: none.", is_required=False),
    Setting(
        "hook_removed",
        "What shows a removal",
        "In an event: type=contact.deleted",
        is_required=False,
    ),
)

_PARTS: Final = {
    "Where it is, and who we are": _PROOF,
    "How it is told": _OUT,
    "Where things stand": _RECORD,
    "How it is read": _IN,
    "How it calls": _HOOK,
}

SPEC: Final = Spec(
    kind="rest",
    title="REST API",
    about="Any system with an API of JSON over HTTPS, without code: its requests and where things"
    " stand in its answers are said in settings. A whole example: docs/howto/connect-anything.md",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=tuple(replace(one, part=title) for title, part in _PARTS.items() for one in part),
    at_once=20,
    suggested=(
        Field("email", What.IDENTIFIER, "email", is_key=True, direction=Direction.BOTH),
        Field("newsletter", What.TOPIC, "news/email", direction=Direction.BOTH),
    ),
    can_compare=True,
)
