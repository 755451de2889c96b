"""Rows into words: how purposes, sources, roles, values and reasons are said to a customer.

Only for use inside `reading`: the words are in the language of the reader.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, cast

from candor.domain.access.model.roles import Role
from candor.domain.audit.model import ActorKind
from candor.domain.catalogue.model import Attribute, InForce, ValueType
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Decision, Reason
from candor.domain.consent.service.gate import OWN_DATA
from candor.infra.web import reading
from candor.infra.web.reading import (
    country_name,
    declared,
    language_name,
    message,
    show_date,
    show_number,
)
from candor.infra.web.reading import translate as _

_ROLES: Final[Mapping[str, str]] = {
    Role.ADMIN: message("an administrator"),
    Role.PRIVACY: message("the privacy officer"),
    Role.SECURITY: message("the security officer"),
    Role.MARKETING: message("marketing"),
    Role.LOYALTY: message("the loyalty programme"),
    Role.SUPPORT: message("customer service"),
    Role.INTEGRATION: message("an engineer"),
    Role.AUDITOR: message("an auditor"),
}
_GONE: Final = message("somebody who no longer works here")
_REASONS: Final[Mapping[Reason, str]] = {
    Reason.CONTRACT: message("Comes with being our customer"),
    Reason.LEGAL_OBLIGATION: message("The law asks for it"),
    Reason.LEGITIMATE_INTEREST: message("We need it; you may object, and then it stops"),
    Reason.NOT_OBJECTED: message("You have not said no"),
    Reason.CONSENT: message("You said yes"),
    Reason.NEVER_ASKED: message("You have not said yes, so it stays off"),
    Reason.NO_CONSENT: message("You have not said yes, so it stays off"),
    Reason.EXPIRED: message("Your yes has run out, so it stays off"),
    Reason.NOTICE_CHANGED: message("What we do has changed since your yes, so it stays off"),
    Reason.MINOR: message("A parent or guardian has not said yes, so it stays off"),
    Reason.RESTRICTED: message("Your data is set aside, so it stays off"),
    Reason.NO_LEGAL_BASIS: message("The law where you live does not allow it"),
    Reason.UNDECLARED_PURPOSE: message("We no longer do this"),
}
_NO: Final = message("You said no")
# What a record that stands behind a reason adds: the day.
_SINCE: Final[Mapping[Reason, str]] = {
    Reason.WITHDRAWN: message("You took your yes back on %(day)s"),
    Reason.EXPIRED: message("Your yes of %(day)s has run out, so it stays off"),
    Reason.NOTICE_CHANGED: message(
        "What we do has changed since your yes of %(day)s, so it stays off"
    ),
}
# After "our machines", or under the role of a person.
_ACTS: Final[Mapping[str, str]] = {
    "profiles.merge": message("took two of our records for one person"),
    "profiles.unmerge": message("separated two of our records"),
    "profiles.keep_apart": message("noted that two records are of different people"),
    "profiles.erased": message("erased your record, for good"),
    "profiles.answer_removed": message("removed something that we knew about you"),
    "profiles.find": message("found you by something exact, such as your e-mail address"),
    "consent.recorded": message("noted a choice of yours"),
    "consent.preferred": message("noted how you want to be written to"),
    "consent.signal_heard": message("heard a signal of your browser, phone or mail program"),
    "consent.receipt_issued": message("issued a receipt for a choice of yours"),
    "consent.confirmation_asked": message("asked you by mail to confirm a choice"),
    "consent.confirmed": message("noted that you confirmed a choice"),
    "consent.decided": message("asked what you allow"),
    "consent.explained": message("asked what you allow, and why"),
    "consent.regime_set": message("noted which law protects you"),
    "consent.minor_set": message("noted until when a parent chooses for you"),
    "consent.guardian_appointed": message("noted who may choose for you"),
    "consent.guardian_ended": message("noted who may no longer choose for you"),
    "consent.choices_read": message("read what you allowed and refused"),
    "consent.preferences_read": message("read how you want to be written to"),
    "consent.regime_read": message("looked up which law protects you"),
    "consent.guardians_read": message("looked up who may choose for you"),
    "consent.contacted": message("noted that a message was sent to you"),
    "access.sign_in_failed": message("turned away a sign-in to your page"),
    "rights.received": message("took down a request about your rights"),
    "rights.asked_again": message("noted that you asked for the same once more"),
    "rights.sorted": message("noted which right a letter of yours is about"),
    "rights.whose_found": message("noted that a request is about you"),
    "rights.compared": message("compared what was said with what we know of you"),
    "rights.proved": message("made sure that a request comes from you"),
    "rights.proof_failed": message("turned away a proof that was not right"),
    "rights.denied": message("noted that a request did not come from you"),
    "rights.begun": message("began to do what you asked for"),
    "rights.extended": message("took more time for a request of yours"),
    "rights.held": message("set your data aside, because it must be kept for now"),
    "rights.unreadable": message("made your data unreadable, for good"),
    "rights.searched": message("looked everywhere for what was left of you"),
    "rights.trace_found": message("found something that was left of you"),
    "rights.certified": message("signed the certificate of what was done"),
    "rights.restricted": message("set your data aside"),
    "rights.restriction_lifted": message("ended that your data is set aside"),
    "rights.stopped": message("stopped what you said no to"),
    "rights.rectified": message("put right what we know"),
    "rights.people_only": message("noted that only people decide about you"),
    "rights.machine_again": message("noted that machines may decide about you again"),
    "rights.downloaded": message("fetched a copy that you asked for"),
    "rights.fulfilled": message("finished what you asked for"),
    "rights.refused": message("refused something that you asked for"),
    "rights.withdrawn": message("noted that a request was taken back"),
    "rights.requests_read": message("read which requests you made"),
    "rights.words_read": message("read what was written about a request of yours"),
    "rights.decided_by_machine": message("had a machine decide something about you"),
    "rights.decision_reviewed": message("looked again at what a machine had decided"),
    "rights.hold_placed": message("noted that something about you must be kept for now"),
    "rights.hold_kept": message("looked again at what must be kept, and kept it"),
    "rights.hold_lifted": message("noted that nothing about you must be kept any longer"),
    "access.passkey_refused": message("turned away a passkey of yours"),
    "access.widget_token_issued": message("let a page of ours show you your choices"),
    "connections.admitted": message("told another system what stands about you"),
    "connections.filed": message("put you into a sealed file for another system"),
}
_OWN_ACTS: Final[Mapping[str, str]] = {
    "access.signed_out_everywhere": message("You signed out elsewhere"),
    "access.passkey_added": message("You added a passkey"),
    "access.passkey_removed": message("You removed a passkey"),
    "access.passkey_renamed": message("You renamed a passkey"),
    "access.passkey_refused": message("A passkey of yours was refused"),
    "access.signed_out_elsewhere": message("You ended a sign-in elsewhere"),
    "profiles.corrected": message("You put right what we know"),
    "profiles.contested": message("You said that a guess of ours is wrong"),
    "profiles.set_aside": message("You took a fact away"),
    "profiles.correction_taken_back": message("You took an answer of yours back"),
    "consent.recorded": message("You made a choice"),
    "consent.preferred": message("You said how you want to be written to"),
    "consent.signal_heard": message("Your browser, phone or mail program spoke for you"),
    "consent.receipt_issued": message("You took a receipt"),
    "consent.confirmed": message("You confirmed a choice"),
    "consent.confirmation_asked": message("You asked for a mail to confirm a choice"),
    "consent.explained": message("You asked why you got a message"),
    "consent.looked": message("You looked at your choices, on a page of ours"),
    "rights.received": message("You asked for one of your rights"),
    "rights.asked_again": message("You asked for the same once more"),
    "rights.proved": message("You said that it was you who asked"),
    "rights.begun": message("What you asked for began"),
    "rights.denied": message("You said that it was not you who asked"),
    "rights.withdrawn": message("You took a request back"),
    "rights.downloaded": message("You downloaded your copy"),
    "rights.words_read": message("You read what was written about a request of yours"),
    "connections.browser_added": message("You let messages come to a browser of yours"),
    "connections.browser_removed": message("You stopped messages to a browser of yours"),
    "connections.tested": message("You sent a test to your browsers"),
}


def source(in_force: InForce, source_id: int) -> str:
    """Return where something came from: "our web shop"."""
    found = in_force.sources_by_id.get(source_id)
    return declared(found.place) if found else str(_("a source that we no longer use"))


def purpose(in_force: InForce, code: str | None) -> str:
    """Return what something was done for."""
    if code is None:
        return str(_("without a purpose"))
    if code == OWN_DATA:
        return str(_("reading your own page"))
    found = in_force.purposes.get(code)
    if found is None:
        return str(_("a purpose that we no longer have"))
    return found.title(reading.current().language)


def purposes(in_force: InForce, mask: int) -> tuple[str, ...]:
    """Return the purposes of a mask, in the order of the catalogue."""
    return tuple(
        purpose(in_force, found.code)
        for found in in_force.document.purposes
        if mask >> in_force.numbers.purposes[found.code] & 1
    )


def role(of_staff: str | None) -> str:
    """Return a role as the customer reads it; names of staff are not shown."""
    return str(_(_ROLES.get(of_staff or "", _GONE)))


def who(kind: str, actor_id: str, roles: Mapping[str, str]) -> str:
    """Return who acted."""
    match kind:
        case ActorKind.STAFF:
            return role(roles.get(actor_id))
        case ActorKind.CUSTOMER:
            return str(_("You"))
        case _:
            return str(_("our machines"))


def act(action: str) -> str:
    """Return what was done with the data, other than opening it for a purpose."""
    said = _ACTS.get(action)
    if said is None:
        return str(_("worked on your record (%(action)s)", action=action))
    return str(_(said))


def own_act(action: str) -> str:
    """Return what the customer did, as a sentence to them without its full stop."""
    said = _OWN_ACTS.get(action)
    if said is None:
        return str(_("You worked on your record (%(action)s)", action=action))
    return str(_(said))


def fields(in_force: InForce, names: list[str]) -> tuple[str, ...]:
    """Return names of opened fields: attributes, identifiers, details of events; each once."""
    said: dict[str, None] = {}
    for name in names:
        if name in in_force.attributes:
            said[declared(in_force.attributes[name].title)] = None
        elif name in in_force.identifiers:
            said[declared(in_force.identifiers[name].title)] = None
        elif name == "event details":
            said[str(_("details of your purchases and visits"))] = None
        else:
            said[str(_("a fact that we no longer collect"))] = None
    return tuple(said)


def group(code: str) -> tuple[str, str | None]:
    """Return the heading of a group of facts, and a sentence under it."""
    match code:
        case "contact":
            return str(_("How to reach you")), None
        case "about":
            return str(_("About you")), None
        case "household":
            return str(_("Your household")), None
        case "device":
            return str(_("Your devices")), None
        case "inferred":
            return (
                str(_("What we guess")),
                str(_("Nobody told us this. We worked it out, and we may be wrong.")),
            )
        case "identifiers":
            return (
                str(_("How our systems recognise you")),
                str(_("By these we know that it is you who writes, calls, buys or visits.")),
            )
        case "counted":
            return (
                str(_("What we count about you")),
                str(
                    _(
                        "Nobody told us this. We added it up from your purchases and visits;"
                        " what it says about you is a guess."
                    )
                ),
            )
        case _:
            return declared(code.replace("_", " ").capitalize()), None


def yours(in_force: InForce, kind: str) -> str:
    """Return an identifier as something of the reader's: "your e-mail address"."""
    match kind:
        case "email":
            return str(_("your e-mail address"))
        case "phone":
            return str(_("your phone number"))
        case "loyalty_card":
            return str(_("your loyalty card"))
        case "customer_number":
            return str(_("your customer number"))
        case "device":
            return str(_("a browser or phone of yours"))
        case _:
            found = in_force.identifiers.get(kind)
            return declared(found.title) if found else str(_("something that only you have"))


def fact(attribute: Attribute, given: Any) -> str:  # noqa: ANN401 - whatever a source may say
    """Return the value of a fact as people write it: languages and countries by their names."""
    if isinstance(given, str):
        named = {"language": language_name, "country": country_name}.get(attribute.code)
        return (named(given) if named else None) or value(attribute.type, given)
    return value(attribute.type, given)


def value(kind: ValueType, given: Any) -> str:  # noqa: ANN401 - whatever a source may say
    """Return a value as people write it."""
    if isinstance(given, bool):
        return str(_("yes") if given else _("no"))
    if isinstance(given, int | float):
        return show_number(given)
    if isinstance(given, list):
        items = cast("list[Any]", given)
        return ", ".join(value(ValueType.TEXT, item) for item in items)
    if kind is ValueType.DATE and isinstance(given, str):
        try:
            return show_date(date.fromisoformat(given))
        except ValueError:
            return given
    return declared(given) if kind is ValueType.ENUM else str(given)


def because(decision: Decision, places: Mapping[int, str]) -> str:
    """Return why a purpose is followed or not, as a sentence without its full stop.

    Args:
        decision: with the records that it rests on.
        places: where a choice was made, by the number of the source.
    """
    if decision.evidence:
        newest = max(decision.evidence, key=lambda record: record.decided_at)
        day = show_date(newest.decided_at)
        place = places.get(newest.source_id or 0)
        if decision.reason in _SINCE:
            return str(_(_SINCE[decision.reason], day=day))
        match decision.reason, newest.choice:
            case ((Reason.CONSENT | Reason.NOT_OBJECTED), Choice.GRANTED):
                if place:
                    return str(_("You said yes on %(day)s (%(place)s)", day=day, place=place))
                return str(_("You said yes on %(day)s", day=day))
            case ((Reason.DENIED | Reason.OBJECTED), _any):
                return _no(newest.surface, place, day)
            case _:
                pass
    return _without_evidence(decision.reason)


def _no(surface: str, place: str | None, day: str) -> str:
    if surface == "gpc":
        return str(_("Your browser said no on %(day)s", day=day))
    if place:
        return str(_("You said no on %(day)s (%(place)s)", day=day, place=place))
    return str(_("You said no on %(day)s", day=day))


def _without_evidence(reason: Reason) -> str:
    return str(_(_REASONS.get(reason, _NO)))
