"""Samples of the pages around staff signing in, and of those about staff."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.domain.access.model.roles import Role
from candor.surface.console import words
from candor.surface.console.account.views import (
    OwnAppPage,
    OwnCodesPage,
    OwnPasswordPage,
    OwnSignInPage,
    SignInLine,
)
from candor.surface.console.sign_in.views import (
    AppPage,
    CodePage,
    CodesPage,
    JoinPage,
    ProvePage,
    StaffSignInPage,
)
from candor.surface.console.staff.views import (
    HeldLine,
    InvitePage,
    LeavePage,
    MemberPage,
    StaffLine,
    StaffPage,
)
from candor.surface.console.views import Option
from candor.surface.plain.doors import ChallengeView

NOW: Final = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_TOKEN: Final = "0" * 64
_KEY: Final = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
_URI: Final = "otpauth://totp/Nordmarkt%3Apiet?secret=JBSWY3DPEHPK3PXP&issuer=Nordmarkt"
_PICTURE: Final = "/static/mark.svg"
_CHALLENGE: Final = ChallengeView("{}", "ticket", NOW + timedelta(seconds=20), 20)
CODES: Final = tuple(f"b2cd-ef3h-{n:04}-mnop-qr5t-uvwx" for n in range(10))

SIGN_IN: Final = StaffSignInPage(
    "password",
    post_url="/console/sign-in/password",
    csrf_token=_TOKEN,
    provider="Nordmarkt account",
    provider_url="/console/sign-in/oidc",
    passkey_ask_url="/console/passkeys/sign-in/ask",
    passkey_url="/console/passkeys/sign-in",
)
SIGN_IN_WRONG: Final = replace(
    SIGN_IN, handle="piet", error="Name or password is not right.", challenge=_CHALLENGE
)
CODE: Final = CodePage("/console/sign-in/code", "/console/sign-in", _TOKEN)
CODE_WRONG: Final = replace(CODE, error="This code is not right.", challenge=_CHALLENGE)
JOIN: Final = JoinPage(
    "password", "Piet Adeyemi", "piet", "privacy officer", "t", "/console/join", _TOKEN, 12
)
JOIN_REFUSED: Final = replace(
    JOIN, error="This password is too short.", hint="Use 12 characters or more."
)
APP: Final = AppPage(_PICTURE, _KEY, _URI, "piet", "/console/join/app", _TOKEN)
APP_WRONG: Final = replace(APP, error="This code is not right.")
SHOWN_CODES: Final = CodesPage(CODES, "/console")
PROVE: Final = ProvePage(
    name="Piet Adeyemi",
    has_password=True,
    has_passkeys=True,
    provider="Nordmarkt account",
    provider_url="/console/prove/oidc",
    set_up_url=None,
    post_url="/console/prove",
    next="/console/settings/keys",
    back_url="/console",
    csrf_token=_TOKEN,
    passkey_ask_url="/console/passkeys/prove/ask",
    passkey_url="/console/passkeys/prove",
    is_repeat=False,
)
PROVE_AGAIN: Final = replace(
    PROVE, is_repeat=True, error="Password or code is not right.", challenge=_CHALLENGE
)
PROVE_NOTHING: Final = replace(
    PROVE, has_password=False, has_passkeys=False, set_up_url="/console/account"
)

_SIGN_INS: Final = (
    SignInLine(
        "a1", "Firefox on Linux", "app, password", NOW - _DAY / 9, NOW, NOW + _DAY, True
    ),
    SignInLine("b2", "", "one-time link", NOW - _DAY / 4, NOW - _DAY / 8, NOW + _DAY, False),
)
ACCOUNT: Final = OwnSignInPage(
    handle="piet",
    address="piet@nordmarkt.example",
    role="privacy officer",
    password_set_at=NOW - 40 * _DAY,
    app_since=NOW - 40 * _DAY,
    recovery_left=9,
    passkeys=1,
    vouched=0,
    provider="Nordmarkt account",
    provider_url="/console/provider",
    sign_ins=_SIGN_INS,
    set_up_url=None,
    password_url="/console/account/password",
    app_url="/console/account/app",
    recovery_url="/console/account/recovery",
    passkeys_url="/console/passkeys",
    end_url="/console/account/sign-ins",
    csrf_token=_TOKEN,
    done="password",
)
ACCOUNT_LINK: Final = replace(
    ACCOUNT,
    address=None,
    password_set_at=None,
    app_since=None,
    recovery_left=0,
    passkeys=0,
    sign_ins=_SIGN_INS[:1],
    set_up_url="/console/account/set-up",
    done="",
)
ACCOUNT_LOW: Final = replace(ACCOUNT, recovery_left=1, vouched=1, done="ended")
PASSWORD: Final = OwnPasswordPage(
    "/console/account/password", "/console/account", _TOKEN, "piet", 12, True, False
)
PASSWORD_REFUSED: Final = replace(
    PASSWORD, error="Your present password is not right.", hint=""
)
PASSWORD_FIRST: Final = replace(PASSWORD, asks_current=False, is_set_up=True)
OWN_APP: Final = OwnAppPage(
    _PICTURE, _KEY, _URI, "piet", "/console/account/app/confirm", "/console/account", _TOKEN
)
OWN_CODES: Final = OwnCodesPage((), 2, "/console/account/recovery", "/console/account", _TOKEN)
OWN_CODES_SHOWN: Final = replace(OWN_CODES, codes=CODES)

_PIET: Final = StaffLine(
    "Piet Adeyemi", "piet", "privacy officer", "password, app", True, 2, None, "/console"
)
_NEW: Final = replace(
    _PIET, name="Ines Prado", handle="ines", factors="nothing yet", is_ready=False, sign_ins=0
)
_GONE: Final = replace(_PIET, name="Otto Brandt", handle="otto", left_at=NOW - 90 * _DAY)
STAFF: Final = StaffPage((_PIET, _NEW), (_GONE,), "/console/security/staff/invite")
STAFF_READ: Final = StaffPage((_PIET,), (), None)
STAFF_NONE: Final = StaffPage((), (), None)
_ROLES: Final = tuple(Option(role.value, words.role(role.value)) for role in Role)
INVITE: Final = InvitePage(
    "/console/security/staff/invite",
    "/console/security/staff",
    _TOKEN,
    _ROLES,
    "administrator, privacy officer, security officer",
)
INVITE_REFUSED: Final = replace(
    INVITE,
    handle="piet",
    name="Piet Adeyemi",
    address="piet@nordmarkt.example",
    role="support",
    error="Somebody has this handle or this address already.",
    hint="Choose another.",
)
MEMBER: Final = MemberPage(
    line=_PIET,
    address="piet@nordmarkt.example",
    sign_ins=_SIGN_INS[1:],
    may_manage=True,
    is_self=False,
    is_empty=False,
    roles=_ROLES,
    role="privacy",
    role_url="/console",
    end_url="/console",
    invite_url="/console",
    leave_url="/console",
    back_url="/console/security/staff",
    csrf_token=_TOKEN,
    done="role",
)
MEMBER_NEW: Final = replace(MEMBER, line=_NEW, sign_ins=(), is_empty=True, done="invited")
MEMBER_SELF: Final = replace(MEMBER, is_self=True, sign_ins=_SIGN_INS, done="")
MEMBER_GONE: Final = replace(
    MEMBER, line=_GONE, address=None, sign_ins=(), may_manage=False, done=""
)
LEAVE: Final = LeavePage("Piet Adeyemi", 2, 1, 0, 3, "/console", "/console", _TOKEN)
LEAVE_KEYS: Final = replace(
    LEAVE,
    keys=(
        HeldLine("key-1", "Key of the API: Mail platform"),
        HeldLine("key-2", "Write key of the source: shop"),
    ),
    fates=(Option("end", "It ends"), Option("keep", "It goes on: I answer for it")),
    needs_two=True,
)

# Template, view; the first table stands on a card, the second in the console.
CARDS: Final = {
    "staff-sign-in-password": ("console/sign_in.html", SIGN_IN),
    "staff-sign-in-wrong": ("console/sign_in.html", SIGN_IN_WRONG),
    "staff-code": ("console/sign_in_code.html", CODE),
    "staff-code-wrong": ("console/sign_in_code.html", CODE_WRONG),
    "staff-join": ("console/join.html", JOIN),
    "staff-join-refused": ("console/join.html", JOIN_REFUSED),
    "staff-join-used": ("console/join.html", JoinPage("used")),
    "staff-join-app": ("console/join_app.html", APP),
    "staff-join-app-wrong": ("console/join_app.html", APP_WRONG),
    "staff-recovery-codes": ("console/recovery_codes.html", SHOWN_CODES),
    "staff-prove": ("console/prove.html", PROVE),
    "staff-prove-again": ("console/prove.html", PROVE_AGAIN),
    "staff-prove-nothing": ("console/prove.html", PROVE_NOTHING),
}
PAGES: Final = {
    "account": ("console/account.html", ACCOUNT),
    "account-link": ("console/account.html", ACCOUNT_LINK),
    "account-low": ("console/account.html", ACCOUNT_LOW),
    "own-password": ("console/own_password.html", PASSWORD),
    "own-password-refused": ("console/own_password.html", PASSWORD_REFUSED),
    "own-password-first": ("console/own_password.html", PASSWORD_FIRST),
    "own-app": ("console/own_app.html", OWN_APP),
    "own-app-wrong": ("console/own_app.html", replace(OWN_APP, error="Not right.")),
    "own-codes": ("console/own_codes.html", OWN_CODES),
    "own-codes-shown": ("console/own_codes.html", OWN_CODES_SHOWN),
    "staff": ("console/staff.html", STAFF),
    "staff-read": ("console/staff.html", STAFF_READ),
    "staff-none": ("console/staff.html", STAFF_NONE),
    "invite": ("console/invite.html", INVITE),
    "invite-refused": ("console/invite.html", INVITE_REFUSED),
    "member": ("console/member.html", MEMBER),
    "member-new": ("console/member.html", MEMBER_NEW),
    "member-self": ("console/member.html", MEMBER_SELF),
    "member-gone": ("console/member.html", MEMBER_GONE),
    "leave": ("console/leave.html", LEAVE),
    "leave-keys": ("console/leave.html", LEAVE_KEYS),
}
