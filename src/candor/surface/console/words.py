"""Codes as words that staff read: the only place of the console where a code becomes a word.

A code that is not listed is shown as it is, with spaces: a new reason is better shown raw than
not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.access.model.factors import Factors
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Method, Staff
from candor.domain.audit.model import ActorKind
from candor.domain.catalogue.model import InForce, LegalBasis, ValueType, days_of
from candor.domain.collect.model import Outcome
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.profiles.model import OWN_SOURCE, MergeRule
from candor.surface.plain.visits import short

HIDDEN: Final = "•••"

_ROLES: Final[Mapping[str, str]] = {
    Role.ADMIN: "administrator",
    Role.PRIVACY: "privacy officer",
    Role.SECURITY: "security officer",
    Role.MARKETING: "marketer",
    Role.LOYALTY: "loyalty manager",
    Role.SUPPORT: "customer service",
    Role.INTEGRATION: "integration engineer",
    Role.AUDITOR: "auditor",
}
_METHODS: Final[Mapping[str, str]] = {
    Method.LINK: "one-time link",
    Method.PASSWORD: "password",
    Method.TOTP: "app",
    Method.RECOVERY: "recovery code",
    Method.PASSKEY: "passkey",
    Method.OIDC: "identity provider",
}
_MACHINES: Final[Mapping[str, str]] = {
    "cli": "Candor, by a command",
    "demo": "the demo",
    "doorkeeper": "the doorkeeper, who lets customers in",
    "vault": "the vault",
    "worker": "the worker",
}
_REASONS: Final[Mapping[str, str]] = {
    Reason.CONSENT: "consent given",
    Reason.CONTRACT: "needed for the contract",
    Reason.LEGAL_OBLIGATION: "required by law",
    Reason.LEGITIMATE_INTEREST: "legitimate interest, nobody objected",
    Reason.NOT_OBJECTED: "nobody objected",
    Reason.OWN_DATA: "their own data",
    Reason.UNKNOWN_PROFILE: "nobody is known by this",
    Reason.ERASED: "erased",
    Reason.RESTRICTED: "restricted: kept, not used",
    Reason.UNDECLARED_PURPOSE: "the purpose is not declared",
    Reason.NO_LEGAL_BASIS: "no legal basis under their law",
    Reason.NEVER_ASKED: "never asked",
    Reason.NO_CONSENT: "no consent",
    Reason.DENIED: "they said no",
    Reason.WITHDRAWN: "withdrawn",
    Reason.EXPIRED: "the yes has run out",
    Reason.NOTICE_CHANGED: "the yes was to other words",
    Reason.MINOR: "a minor: only a guardian can say yes",
    Reason.OBJECTED: "they objected",
    Reason.UNDECLARED_CHANNEL: "the channel is not declared",
    Reason.UNDECLARED_TOPIC: "the topic is not declared, or belongs to another purpose",
    Reason.NEEDS_TOPIC: "such a message must name a topic",
    Reason.STOPPED: "they wrote STOP",
    Reason.UNSUBSCRIBED: "they unsubscribed",
    Reason.COMPLAINED: "they marked a message as unwanted",
    Reason.BOUNCED: "messages came back",
    Reason.TOPIC_CLOSED: "the topic is not open on this channel",
    Reason.PAUSED: "they asked for a pause",
    Reason.NO_CONTACT_POINT: "no verified address or number for it",
    Reason.TOO_OFTEN: "as many as they want for now",
    Reason.QUIET_HOURS: "a quiet hour where they are",
    # reasons that acts of ours write into the log
    "not_found": "nobody found",
    "malformed": "not well-formed",
}
_CHOICES: Final[Mapping[str, str]] = {
    Choice.GRANTED: "granted",
    Choice.DENIED: "denied",
    Choice.WITHDRAWN: "withdrawn",
}
_RULES: Final[Mapping[str, str]] = {
    MergeRule.SHARED: "the same verified {kind}",
    MergeRule.SIGNED_IN: "signed in on the same {kind}",
    MergeRule.ALIAS: "a source said so",
    MergeRule.BY_HAND: "decided by a person",
}
_DOUBTS: Final[Mapping[str, str]] = {
    "not_verified": (
        "Not every source that sent it has verified it, so the machine did not decide."
    ),
    "too_many_identifiers": (
        "Together they would have more identifiers of a kind than one person should."
    ),
    "too_many_merges": "One of them was merged unusually often within a day.",
}
_BASES: Final[Mapping[LegalBasis, str]] = {
    LegalBasis.CONSENT: "their yes",
    LegalBasis.CONTRACT: "the contract",
    LegalBasis.LEGAL_OBLIGATION: "the law",
    LegalBasis.LEGITIMATE_INTEREST: "legitimate interest",
    LegalBasis.OPT_OUT: "until they say no",
}
_TYPES: Final[Mapping[ValueType, str]] = {
    ValueType.TEXT: "text",
    ValueType.ENUM: "one of a list",
    ValueType.INTEGER: "whole number",
    ValueType.NUMBER: "number",
    ValueType.BOOLEAN: "yes or no",
    ValueType.DATE: "date",
    ValueType.TIME: "moment",
    ValueType.LIST: "list",
}
_GROUPS: Final[Mapping[str, str]] = {
    "contact": "Contact",
    "about": "About the person",
    "household": "Household",
    "device": "Devices",
    "inferred": "Guesses",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What the door did, in words: a badge with its tone, and what to do at the source."""

    label: str
    tone: str
    help: str | None = None


OUTCOMES: Final[Mapping[str, Happening]] = {
    Outcome.STORED: Happening("stored", "good"),
    Outcome.IDENTIFIED: Happening("identified", "good"),
    Outcome.CONSENT: Happening("choice recorded", "good"),
    Outcome.FACT_KEPT: Happening("fact kept", "good"),
    Outcome.DUPLICATE: Happening("came twice", "calm"),
    Outcome.NO_PURPOSE: Happening(
        "no purpose allowed it",
        "no",
        "Nothing is wrong: the person has not said yes to any use.",
    ),
    Outcome.FACT_NO_PURPOSE: Happening(
        "fact without an allowed purpose",
        "no",
        "Nothing is wrong: the person has not said yes to any use of it.",
    ),
    Outcome.REFUSED: Happening(
        "refused", "refusal", "See the samples: each says what was wrong and what to send."
    ),
    Outcome.DROPPED: Happening(
        "undeclared property left out",
        "attention",
        "Declare it in the catalogue with a purpose, or stop sending it.",
    ),
    Outcome.WRONG_FACT: Happening(
        "fact of the wrong type", "attention", "Send it as the catalogue declares it."
    ),
    Outcome.CARD_MASKED: Happening(
        "card number masked",
        "attention",
        "Never send card numbers: the payment provider has them.",
    ),
    Outcome.CONTACT_MASKED: Happening(
        "contact masked in free text",
        "attention",
        "Send contacts as identifiers, not in texts.",
    ),
    Outcome.BAD_IDENTIFIER: Happening(
        "identifier not well-formed", "attention", "Phone numbers need their country code."
    ),
    Outcome.BLOCKED_IDENTIFIER: Happening(
        "identifier that is nobody’s",
        "attention",
        "Leave the field empty instead of filling it with a placeholder.",
    ),
    Outcome.LIMITED_IDENTIFIER: Happening(
        "too many identifiers of a kind",
        "attention",
        "One login, card or device seems to be shared by many.",
    ),
    Outcome.UNPROVEN_IDENTIFIER: Happening(
        "who somebody is, said by a page that cannot vouch for it",
        "calm",
        "Let your server identify people; the key of a page is public.",
    ),
    Outcome.ERASED: Happening(
        "about somebody who was erased",
        "attention",
        "Stop sending it: delete the person at the source, too. They can come back themselves.",
    ),
    Outcome.UNKNOWN_CATEGORY: Happening(
        "unknown consent category", "attention", "Name it in a purpose of the catalogue."
    ),
    Outcome.SIGNAL: Happening("privacy signal heard", "calm"),
    Outcome.UNREADABLE_SIGNAL: Happening(
        "privacy signal that cannot be read",
        "attention",
        "It counts as a no. Send the string as the consent platform made it.",
    ),
}


def plain(code: str) -> str:
    """Return a code that has no words of its own, with spaces."""
    return code.replace("_", " ")


def role(code: str) -> str:
    """Return what somebody works as."""
    return _ROLES.get(code, plain(code))


def methods(codes: Sequence[str]) -> str:
    """Return how somebody proved who they are."""
    return ", ".join(_METHODS.get(code, plain(code)) for code in codes)


def factors(found: Factors) -> str:
    """Return what somebody can sign in with."""
    parts = [
        "password" if found.password_set_at else "",
        "app" if found.totp_since else "",
        counted(found.passkeys, "passkey", "passkeys") if found.passkeys else "",
        "identity provider" if found.vouched else "",
    ]
    return ", ".join(part for part in parts if part) or "nothing yet"


def reason(code: str) -> str:
    """Return why something is allowed or refused."""
    return _REASONS.get(code, plain(code))


def choice(code: str) -> str:
    """Return what a person said."""
    return _CHOICES.get(code, plain(code))


def doubt(code: str) -> str:
    """Return why the machine did not decide, as a sentence."""
    return _DOUBTS.get(code, f"The machine did not decide: {plain(code)}.")


def basis(found: LegalBasis) -> str:
    """Return a legal basis."""
    return _BASES[found]


def value_type(found: ValueType) -> str:
    """Return the type of a value."""
    return _TYPES[found]


def group(code: str) -> str:
    """Return a part of life."""
    return _GROUPS.get(code, plain(code).capitalize())


def happening(code: str) -> Happening:
    """Return what the door did."""
    return OUTCOMES.get(code) or Happening(plain(code), "attention")


def duration(text: str) -> str:
    """Return an ISO 8601 duration in words: "25 months", "10 years"."""
    parts: list[str] = []
    number = ""
    for sign in text.removeprefix("P"):
        if sign.isdecimal():
            number += sign
            continue
        unit = {"Y": "year", "M": "month", "W": "week", "D": "day"}.get(sign, sign)
        parts.append(f"{number} {unit}" if number == "1" else f"{number} {unit}s")
        number = ""
    return " and ".join(parts) if days_of(text) is not None else "no time set"


def kind(code: str, in_force: InForce) -> str:
    """Return a kind of identifier, as the catalogue calls it."""
    declared = in_force.identifiers.get(code)
    return declared.title if declared else plain(code)


def purpose(code: str) -> str:
    """Return a purpose in the few words that staff use; its title speaks to the customer."""
    return plain(code)


def field(name: str, in_force: InForce) -> str:
    """Return a field of the audit log, as the catalogue calls it."""
    declared = in_force.attributes.get(name)
    return declared.title if declared else kind(name, in_force)


def source(source_id: int, in_force: InForce) -> str:
    """Return the title of a source."""
    if source_id == OWN_SOURCE:
        return "The person"
    declared = in_force.sources_by_id.get(source_id)
    return declared.title if declared else f"source {source_id}"


def place(source_id: int, in_force: InForce) -> str:
    """Return a source as a sentence names it: "the till"."""
    if source_id == OWN_SOURCE:
        return "the person themselves"
    declared = in_force.sources_by_id.get(source_id)
    return declared.place if declared else f"source {source_id}"


def rule(code: str, shared: str, in_force: InForce) -> str:
    """Return why two profiles were taken for one person."""
    words = _RULES.get(code, plain(code))
    return words.format(kind=_inside(kind(shared, in_force)) if shared else "identifier")


def actor(kind_: str, actor_id: str, staff: Mapping[UUID, Staff], in_force: InForce) -> str:
    """Return who acted: a name of staff, a part of the machine, a customer by their profile."""
    match kind_:
        case ActorKind.STAFF:
            found = staff.get(UUID(actor_id))
            return found.display_name if found else "somebody who left"
        case ActorKind.CUSTOMER:
            return _customer(actor_id)
        case _:
            return _machine(actor_id, in_force)


def _customer(actor_id: str) -> str:
    """Return a customer in short; whoever came by a link alone has no id of their own."""
    try:
        return short(UUID(actor_id))
    except ValueError:
        return "the person"


def labelled(label: str, staff: Mapping[UUID, Staff], in_force: InForce) -> str:
    """Return who acted, from the form that rows keep (`staff:…`)."""
    kind_, _, actor_id = label.partition(":")
    return actor(kind_, actor_id, staff, in_force)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def _machine(name: str, in_force: InForce) -> str:
    source_code = name.removeprefix("source ")
    if source_code != name and source_code in in_force.sources:
        return in_force.sources[source_code].place
    return _MACHINES.get(name, name)


def _inside(title: str) -> str:
    """Return a title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]
