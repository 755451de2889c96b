"""The rights as cards: one plain sentence, one button each. Only for use inside `reading`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from candor.domain.rights.model.request import Request, Right
from candor.infra.web.reading import message
from candor.infra.web.reading import translate as _
from candor.surface.portal.desk import HOME
from candor.surface.portal.rights.views import RightCard

URL: Final = f"{HOME}/rights"


@dataclass(frozen=True, slots=True)
class _Card:
    code: str  # in the address
    title: str
    plain: str
    button: str
    acts: bool


# In the order in which they stand on the page; a right without a card has no button of its own.
_CARDS: Final[Mapping[Right, _Card]] = {
    Right.ACCESS: _Card(
        "see",
        message("See everything"),
        message(
            "You get a copy of all that we hold about you: where it came from, what we use it for,"
            " who received it, how long we keep it. To read, to print, and for machines."
        ),
        message("Show me everything"),
        acts=True,
    ),
    Right.PORTABILITY: _Card(
        "take",
        message("Take it with you"),
        message(
            "You get what you gave us and what you did with us, in files that another company can"
            " read."
        ),
        message("Pack it for me"),
        acts=True,
    ),
    Right.RECTIFICATION: _Card(
        "correct",
        message("Have something put right"),
        message("What is wrong, we put right, and we tell everybody who had it from us."),
        message("Put something right"),
        acts=False,
    ),
    Right.ERASURE: _Card(
        "forget",
        message("Be forgotten"),
        message(
            "We make everything about you unreadable at once and clear it away. You see first what"
            " goes and what has to stay, and at the end you get a certificate."
        ),
        message("Forget me"),
        acts=False,
    ),
    Right.RESTRICTION: _Card(
        "set-aside",
        message("Have it set aside for a while"),
        message(
            "We keep your data and use it for nothing: no letters, no offers, no statistics, until"
            " you say otherwise. Good while something is in dispute, too."
        ),
        message("Set it aside"),
        acts=True,
    ),
    Right.OBJECTION: _Card(
        "object",
        message("Say no to a use"),
        message(
            "Some things we do without having asked you, for reasons of our own. Say no, and they"
            " stop. To advertising your no always counts."
        ),
        message("Choose what stops"),
        acts=False,
    ),
    Right.SALE_OPT_OUT: _Card(
        "no-sale",
        message("No selling, no sharing"),
        message(
            "Nothing of yours is sold to anybody or shared for advertising, on all your devices."
        ),
        message("Do not sell or share my data"),
        acts=True,
    ),
    Right.LIMIT_SENSITIVE: _Card(
        "sensitive",
        message("Limit what is sensitive"),
        message(
            "What is delicate, such as where exactly you are or how you are, we use only for what"
            " you asked of us."
        ),
        message("Limit the use of my sensitive data"),
        acts=True,
    ),
    Right.AUTOMATED_DECISION: _Card(
        "human",
        message("A person should look"),
        message(
            "See what machines decided about you and how they came to it, have a person look"
            " again, or say that only people may decide."
        ),
        message("Show me the decisions"),
        acts=False,
    ),
    Right.COMPLAINT: _Card(
        "complain",
        message("Complain"),
        message("Tell us what went wrong. A person reads it and answers you."),
        message("Write to us"),
        acts=False,
    ),
}
_USE_AGAIN: Final = _Card(
    "use-again",
    message("Use it again"),
    message("Your data is set aside: we keep it and use it for nothing. You can end that."),
    message("Use it again"),
    acts=True,
)
# Of these several may be under way, about different things: the card always offers one more.
_SEVERAL: Final = frozenset(
    {Right.RECTIFICATION, Right.OBJECTION, Right.AUTOMATED_DECISION, Right.COMPLAINT}
)
RIGHT_OF: Final[Mapping[str, Right]] = {card.code: right for right, card in _CARDS.items()}


def cards(
    rights: Iterable[Right], requests: Iterable[Request], *, is_restricted: bool
) -> tuple[RightCard, ...]:
    """Return a card for each right that the law gives; one that runs leads to how it goes."""
    given = frozenset(rights)
    running = {r.kind: r for r in requests if r.is_open and r.kind not in _SEVERAL}
    found: list[RightCard] = []
    for right, card in _CARDS.items():
        if right not in given:
            continue
        is_over = right is Right.RESTRICTION and is_restricted
        request = running.get(right)
        found.append(
            _said(
                _USE_AGAIN if is_over else card,
                None if request is None else f"{URL}/{request.request_id}",
            )
        )
    return tuple(found)


def _said(card: _Card, running_url: str | None) -> RightCard:
    return RightCard(
        code=card.code,
        title=str(_(card.title)),
        plain=str(_(card.plain)),
        button=str(_(card.button)),
        url=f"{URL}/{card.code}",
        acts=card.acts,
        running_url=running_url,
    )
