"""Samples of the pages that take an answer: the letter's purposes, one fact, the account."""

from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.portal.account.views import AccountPage, Setting, SignInLine
from candor.surface.portal.account.views import Option as Offered
from candor.surface.portal.allow.views import Answer, ChoiceCard, Confirmation, PurposeWords
from candor.surface.portal.facts.views import AnswerField, CorrectPage, KnownFact, Option
from candor.surface.portal.facts.views import OtherAnswer as KnownOther

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_YES: Final = Answer("granted", "Yes")
_NO: Final = Answer("denied", "No")


def card(
    code: str,
    title: str,
    plain: str,
    because: str,
    kind: str = "ask",
    gain: str = "",
    chosen: str | None = None,
    done: Confirmation | None = None,
) -> ChoiceCard:
    """Return one purpose with its switch."""
    said = PurposeWords(
        title=title,
        plain=plain,
        gain=gain,
        data=("E-mail address", "Purchases"),
        recipients=("Parcel Post", "Print house Lindner"),
        kept_for="25 months",
        yes_lasts="2 years" if kind == "ask" else None,
        law="Your yes" if kind == "ask" else "A contract with you",
        article="GDPR Art. 6 (1) (a)",
    )
    return ChoiceCard(
        code=code,
        words=said,
        kind=kind,
        is_on=chosen == "granted" or kind == "fixed",
        because=because,
        chosen=chosen,
        yes=_YES,
        no=_NO,
        asks=None,
        again_at=None,
        hears_browser=code == "ads",
        is_over_browser=False,
        history=(),
        history_url=None,
        done=done,
    )


CARDS: Final = (
    card(
        "orders",
        "Your orders",
        "To deliver what you order and answer what you ask about it.",
        "Needed for what you order",
        kind="fixed",
    ),
    card(
        "news",
        "Offers by e-mail",
        "To write to you when something that you buy often is cheaper.",
        "You said yes in the shop on 3 March 2026",
        gain="you hear of it before others do",
        chosen="granted",
        done=Confirmation(is_yes=True, at=NOW, until=NOW + 700 * _DAY),
    ),
    card(
        "offers",
        "Personal offers",
        "To choose offers by what you have bought.",
        "You said no in the app on 1 October 2026",
        gain="coupons for what you like",
        chosen="denied",
    ),
    card(
        "ads",
        "Advertising of partners",
        "To let partners show you what fits.",
        "You have not said yes, so it stays off",
    ),
)

OWN_WORD: Final = KnownFact(
    "Town",
    "Hamburg",
    "yourself",
    NOW - _DAY,
    ("your orders",),
    others=(
        KnownOther("Kiel", "the till in Kiel", NOW - 90 * _DAY, "your own word counts more"),
    ),
    code="city",
    url="/me/facts/city",
    is_own=True,
)
_GUESS: Final = KnownFact(
    "Household income",
    "35-49K",
    "purchases at the till",
    NOW - 30 * _DAY,
    ("personal offers",),
    is_guess=True,
    code="income",
    url="/me/facts/income",
)

CORRECT: Final = CorrectPage(
    label="Town",
    known=OWN_WORD,
    answer=AnswerField("text", "Hamburg"),
    post_url="/me/facts/city",
    back_url="/me/facts#fact-city",
    is_guess=False,
    may_set_aside=False,
    needed_for=("your orders", "customer service"),
    contact="privacy@nordmarkt.example",
    contact_url="mailto:privacy@nordmarkt.example",
)
CORRECT_WRONG: Final = CorrectPage(
    label="Household income",
    known=_GUESS,
    answer=AnswerField(
        "select",
        "",
        (Option("15-24K", "15-24K"), Option("35-49K", "35-49K")),
        error="Choose one of the answers in the list.",
    ),
    post_url="/me/facts/income",
    back_url="/me/facts#fact-income",
    is_guess=True,
    may_set_aside=True,
    needed_for=(),
    contact="privacy@nordmarkt.example",
    contact_url="mailto:privacy@nordmarkt.example",
)
CORRECT_BY_PROOF: Final = CorrectPage(
    label="E-mail address",
    known=None,
    answer=None,
    post_url="/me/facts/email",
    back_url="/me/facts#fact-email",
    is_guess=False,
    may_set_aside=False,
    needed_for=("your orders",),
    contact="0800 55 50 00",
    contact_url=None,
)
SET_ASIDE: Final = KnownFact(
    "Home owned or rented",
    "nothing: you say that it is wrong, or not ours to know",
    "yourself",
    NOW - _DAY,
    (),
    is_guess=True,
    others=(KnownOther("Renter", "an estimate", NOW - 90 * _DAY, "your own word counts more"),),
    code="home_owner",
    url="/me/facts/home_owner",
    is_own=True,
    is_empty=True,
)

ACCOUNT: Final = AccountPage(
    sign_ins=(
        SignInLine(
            NOW - timedelta(hours=1),
            NOW,
            is_this=True,
            ended_at=None,
            ends_at=NOW + 14 * _DAY,
            device="Firefox, Linux",
            how="by a code from a mail",
        ),
        SignInLine(
            NOW - 2 * _DAY,
            NOW - _DAY,
            is_this=False,
            ended_at=None,
            ends_at=NOW + 12 * _DAY,
            device="Safari, iPhone",
            how="with a passkey",
            which="ab" * 32,
        ),
        SignInLine(NOW - 30 * _DAY, NOW - 29 * _DAY, False, NOW - 16 * _DAY, NOW - 16 * _DAY),
    ),
    others=1,
    sign_out_one_url="/me/account/sign-out-one",
    passkeys_url="/me/account/passkeys",
    sign_out_others_url="/me/account/sign-out-others",
    sign_out_everywhere_url="/me/account/sign-out-everywhere",
    language=Setting("en", (Offered("de", "Deutsch"), Offered("en", "English")), is_own=True),
    language_url="/me/account/language",
    zone=Setting("Europe/Berlin", (Offered("Europe/Berlin", "Berlin"),), is_own=False),
    zone_url="/me/account/time-zone",
    link_begins="https://data.nordmarkt.example/",
    link_hours=12,
    session_days=14,
    contact="privacy@nordmarkt.example",
    contact_url="mailto:privacy@nordmarkt.example",
    done="Done: 2 other sign-ins have ended.",
)
ACCOUNT_WRONG: Final = AccountPage(
    sign_ins=ACCOUNT.sign_ins[:1],
    others=0,
    sign_out_one_url="/me/account/sign-out-one",
    passkeys_url="/me/account/passkeys",
    sign_out_others_url="/me/account/sign-out-others",
    sign_out_everywhere_url="/me/account/sign-out-everywhere",
    language=Setting(
        "en",
        (Offered("de", "Deutsch"), Offered("en", "English")),
        is_own=False,
        error="Choose one of the answers in the list.",
    ),
    language_url="/me/account/language",
    zone=None,
    zone_url="/me/account/time-zone",
    link_begins="https://data.nordmarkt.example/",
    link_hours=12,
    session_days=14,
    contact="0800 55 50 00",
    contact_url=None,
)
