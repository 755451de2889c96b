"""What the letters about a request say. Only for use inside `reading`, in the person's language.

Each says what was asked, what happens or happened, until when, and what the person can do about
it: a refusal names its ground, the authority and the courts (GDPR Art. 12(4)); a delay its reason
and the new day (Art. 12(3)); a receipt how it goes on and when there is an answer (11 CCR 7021).
No letter holds anything that we know of the person: whoever reads it learns that they asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.access.model.letters import Sender
from candor.domain.rights.model.letters import RightsLetter
from candor.domain.rights.model.request import Channel, Outcome, Request, Requester, Right
from candor.infra.web.reading import show_date, show_datetime
from candor.infra.web.reading import translate as _
from candor.surface.plain import entitled

CONFIRM: Final = "confirm"
RECEIVED: Final = "received"
EXTENDED: Final = "extended"
REFUSED: Final = "refused"
DONE: Final = "done"
LIFTING: Final = "lifting"
FAREWELL: Final = "farewell"
TO_PEOPLE: Final = frozenset({CONFIRM, RECEIVED, EXTENDED, REFUSED, DONE, LIFTING, FAREWELL})
# What is done at once on the page on which it was asked for: no letter says it once more.
_SEEN: Final = frozenset(
    {
        Right.RESTRICTION,
        Right.OBJECTION,
        Right.SALE_OPT_OUT,
        Right.LIMIT_SENSITIVE,
        Right.INFORMATION,
    }
)


@dataclass(frozen=True, slots=True)
class About:
    """What a letter is written with."""

    request: Request
    sender: Sender
    authority: str  # where people may complain; empty: not declared
    progress_url: str
    confirm_url: str
    needs_sign_in: bool = False  # a yes by the mail alone is not enough for this right
    words: tuple[str, ...] = ()  # what somebody of ours wrote with the answer
    agent: str = ""  # who asks for the person
    certificate_url: str = ""
    lifted_from: datetime | None = None


def is_wanted(letter: str, request: Request) -> bool:
    """Tell whether a letter says anything that the person has not just seen."""
    is_seen = request.channel is Channel.PORTAL and request.kind in _SEEN
    return letter in TO_PEOPLE and not (letter == DONE and is_seen)


def write(letter: str, about: About) -> RightsLetter:
    """Return a letter. One of the codes in `TO_PEOPLE`."""
    match letter:
        case "confirm":
            return _confirm(about)
        case "received":
            return _received(about)
        case "extended":
            return _extended(about)
        case "refused":
            return _refused(about)
        case "lifting":
            return _lifting(about)
        case "farewell":
            return _farewell(about)
        case _:
            return _done(about)


def _why() -> str:
    return str(
        _(
            "You get this mail because a right of yours was used. It holds no advertising, and"
            " nobody is told whether you have opened it."
        )
    )


def _confirm(about: About) -> RightsLetter:
    request, company = about.request, about.sender.company
    what = entitled.name(request.kind)
    if request.requester is Requester.AGENT:
        first = _(
            "on %(moment)s %(agent)s asked us at %(company)s in your name. It is about this:"
            " %(what)s.",
            moment=show_datetime(request.received_at),
            agent=about.agent or str(_("somebody who acts for others")),
            company=company,
            what=what,
        )
    else:
        first = _(
            "on %(moment)s somebody asked us at %(company)s in your name. It is about this:"
            " %(what)s.",
            moment=show_datetime(request.received_at),
            company=company,
            what=what,
        )
    second = (
        _(
            "Was that you? Then say yes: for this we have to be certain, so the page asks you to"
            " sign in with a code."
        )
        if about.needs_sign_in
        else _(
            "Was that you? Then open this page and press the button there. It begins at once."
        )
    )
    return RightsLetter(
        about.sender,
        subject=str(_("Was this you? A request to %(company)s", company=company)),
        paragraphs=(
            str(first),
            str(second),
            str(
                _(
                    "Was that not you? The same page has a button for that. Until you press nothing"
                    " happens, and nobody gets anything."
                )
            ),
        ),
        button=str(_("Yes or no")),
        url=about.confirm_url,
        why=_why(),
    )


def _received(about: About) -> RightsLetter:
    request = about.request
    paragraphs = [
        str(
            _(
                "we have what you asked for on %(moment)s. It is about this: %(what)s.",
                moment=show_datetime(request.received_at),
                what=entitled.name(request.kind),
            )
        )
    ]
    if request.due_at is not None:
        paragraphs.append(
            str(
                _(
                    "You have our answer by %(day)s at the latest.",
                    day=show_date(request.due_at),
                )
            )
        )
    if request.profile_id is None:
        paragraphs.append(
            str(
                _(
                    "We do not know yet whose data it is about. So we look first whether we know"
                    " you, and ask you if something is missing."
                )
            )
        )
    return RightsLetter(
        about.sender,
        subject=str(_("We have your request, %(company)s", company=about.sender.company)),
        paragraphs=tuple(paragraphs),
        button=str(_("See how it goes")),
        url=about.progress_url,
        why=_why(),
    )


def _extended(about: About) -> RightsLetter:
    request = about.request
    day = "" if request.due_at is None else show_date(request.due_at)
    return RightsLetter(
        about.sender,
        subject=str(_("We need longer, %(company)s", company=about.sender.company)),
        paragraphs=(
            str(
                _(
                    "on %(day)s you asked us for this: %(what)s.",
                    day=show_date(request.received_at),
                    what=entitled.name(request.kind),
                )
            ),
            entitled.ground(request.extension_ground),
            str(
                _(
                    "So we take the longer time that the law gives once. You have our answer by"
                    " %(day)s at the latest.",
                    day=day,
                )
            ),
        ),
        button=str(_("See how it goes")),
        url=about.progress_url,
        after=_remedies(about),
        why=_why(),
    )


def _refused(about: About) -> RightsLetter:
    request = about.request
    return RightsLetter(
        about.sender,
        subject=str(_("Our answer to your request, %(company)s", company=about.sender.company)),
        paragraphs=(
            str(
                _(
                    "on %(day)s you asked us for this: %(what)s. We did not do it, and you have a"
                    " right to know why.",
                    day=show_date(request.received_at),
                    what=entitled.name(request.kind),
                )
            ),
            entitled.ground(request.ground),
        ),
        words=about.words,
        button=str(_("See our answer")),
        url=about.progress_url,
        after=_remedies(about),
        why=_why(),
    )


def _remedies(about: About) -> tuple[str, ...]:
    """Return what somebody can do who disagrees (GDPR Art. 12(4), 77, 79)."""
    if about.authority:
        said = _(
            "If you disagree, write to us. You can also complain to the authority that watches"
            " over us, %(authority)s, and you can go to court. None of it costs you a thing with"
            " us, and you need not write to us first.",
            authority=about.authority,
        )
    else:
        said = _(
            "If you disagree, write to us. You can also complain to the data protection authority"
            " where you live, and you can go to court. None of it costs you a thing with us, and"
            " you need not write to us first."
        )
    return (str(said),)


def _done(about: About) -> RightsLetter:
    request = about.request
    paragraphs = [
        str(
            _(
                "on %(day)s you asked us for this: %(what)s.",
                day=show_date(request.received_at),
                what=entitled.name(request.kind),
            )
        )
    ]
    if request.kind in {Right.ACCESS, Right.PORTABILITY} and request.results_until is not None:
        paragraphs.append(
            str(
                _(
                    "Your copy is ready. Sign in to your page and download it there, until"
                    " %(day)s. We do not send it by mail: mail can be read on its way.",
                    day=show_date(request.results_until),
                )
            )
        )
        paragraphs.append(
            str(
                _(
                    "Did you not ask for it? Then nobody has it yet: open the page and write to us."
                )
            )
        )
    elif request.kind is Right.AUTOMATED_DECISION:
        paragraphs.append(str(_("A person of ours has looked. Their answer is on your page.")))
    elif request.outcome is Outcome.PART:
        paragraphs.append(str(_("We did it, but for a part that has to stay:")))
        paragraphs.append(entitled.ground(request.ground))
    else:
        paragraphs.append(str(_("It is done. The page says what was done, step by step.")))
    return RightsLetter(
        about.sender,
        subject=str(_("Our answer to your request, %(company)s", company=about.sender.company)),
        paragraphs=tuple(paragraphs),
        words=about.words,
        button=str(_("See our answer")),
        url=about.progress_url,
        after=_remedies(about) if request.outcome is Outcome.PART else (),
        why=_why(),
    )


def _lifting(about: About) -> RightsLetter:
    day = "" if about.lifted_from is None else show_date(about.lifted_from)
    return RightsLetter(
        about.sender,
        subject=str(
            _("Your data will be used again, %(company)s", company=about.sender.company)
        ),
        paragraphs=(
            str(
                _(
                    "your data is set aside with us: kept, and used for nothing. From %(day)s on we"
                    " would use it again, as you have chosen on your page.",
                    day=day,
                )
            ),
            str(
                _(
                    "If you do not want that, say so before then: one press on your page is enough."
                )
            ),
        ),
        button=str(_("See how it goes")),
        url=about.progress_url,
        after=_remedies(about),
        why=_why(),
    )


def _farewell(about: About) -> RightsLetter:
    company = about.sender.company
    paragraphs = [
        str(
            _(
                "you asked us to forget you, and we have. Nobody can read any more what we held"
                " about you, and what had become unreadable is cleared away."
            )
        )
    ]
    if about.request.outcome is Outcome.PART or about.request.ground is not None:
        paragraphs.append(entitled.ground(about.request.ground))
    paragraphs.append(
        str(
            _(
                "The certificate says in numbers what was done and when, and by which day our"
                " backups are empty of it too. It is signed, and anybody can check it."
            )
        )
    )
    return RightsLetter(
        about.sender,
        subject=str(_("You are forgotten, %(company)s", company=company)),
        paragraphs=tuple(paragraphs),
        button=str(_("See what was done, and keep the certificate")),
        url=about.progress_url,
        after=(
            str(
                _(
                    "This is our last letter. The address to which it went is deleted with it. The"
                    " page behind the link stays for ninety days. Thank you for the time that you"
                    " were with us."
                )
            ),
        ),
        why=str(
            _(
                "You get this mail because you asked to be forgotten. It holds no advertising, and"
                " nobody is told whether you have opened it."
            )
        ),
    )
