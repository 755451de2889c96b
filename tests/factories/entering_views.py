"""Samples of the pages on which a customer comes in, proves it again, or says "not me"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.plain.doors import ChallengeView
from candor.surface.portal.sign_in.views import CustomerSignInPage, NotMePage, ProvePage

_NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
_TOKEN: Final = "0" * 64
_CONTACT: Final = "privacy@nordmarkt.example"
_CHALLENGE: Final = ChallengeView("{}", "ticket", _NOW + timedelta(seconds=20), 20)
_SIGN_IN: Final = "portal/sign_in.html"
_ADDRESS: Final = CustomerSignInPage(
    "address",
    works_until=_NOW + timedelta(minutes=9),
    post_url="/me/sign-in/send",
    token="token",
    csrf_token=_TOKEN,
    contact=_CONTACT,
    again_url="/me/sign-in/again",
    start_url="/me/sign-in?new",
    lasts_minutes=10,
)
_PROVE: Final = ProvePage(
    "ask",
    send_url="/me/prove/send",
    post_url="/me/prove",
    next="/me/account/passkeys",
    token="token",
    works_until=_NOW + timedelta(minutes=9),
    contact=_CONTACT,
)
_NOT_ME: Final = NotMePage(
    "ask", post_url="/me/not-me/token", csrf_token=_TOKEN, start_url="/me/sign-in",
    contact=_CONTACT,
)  # fmt: skip

# Cards for people who are not signed in: template and view by name.
CARDS: Final = {
    "sign-in": (_SIGN_IN, _ADDRESS),
    "sign-in-wrong": (
        _SIGN_IN,
        replace(
            _ADDRESS,
            address="anna@",
            error="This is not a whole e-mail address.",
            said="The code no longer counts.",
            challenge=_CHALLENGE,
        ),
    ),
    "sign-in-code": (_SIGN_IN, replace(_ADDRESS, state="code")),
    "sign-in-code-wrong": (
        _SIGN_IN,
        replace(
            _ADDRESS,
            state="code",
            is_again=True,
            error="This is not the code of the last mail. You can try 4 more times.",
            challenge=_CHALLENGE,
        ),
    ),
    "sign-in-mail": (_SIGN_IN, replace(_ADDRESS, state="mail")),
    "sign-in-elsewhere": (_SIGN_IN, replace(_ADDRESS, state="elsewhere")),
    "sign-in-link": (
        _SIGN_IN,
        replace(_ADDRESS, state="confirm", works_until=_NOW + timedelta(hours=12)),
    ),
    "sign-in-used": (_SIGN_IN, replace(_ADDRESS, state="used")),
    "not-me": ("portal/not_me.html", _NOT_ME),
    "not-me-done": ("portal/not_me.html", replace(_NOT_ME, state="done", ended=2)),
    "not-me-passkey": ("portal/not_me.html", replace(_NOT_ME, state="done", passkeys=1)),
    "not-me-spent": ("portal/not_me.html", replace(_NOT_ME, state="spent")),
}
# Pages for people who are.
PAGES: Final = {
    "prove": ("portal/prove.html", _PROVE),
    "prove-code": ("portal/prove.html", replace(_PROVE, state="code")),
    "prove-mail": ("portal/prove.html", replace(_PROVE, state="mail")),
    "prove-none": ("portal/prove.html", replace(_PROVE, state="none")),
}
