"""A message as it goes over the wire: its header written by hand, its body in plain ASCII.

By hand, because the standard library breaks long addresses in List-Unsubscribe into encoded words,
which no mail program follows. Each value is looked at before: none holds a line end, so nobody adds
a header through a subject or a name (header injection). Bodies are quoted-printable: no server on
the way has a reason to write them anew, which would break the signature (RFC 6376 5.3).
"""

import binascii
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final

from candor.domain.connections.adapters.smtp.tokens import Tokens, Use
from candor.domain.connections.model.talk import Message
from candor.infra import dkim
from candor.infra.dkim import Signer
from candor.infra.smtp import Post
from candor.kernel.ids import new_id

ONE_CLICK: Final = "List-Unsubscribe=One-Click"  # RFC 8058 3.1
_LONGEST_LOCAL: Final = 64  # octets, RFC 5321 4.5.3.1.1
_LONGEST_PATH: Final = 254
_LONGEST_SUBJECT: Final = 500
_LONGEST_LINE: Final = 998  # RFC 5322 2.1.1
# What a message may bring besides what we write ourselves.
_TAKEN: Final = frozenset(
    {"list-unsubscribe", "list-unsubscribe-post", "in-reply-to", "references"}
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_NOT_IN_ADDRESS: Final = frozenset('()<>,;:\\"[]@')
_URL: Final = re.compile(r"https://[\x21-\x3b\x3d\x3f-\x7e]+")  # no < > and no blanks
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_LABELS: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


class NotMailable(ValueError):
    """A message or an address cannot be sent so; says why by a code."""

    def __init__(self, problem: str) -> None:
        """Take the code."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Address:
    """An address with a domain in ASCII, and whose it is."""

    spec: str
    name: str = ""

    @property
    def domain(self) -> str:
        """Return what stands after the @."""
        return self.spec.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every message of a connection."""

    sender: Address
    reply_to: Address | None
    bounce_domain: str
    list_id: str  # empty: none
    list_help: str
    feedback: str  # the last part of Feedback-ID: who sends
    tokens: Tokens
    signers: Sequence[Signer] = field(repr=False)


def write(message: Message, head: Letterhead, now: datetime) -> Post:
    """Return a message ready to be handed over: signed, with its return path.

    Raises:
        NotMailable: to this address or with these words nothing can be sent.
    """
    to = read_address(message.to.reveal())
    marks = _marks(message, head)
    content = "\r\n".join([*_header(message, to, head, marks, now), *_body(message)])
    raw = content.encode()
    if any(len(line) > _LONGEST_LINE for line in raw.split(b"\r\n")):
        raise NotMailable("line_too_long")
    signed = dkim.sign(raw, head.signers, now)
    return Post(marks.path, to.spec, signed, envelope_id=marks.envelope_id)


def read_address(text: str) -> Address:
    """Read a bare address; its domain becomes ASCII (IDNA), its local part stays.

    Raises:
        NotMailable: it is none, or one that a mail server might understand otherwise.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise NotMailable("bad_address") from None
    is_well = (
        at
        and local
        and not any(map(_is_unfit, local))
        and len(local.encode()) <= _LONGEST_LOCAL
        and is_domain(ascii_domain)
        and len(local.encode()) + len(ascii_domain) < _LONGEST_PATH
    )
    if not is_well:
        raise NotMailable("bad_address")
    return Address(f"{local}@{ascii_domain}")


def _is_unfit(sign: str) -> bool:
    """Tell whether a sign has a meaning in a header, or cannot be seen."""
    return sign in _NOT_IN_ADDRESS or unicodedata.category(sign)[0] in {"C", "Z"}


def is_domain(text: str) -> bool:
    """Tell whether a text is the name of a host, in ASCII and small letters."""
    return bool(_LABELS.fullmatch(text))


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a message comes back to, and how it is named."""

    path: str
    message_id: str
    unsubscribe: str = ""
    envelope_id: str = ""


def _marks(message: Message, head: Letterhead) -> _Marks:
    domain, who = head.bounce_domain, message.profile_id
    if who is None:
        return _Marks(head.sender.spec, f"{new_id().hex}@{head.sender.domain}")
    key = message.ticket.key
    path = head.tokens.seal(Use.BOUNCE, who, key)
    return _Marks(
        f"{Use.BOUNCE}+{path}@{domain}",
        f"{Use.MESSAGE}.{head.tokens.seal(Use.MESSAGE, who, key)}@{domain}",
        f"{Use.UNSUBSCRIBE}+{head.tokens.seal(Use.UNSUBSCRIBE, who, key)}@{domain}",
        f"{Use.BOUNCE}.{path}",
    )


def _header(
    message: Message, to: Address, head: Letterhead, marks: _Marks, now: datetime
) -> list[str]:
    lines = [
        f"From: {_mailbox(head.sender)}",
        f"To: {to.spec}",
        f"Subject: {_words(_plain(message.subject)[:_LONGEST_SUBJECT], len('Subject: '))}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{marks.message_id}>",
        "MIME-Version: 1.0",
    ]
    if head.reply_to is not None:
        lines.insert(2, f"Reply-To: {_mailbox(head.reply_to)}")
    if _LOCALE.fullmatch(message.locale):
        lines.append(f"Content-Language: {message.locale}")
    given = {name.lower(): value for name, value in message.headers.items()}
    if not given.keys() <= _TAKEN:
        raise NotMailable("bad_header")
    lines += _references(given)
    if "list-unsubscribe" in given:
        lines += _of_list(given["list-unsubscribe"], message, head, marks)
    else:
        # Nothing that could be unsubscribed: a letter about something that the person did.
        lines.append("Auto-Submitted: auto-generated")  # RFC 3834 5: no machine answers
    return lines


def _of_list(url: str, message: Message, head: Letterhead, marks: _Marks) -> list[str]:
    """Return what lets a mail program unsubscribe (RFC 2369, RFC 2919, RFC 8058)."""
    address = url.strip().removeprefix("<").removesuffix(">")
    if not _URL.fullmatch(address):
        raise NotMailable("bad_header")
    ways = f"List-Unsubscribe: <{address}>"
    if marks.unsubscribe:
        ways += f",\r\n <mailto:{marks.unsubscribe}?subject=unsubscribe>"
    lines = [ways, f"List-Unsubscribe-Post: {ONE_CLICK}"]
    if head.list_id:
        lines.append(f"List-Id: <{head.list_id}>")
    if head.list_help:
        lines.append(f"List-Help: <{head.list_help}>")
    campaign = re.sub(r"[^A-Za-z0-9_.-]", "", message.campaign) or "none"
    lines.append(f"Feedback-ID: {campaign}:{head.list_id or 'none'}:bulk:{head.feedback}")
    return lines


def _references(given: dict[str, str]) -> list[str]:
    titles = {"in-reply-to": "In-Reply-To", "references": "References"}
    found = [(title, given[name]) for name, title in titles.items() if name in given]
    if any(not value.isascii() or _CONTROL.search(value) for _, value in found):
        raise NotMailable("bad_header")
    return [f"{title}: " + "\r\n ".join(value.split()) for title, value in found]


def _body(message: Message) -> list[str]:
    """Return the rest of the header and the body: plain text, then the same as HTML (RFC 2046)."""
    plain = _quoted(message.text)
    if not message.html:
        return [*_kind("plain"), "", plain]
    if not message.text:
        return [*_kind("html"), "", _quoted(message.html)]
    # "=_" never stands in quoted-printable, so no part holds the boundary (RFC 2045 6.7).
    boundary = f"=_{new_id().hex}"
    return [
        f'Content-Type: multipart/alternative; boundary="{boundary}"', "",
        f"--{boundary}", *_kind("plain"), "", plain,
        f"--{boundary}", *_kind("html"), "", _quoted(message.html),
        f"--{boundary}--", "",
    ]  # fmt: skip


def _kind(subtype: str) -> list[str]:
    return [
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    ]


def _quoted(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not lines.endswith("\n"):
        lines += "\n"
    raw = lines.encode("utf-8", "replace")
    return binascii.b2a_qp(raw, istext=True).decode().replace("\n", "\r\n")


def _plain(text: str) -> str:
    """Return a text in one line."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _words(text: str, already: int) -> str:
    """Return a text as a header has it: encoded where it is not ASCII, folded where it is long."""
    is_short = already + len(text) <= _LONGEST_LINE and "=?" not in text
    if text.isascii() and is_short:
        return text
    return Header(text, "utf-8", header_name="x" * already).encode(linesep="\r\n")


def _mailbox(address: Address) -> str:
    name = _plain(address.name)
    if not name:
        return address.spec
    if not name.isascii():
        return f"{_words(name, len('Reply-To: '))} <{address.spec}>"
    if not _PLAIN_NAME.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.spec}>"
