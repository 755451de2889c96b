"""The reasons of decisions as sentences, for people who read logs and help desks."""

from collections.abc import Mapping
from typing import Final

from candor.domain.consent.model.decision import Reason

WORDS: Final[Mapping[Reason, str]] = {
    Reason.CONSENT: "The person said yes to this purpose.",
    Reason.CONTRACT: "It is needed for a contract with the person.",
    Reason.LEGAL_OBLIGATION: "The law requires it.",
    Reason.LEGITIMATE_INTEREST: "There is a legitimate interest, and the person did not object.",
    Reason.NOT_OBJECTED: "It is allowed until the person says no, and they did not.",
    Reason.OWN_DATA: "The person reads their own data.",
    Reason.UNKNOWN_PROFILE: "Nobody of this id or identifier is known.",
    Reason.ERASED: "The person was erased.",
    Reason.RESTRICTED: "The person restricted all use of their data.",
    Reason.UNDECLARED_PURPOSE: "The catalogue declares no such purpose.",
    Reason.NO_LEGAL_BASIS: "This purpose has no legal basis under the law of this person.",
    Reason.NEVER_ASKED: "The person was never asked.",
    Reason.NO_CONSENT: "There is no yes of this person to this purpose.",
    Reason.DENIED: "The person said no.",
    Reason.WITHDRAWN: "The person took their yes back.",
    Reason.EXPIRED: "The yes has run out and must be asked for again.",
    Reason.NOTICE_CHANGED: "The words changed since the yes; it must be asked for again.",
    Reason.MINOR: "The person is a minor, and no guardian said yes.",
    Reason.OBJECTED: "The person objected.",
    Reason.UNDECLARED_CHANNEL: "The catalogue declares no such channel.",
    Reason.UNDECLARED_TOPIC: "The catalogue declares no such topic of this purpose.",
    Reason.NEEDS_TOPIC: "A message for this purpose needs a topic.",
    Reason.STOPPED: "The person answered STOP on this channel.",
    Reason.UNSUBSCRIBED: "The person unsubscribed from this channel.",
    Reason.COMPLAINED: "The person complained about messages on this channel.",
    Reason.BOUNCED: "Messages to this person come back on this channel.",
    Reason.TOPIC_CLOSED: "The person does not want this topic on this channel.",
    Reason.PAUSED: "The person paused messages.",
    Reason.NO_CONTACT_POINT: "No verified address for this channel is known.",
    Reason.TOO_OFTEN: "The person wants such messages less often; the last one was too lately.",
    Reason.QUIET_HOURS: "It is quiet time where the person is.",
}


def words_for(reason: str) -> str:
    """Return the sentence of a reason."""
    return WORDS[Reason(reason)]
