"""Rules for what customers steer with: being asked, channels, topics; and for who answers."""

import re
from typing import Final
from zoneinfo import available_timezones

from candor.domain.catalogue import checks
from candor.domain.catalogue.lines import Keys
from candor.domain.catalogue.model import (
    MAIL_PURPOSE,
    Channel,
    Controller,
    Document,
    Frequency,
    LegalBasis,
    Purpose,
    Regime,
    Topic,
    days_of,
)
from candor.domain.catalogue.table import Note, shown

_LAST_EDITION: Final = 32_767  # smallint
_TCF: Final = range(1, 12)  # purposes of the IAB Transparency and Consent Framework 2.2 and 2.3
_YEAR: Final = 365  # days; CCPA 1798.135(c)(4): no asking again for twelve months
_HALF_YEAR: Final = 182  # days; asking more often is a dark pattern (EDPB 03/2022, 4.1.1)
_ZONES: Final = frozenset(available_timezones())
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_QUIET: Final = re.compile(r"([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-4])")
_DPV_TERM: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,80}")
_REFUSABLE: Final = frozenset(
    {LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTEREST, LegalBasis.OPT_OUT}
)
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to
_ASKED: Final = frozenset({LegalBasis.CONSENT, LegalBasis.OPT_OUT})


def controller(controller: Controller, document: Document, note: Note) -> None:
    """Who answers for the data can be found, and knows what time it is."""
    keys = ("company", "controller")
    if controller.country and not _COUNTRY.fullmatch(controller.country):
        message = f"`{controller.country}` is no country; write a code such as DE or BR"
        note((*keys, "country"), message)
    if controller.time_zone not in _ZONES:
        message = f"`{controller.time_zone}` is no time zone; write one such as Europe/Berlin"
        note((*keys, "time_zone"), message)
    if controller.quiet_hours and not _is_quiet(controller.quiet_hours):
        message = (
            f"`{controller.quiet_hours}` are no quiet hours; write from-to in whole hours,"
            ' such as "21-8"'
        )
        note((*keys, "quiet_hours"), message)
    asks = any(LegalBasis.CONSENT in p.basis.values() for p in document.purposes)
    if asks and not controller.contact:
        message = (
            "who says yes must be told whom to write to about their data (GDPR Art. 13(1));"
            " add `contact` to [company.controller]"
        )
        note((*keys, "contact"), message, is_warning=True)


def _is_quiet(span: str) -> bool:
    match = _QUIET.fullmatch(span)
    return match is not None and int(match[1]) != int(match[2]) % 24


def asking(purpose: Purpose, keys: Keys, note: Note) -> None:
    """What belongs to asking for a yes, and to hearing a no."""
    bases = set(purpose.basis.values())
    if not 1 <= purpose.edition <= _LAST_EDITION:
        message = f"`edition` counts from 1 to {_LAST_EDITION}, not {purpose.edition}"
        note((*keys, "edition"), message)
    _asking_again(purpose, keys, note)
    if purpose.is_sale and not bases <= _ASKED:
        message = (
            f"{shown(keys)} is sale or sharing, which needs a yes first; rest it on `consent`,"
            " under ccpa on `opt_out` if you must"
        )
        note((*keys, "is_sale"), message)
    if purpose.confirm and LegalBasis.CONSENT not in bases:
        message = "`confirm` is only for purposes that rest on consent; take it out"
        note((*keys, "confirm"), message)
    _terms(purpose, keys, note)


def confirming(purpose: Purpose, document: Document, keys: Keys, note: Note) -> None:
    """A mail that asks to confirm a yes needs an address that may be opened for it."""
    if not purpose.confirm:
        return
    addresses = [one for one in document.identifiers if one.normalise == _MAIL]
    if any(MAIL_PURPOSE in one.purposes for one in addresses):
        return
    what = f"identifier.{addresses[0].kind}" if addresses else 'an identifier of mail ("email")'
    message = (
        f"{shown(keys)} is confirmed by mail, but no address may be opened for `{MAIL_PURPOSE}`:"
        f" no mail would go out, and no yes would count; declare [purpose.{MAIL_PURPOSE}] and"
        f" add it to the purposes of {what}"
    )
    note((*keys, "confirm"), message, is_warning=True)


def _asking_again(purpose: Purpose, keys: Keys, note: Note) -> None:
    """After a no, nobody is asked for a while."""
    here = (*keys, "ask_again")
    checks.span(purpose.ask_again, here, note)
    after = days_of(purpose.ask_again) or _YEAR
    is_opt_out = purpose.basis.get(Regime.CCPA) is LegalBasis.OPT_OUT
    if is_opt_out and after < _YEAR:
        message = (
            f"who said no to {shown(keys)} would be asked again after {purpose.ask_again};"
            " California wants twelve months (CCPA 1798.135(c)(4))"
        )
        note(here, message)
    elif after < _HALF_YEAR:
        message = (
            f"who said no to {shown(keys)} is asked again after {purpose.ask_again};"
            " that soon wears people down, write P12M"
        )
        note(here, message, is_warning=True)


def _terms(purpose: Purpose, keys: Keys, note: Note) -> None:
    """What other systems call this purpose."""
    if purpose.tcf and not set(purpose.basis.values()) <= _REFUSABLE:
        message = (
            f"a TC string cannot say no to {shown(keys)}, which nobody asks for; take it out"
        )
        note((*keys, "tcf"), message)
    for number in purpose.tcf:
        if number not in _TCF:
            message = f"{number} is no purpose of the TCF; they go from {_TCF[0]} to {_TCF[-1]}"
            note((*keys, "tcf"), message)
    if purpose.dpv and not _DPV_TERM.fullmatch(purpose.dpv):
        message = (
            f"`{purpose.dpv}` is no term of the Data Privacy Vocabulary;"
            " write its last part, such as DirectMarketing"
        )
        note((*keys, "dpv"), message)


def channel(channel: Channel, document: Document, note: Note) -> None:
    """A channel reaches a declared kind of identifier, and a loud one knows when to be silent."""
    keys = ("channel", channel.code)
    checks.small_name(keys, note)
    checks.positive(keys, note)
    checks.known(
        channel.contact, [i.kind for i in document.identifiers], (*keys, "contact"), note
    )
    if channel.is_loud and not document.controller.quiet_hours:
        message = f"{shown(keys)} rings at any hour; add quiet_hours to [company.controller]"
        note((*keys, "is_loud"), message, is_warning=True)
    checks.languages(channel.texts, document.locales, keys, note)
    for locale, text in channel.texts.items():
        checks.wording(text, locale, (*keys, "text", locale), note)


def topic(topic: Topic, document: Document, note: Note) -> None:
    """A topic serves one purpose and comes on declared channels."""
    keys = ("topic", topic.code)
    checks.small_name(keys, note)
    checks.positive(keys, note)
    _reason(topic, document, keys, note)
    known = [c.code for c in document.channels]
    for key, codes in (("channels", topic.channels), ("offers", topic.offers)):
        for code in codes:
            checks.known(code, known, (*keys, key), note)
    for code in topic.offers:
        if code in topic.channels:
            message = f"`{code}` is open with the yes already; take it out of `offers`"
            note((*keys, "offers"), message)
    if not topic.channels and not topic.offers:
        note(keys, f"{shown(keys)} comes on no channel; add `channels` or `offers`")
    if topic.frequency is Frequency.NEVER:
        message = (
            f"{shown(keys)} would never come; write how often, and list channels that start"
            " closed under `offers`"
        )
        note((*keys, "frequency"), message)
    checks.languages(topic.texts, document.locales, keys, note)
    for locale, text in topic.texts.items():
        checks.wording(text, locale, (*keys, "text", locale), note)


def _reason(topic: Topic, document: Document, keys: Keys, note: Note) -> None:
    """A topic can be switched off, so its purpose must be one that a person may say no to."""
    checks.known(topic.purpose, [p.code for p in document.purposes], (*keys, "purpose"), note)
    for purpose in document.purposes:
        if purpose.code == topic.purpose and not set(purpose.basis.values()) <= _REFUSABLE:
            message = (
                f"{shown(keys)} serves `{purpose.code}`, which nobody can say no to; messages"
                " that a contract or the law asks for have no topic"
            )
            note((*keys, "purpose"), message)
