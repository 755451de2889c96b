"""A letter about a request, ready to be sent: its words are chosen by whoever knows languages."""

from dataclasses import dataclass, field

from candor.domain.access.model.letters import Sender


@dataclass(frozen=True, slots=True)
class RightsLetter:
    """Mail `rights/mail/letter`. Every sentence is in the reader's language."""

    sender: Sender
    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""  # words on the link; empty: there is none
    url: str = ""
    words: tuple[str, ...] = field(default=(), repr=False)  # what somebody of ours wrote
    after: tuple[str, ...] = ()  # under the link
    why: str = ""  # why this mail comes
