"""Choices into words: laws, answers, channels, frequencies and signals, as said to a customer.

Beside `words`, for the pages on which people steer. Only for use inside `reading`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from candor.domain.catalogue.model import (
    Channel,
    Frequency,
    InForce,
    LegalBasis,
    Topic,
    TopicText,
)
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.model.history import WishLine
from candor.domain.consent.model.preference import Block
from candor.infra.web import reading
from candor.infra.web.reading import message, show_datetime, show_duration
from candor.infra.web.reading import translate as _
from candor.surface.plain.hours import ALL_HOURS, HOURS, hour, span_of
from candor.surface.portal import words

_LAWS: Final[Mapping[LegalBasis | None, str]] = {
    LegalBasis.CONSENT: message(
        "We may do this only while you say yes. The law calls it consent."
    ),
    LegalBasis.CONTRACT: message(
        "It is a part of what you ask of us as our customer. Without it we could not do that, so"
        " there is no button here. The law calls it performing a contract."
    ),
    LegalBasis.LEGAL_OBLIGATION: message(
        "A law tells us to do this. Neither you nor we can switch it off, so there is no button"
        " here."
    ),
    LegalBasis.LEGITIMATE_INTEREST: message(
        "We have a good reason of our own, and the law accepts it. You may object, and then it"
        " stops. The law calls it legitimate interest."
    ),
    LegalBasis.OPT_OUT: message("The law where you live allows this until you say no."),
    None: message("The law where you live does not allow this, so it stays off."),
}
_ARTICLES: Final[Mapping[tuple[str, LegalBasis], str]] = {
    ("gdpr", LegalBasis.CONSENT): "GDPR Art. 6(1)(a)",
    ("gdpr", LegalBasis.CONTRACT): "GDPR Art. 6(1)(b)",
    ("gdpr", LegalBasis.LEGAL_OBLIGATION): "GDPR Art. 6(1)(c)",
    ("gdpr", LegalBasis.LEGITIMATE_INTEREST): "GDPR Art. 6(1)(f), 21",
    ("uk_gdpr", LegalBasis.CONSENT): "UK GDPR Art. 6(1)(a)",
    ("uk_gdpr", LegalBasis.CONTRACT): "UK GDPR Art. 6(1)(b)",
    ("uk_gdpr", LegalBasis.LEGAL_OBLIGATION): "UK GDPR Art. 6(1)(c)",
    ("uk_gdpr", LegalBasis.LEGITIMATE_INTEREST): "UK GDPR Art. 6(1)(f), 21",
    ("lgpd", LegalBasis.CONSENT): "LGPD Art. 7, I",
    ("lgpd", LegalBasis.CONTRACT): "LGPD Art. 7, V",
    ("lgpd", LegalBasis.LEGAL_OBLIGATION): "LGPD Art. 7, II",
    ("lgpd", LegalBasis.LEGITIMATE_INTEREST): "LGPD Art. 7, IX, 18 § 2",
    ("ccpa", LegalBasis.OPT_OUT): "CCPA § 1798.120",
}
_ANSWERS: Final[Mapping[str, str]] = {
    Choice.GRANTED: message("Yes"),
    Choice.DENIED: message("No"),
    Choice.WITHDRAWN: message("Yes taken back"),
}
_FREQUENCIES: Final[Mapping[Frequency, str]] = {
    Frequency.NEVER: message("never"),
    Frequency.MONTHLY: message("at most once a month"),
    Frequency.WEEKLY: message("at most once a week"),
    Frequency.DAILY: message("at most once a day"),
    Frequency.ANY: message("whenever there is something"),
}
_SURFACES: Final[Mapping[str, str]] = {
    "portal": message("you, on these pages"),
    "gpc": message("your browser, by its privacy signal"),
    "tcf": message("you, in a cookie window"),
    "gpp": message("you, in a cookie window"),
    "banner": message("you, in a cookie window"),
    "widget": message("you, in our shop or app"),
    "sdk": message("you, in our shop or app"),
    "unsubscribe": message("you, by the link in a message"),
    "one_click": message("you, by the button of your mail program"),
    "confirm": message("you, by the link in a mail that asked"),
    "mail": message("you, by the link in a mail that asked"),
    "paper": message("you, on paper"),
    "call": message("you, on the telephone"),
    "phone": message("you, on the telephone"),
    "call_centre": message("you, on the telephone"),
    "guardian": message("your parent or guardian"),
    "import": message("taken over from records that we kept before"),
    "api": message("one of our systems, in your name"),
    "capture": message("somebody of ours wrote down what you said"),
    "console": message("somebody of ours wrote down what you said"),
    "stop": message("you, by writing STOP"),
}
_BLOCKS: Final[Mapping[Block, tuple[str, str]]] = {
    Block.STOP: (
        message("You wrote STOP, so nothing comes this way any more."),
        message("If you want messages this way again, open it here or write START."),
    ),
    Block.UNSUBSCRIBE: (
        message("You unsubscribed, so nothing with a topic comes this way any more."),
        message("If you want messages this way again, open it here."),
    ),
    Block.COMPLAINT: (
        message("You marked a message of ours as unwanted, so we stopped writing this way."),
        message("If that was a slip, open it here."),
    ),
    Block.BOUNCE: (
        message("Our messages came back, so we stopped trying."),
        message("Tell us how to reach you; it opens by itself when a message has arrived."),
    ),
}
_REASONS: Final[Mapping[Reason, str]] = {
    Reason.ERASED: message("What we knew about you is erased, so nothing comes."),
    Reason.RESTRICTED: message("Your data is set aside: we keep it and use it for nothing."),
    Reason.UNDECLARED_PURPOSE: message("We do not do this, so nothing comes."),
    Reason.UNDECLARED_CHANNEL: message("We do not write this way, so nothing comes."),
    Reason.UNDECLARED_TOPIC: message("We do not write about this, so nothing comes."),
    Reason.NEEDS_TOPIC: message("A message of this kind must name a topic, so nothing comes."),
    Reason.NO_LEGAL_BASIS: message("The law where you live does not allow it."),
    Reason.NEVER_ASKED: message("You have not said yes to what it is for."),
    Reason.NO_CONSENT: message("You have not said yes to what it is for."),
    Reason.DENIED: message("You said no to what it is for."),
    Reason.WITHDRAWN: message("You took back your yes to what it is for."),
    Reason.OBJECTED: message("You said no to what it is for."),
    Reason.EXPIRED: message("Your yes to what it is for has run out."),
    Reason.NOTICE_CHANGED: message(
        "We changed what it is for since you said yes, so we have to ask you again."
    ),
    Reason.MINOR: message("A parent or guardian has to say yes to what it is for."),
    Reason.STOPPED: message("You wrote STOP to messages that come this way."),
    Reason.UNSUBSCRIBED: message("You unsubscribed from messages that come this way."),
    Reason.COMPLAINED: message("You marked a message that came this way as unwanted."),
    Reason.BOUNCED: message("Our messages came back on this way."),
    Reason.TOPIC_CLOSED: message("You did not choose this topic on this way."),
    Reason.PAUSED: message("You asked us to pause."),
    Reason.NO_CONTACT_POINT: message("We have no checked address or number for this way."),
    Reason.TOO_OFTEN: message("You have had as many as you wanted for now."),
    Reason.QUIET_HOURS: message("It is a quiet hour where you are. It may come later."),
    Reason.CONSENT: message("You said yes to what it is for."),
    Reason.CONTRACT: message("It belongs to what you ask of us as our customer."),
    Reason.LEGAL_OBLIGATION: message("A law tells us to do it."),
    Reason.LEGITIMATE_INTEREST: message("We have a reason of our own, and you did not object."),
    Reason.NOT_OBJECTED: message("You have not said no to what it is for."),
}
_UNKNOWN_REASON: Final = message("We are not sure that we may, so nothing comes.")
_CHANGED: Final = message(
    "Your yes of %(day)s was to other words. We have changed what we do, so it is off until you"
    " say yes to the words above."
)
_RAN_OUT: Final = message(
    "Your yes of %(day)s has run out, so it is off. Do you want it to go on?"
)
_MINOR: Final = message(
    "You are too young to say yes to this alone. A parent or guardian can say yes for you; until"
    " then it is off."
)


def law(basis: LegalBasis | None, regime: str | None) -> tuple[str, str | None]:
    """Return the law behind a purpose in plain words, and the article, if there is one to name."""
    article = _ARTICLES.get((regime or "gdpr", basis)) if basis else None
    return str(_(_LAWS[basis])), article


def answer(choice: str) -> str:
    """Return a choice as an answer: "Yes"."""
    return str(_(_ANSWERS.get(choice, _ANSWERS[Choice.DENIED])))


def where(surface: str, source_id: int | None, in_force: InForce) -> str:
    """Return who said something and where: "you, on these pages", "our web shop"."""
    if source_id is not None:
        return words.source(in_force, source_id)
    known = _SURFACES.get(surface)
    return str(_(known)) if known else str(_("one of our systems"))


def frequency(how_often: Frequency) -> str:
    """Return at most how often: "at most once a week"."""
    return str(_(_FREQUENCIES[how_often]))


def channel(found: Channel | None) -> str:
    """Return the name of a channel."""
    if found is None:
        return str(_("a way that we no longer use"))
    return found.title(reading.current().language)


def topic(found: Topic | None) -> TopicText:
    """Return the words of a topic."""
    if found is None:
        return TopicText(str(_("a topic that we no longer have")), "")
    return found.texts.get(reading.current().language) or found.texts["en"]


def block(what: Block) -> tuple[str, str]:
    """Return what closed a channel, and how it opens again."""
    happened, lift = _BLOCKS[what]
    return str(_(happened)), str(_(lift))


def reason(why: Reason) -> str:
    """Return why a message may come or may not, as a sentence."""
    return str(_(_REASONS.get(why, _UNKNOWN_REASON)))


def lapse(why: Reason, day: str) -> str | None:
    """Return why a yes no longer counts, as a question; None when it does or was never given."""
    match why:
        case Reason.NOTICE_CHANGED:
            return str(_(_CHANGED, day=day))
        case Reason.EXPIRED:
            return str(_(_RAN_OUT, day=day))
        case Reason.MINOR:
            return str(_(_MINOR))
        case _:
            return None


def kept_for(duration: str) -> str:
    """Return how long something is kept or lasts: "25 months"."""
    return show_duration(duration) or str(_("no time set"))


def quiet(mask: int) -> str:
    """Return the hours of a mask: "from 21:00 to 08:00"."""
    if not mask:
        return str(_("no quiet hours"))
    if mask == ALL_HOURS:
        return str(_("the whole day"))
    span = span_of(mask)
    if span is None:
        hours = ", ".join(hour(at) for at in range(HOURS) if mask >> at & 1)
        return str(_("the hours that begin at %(hours)s", hours=hours))
    return str(_("from %(first)s to %(last)s", first=hour(span[0]), last=hour(span[1])))


def wish(line: WishLine, in_force: InForce) -> str:
    """Return what a preference says, in one line."""
    match line.kind:
        case "topic":
            return str(
                _(
                    "%(topic)s, %(channel)s: %(frequency)s",
                    topic=topic(_by_number(in_force, line.topic_id)).title,
                    channel=channel(_channel_by_number(in_force, line.channel_id)),
                    frequency=frequency(Frequency(line.frequency or Frequency.NEVER)),
                )
            )
        case "pause":
            return _pause(line.until, line.decided_at)
        case _:
            return str(_("Quiet hours: %(hours)s", hours=quiet(line.hours or 0)))


def _pause(until: datetime | None, said_at: datetime) -> str:
    if until is None or until <= said_at:
        return str(_("The pause is over"))
    return str(_("Pause until %(moment)s", moment=show_datetime(until)))


def _by_number(in_force: InForce, number: int | None) -> Topic | None:
    topics = in_force.document.topics
    return next((t for t in topics if in_force.numbers.topics[t.code] == number), None)


def _channel_by_number(in_force: InForce, number: int | None) -> Channel | None:
    channels = in_force.document.channels
    return next((c for c in channels if in_force.numbers.channels[c.code] == number), None)
