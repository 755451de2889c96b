"""Words for the codes that stand in an archive; the files have the codes themselves."""

from collections.abc import Mapping
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.infra.holder import Section
from candor.infra.web import reading
from candor.infra.web.reading import declared, message
from candor.infra.web.reading import say as _

CHAPTERS: Final[Mapping[Section, str]] = {
    Section.FACTS: message("What we know"),
    Section.ACTIVITY: message("What you did"),
    Section.CHOICES: message("What you chose"),
    Section.MESSAGES: message("How we may write to you"),
    Section.LOOKS: message("Who looked"),
    Section.REQUESTS: message("What you asked of us"),
    Section.ACCOUNT: message("How you sign in"),
}
_BASES: Final[Mapping[str, str]] = {
    "consent": message("you said yes"),
    "contract": message("we need it to do what we agreed with you"),
    "legal_obligation": message("a law makes us"),
    "legitimate_interest": message("we have a good reason, and you can say no"),
    "opt_out": message("the law lets us until you say no"),
}
_WORDS: Final[Mapping[str, str]] = {
    "granted": message("yes"),
    "denied": message("no"),
    "withdrawn": message("taken back"),
    "you": message("You"),
    "staff": message("somebody who works for us"),
    "former_staff": message("somebody who worked for us"),
    "provided": message("you or a source told us"),
    "observed": message("we saw it happen"),
    "inferred": message("a guess of ours"),
    "allowed": message("allowed"),
    "refused": message("refused"),
    "done": message("done"),
    "active": message("in use"),
    "restricted": message("kept, not used"),
    "own_data": message("your right to see it"),
    "vault.open": message("Read"),
    "everything": message("everything"),
    "event details": message("details of your purchases and visits"),
}


def basis(of: str) -> str:
    """Return what makes a purpose lawful, as the person reads it. For use inside `reading`."""
    return _(_BASES[of]) if of in _BASES else of


def code(of: str, in_force: InForce) -> str:
    """Return a code in words, where there are some. For use inside `reading`."""
    if of.startswith("machine:"):
        return _("our machines")
    if of in _WORDS:
        return _(_WORDS[of])
    language = reading.current().language
    for named in (in_force.purposes, in_force.topics, in_force.channels):
        if of in named:
            return named[of].title(language)
    for titled in (in_force.attributes, in_force.identifiers, in_force.events):
        if of in titled:
            return declared(titled[of].title)
    return declared(of.replace("_", " "))
