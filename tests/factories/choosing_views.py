"""Samples of the console's pages about choices, notices and keys, in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.console.choices.views import (
    ChannelReach,
    ChoicesPage,
    PurposeCount,
    StepLine,
)
from candor.surface.console.keys.views import KeyLine, KeysPage, RevokePage
from candor.surface.console.notices.views import (
    Change,
    NoticeLine,
    NoticePage,
    NoticesPage,
    Piece,
    PurposeNotices,
)
from candor.surface.console.today.views import OptIn, Trust
from candor.surface.console.views import Option, Pair

NOW: Final = datetime(2026, 11, 16, 18, 30, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_FINGERPRINT: Final = "9f2c" * 16
_LINE: Final = tuple(40 + n % 7 * 11 for n in range(30))
_FLAT: Final = (0,) * 30
_PURPOSE: Final = PurposeCount(
    code="newsletter",
    name="Newsletter",
    law="their yes",
    share="43%",
    allowed="1,075",
    said_yes="1,075",
    said_no="412",
    silent="903",
    changed="98",
    expired="fewer than 10",
    minor="0",
    waiting="14",
    yeses=_LINE,
    noes=_FLAT,
    words_url="/console/notices#notices-newsletter",
    log_url="/console/audit?action=consent.recorded",
)

CHOICES: Final = ChoicesPage(
    url="/console/choices",
    windows=(Option("30d", "Last 30 days"), Option("52w", "Last 52 weeks")),
    window="30d",
    window_label="Last 30 days",
    step="by day",
    people="2,500",
    waiting="14",
    purposes=(
        _PURPOSE,
        replace(
            _PURPOSE,
            code="partners",
            name="Sharing with partners",
            law="their yes or until they say no",
            share="–",
            allowed="fewer than 10",
            minor="12",
            words_url=None,
        ),
    ),
    reach=(
        ChannelReach(
            topic="Next week’s prices",
            channel="E-mail",
            purpose="newsletter",
            purpose_url="#purpose-newsletter",
            reached="801",
            held_back=(
                Option("no_consent", "1,425: the purpose is not allowed"),
                Option("no_contact_point", "260: no verified address or number"),
                Option("stopped", "fewer than 10: wrote STOP"),
            ),
        ),
        ChannelReach(
            topic="Next week’s prices",
            channel="Text message",
            purpose="newsletter",
            purpose_url="#purpose-newsletter",
            reached="0",
            held_back=(),
        ),
    ),
    yeses_total="1,990",
    noes_total="412",
    taken_back_total="88",
    yeses=_LINE,
    noes=_FLAT,
    taken_back=_FLAT,
    steps=tuple(
        StepLine(f"{day} Nov 2026", str(n), "fewer than 10", "0")
        for day, n in enumerate(_LINE[:16], 1)
    ),
    log_url="/console/audit?action=consent.recorded",
    notices_url="/console/notices",
)
CHOICES_BARE: Final = replace(
    CHOICES, window="52w", reach=(), log_url=None, notices_url=None, purposes=()
)

NOTICES: Final = NoticesPage(
    purposes=(
        PurposeNotices(
            code="newsletter",
            name="Newsletter",
            edition=2,
            lines=(
                NoticeLine(
                    2,
                    "German",
                    "Angebote und Rezepte per E-Mail",
                    NOW - 20 * _DAY,
                    True,
                    _FINGERPRINT[:12],
                    f"/console/notices/{_FINGERPRINT}",
                    "733",
                ),
                NoticeLine(
                    1,
                    "German",
                    "Angebote per E-Mail",
                    NOW - 300 * _DAY,
                    False,
                    "00c1" * 3,
                    f"/console/notices/{'00c1' * 16}",
                    "0",
                ),
            ),
        ),
    ),
    shows_yeses=True,
)
NOTICES_BARE: Final = replace(
    NOTICES,
    shows_yeses=False,
    purposes=tuple(
        replace(one, lines=tuple(replace(line, yeses=None) for line in one.lines))
        for one in NOTICES.purposes
    ),
)
NOTICE: Final = NoticePage(
    name="Newsletter",
    title="Angebote und Rezepte per E-Mail",
    plain="Wir schreiben Ihnen jeden Freitag, was in der nächsten Woche günstiger wird.",
    gain="Sie wissen vor allen anderen, was günstig ist.",
    language="German",
    locale="de",
    edition=2,
    is_in_force=True,
    since=NOW - 20 * _DAY,
    fingerprint=_FINGERPRINT,
    details=(Pair("Edition", "2"), Pair("Rests on", "their yes"), Pair("Kept for", "2 years")),
    yeses="733",
    before_url=f"/console/notices/{'00c1' * 16}",
    changes=(
        Change(
            "Title",
            (
                Piece("Angebote", "same"),
                Piece("und Rezepte", "new"),
                Piece("per E-Mail", "same"),
            ),
        ),
        Change("Kept for", (Piece("3", "gone"), Piece("2", "new"), Piece("years", "same"))),
    ),
    back_url="/console/notices#notices-newsletter",
)
NOTICE_FIRST: Final = replace(
    NOTICE, is_in_force=False, gain="", yeses=None, before_url=None, changes=()
)
NOTICE_SAME: Final = replace(NOTICE, changes=())

KEY: Final = KeyLine(
    name="Mail platform",
    hint="cdr_x7Qa…",
    scopes=("decisions:read", "contacts:write", "signals:write"),
    source="Mail platform",
    created_at=NOW - 90 * _DAY,
    last_used_at=NOW,
    expires_at=NOW + 275 * _DAY,
    revoked_at=None,
    state="works",
    tone="good",
    revoke_url="/console/settings/keys/1",
)
KEYS: Final = KeysPage(
    (
        KEY,
        replace(KEY, name="App", expires_at=NOW + _DAY, state="ends soon", tone="attention"),
        replace(
            KEY,
            name="Old till",
            source=None,
            last_used_at=None,
            revoked_at=NOW - _DAY,
            state="revoked",
            tone="no",
            revoke_url=None,
        ),
    )
)
REVOKE: Final = RevokePage(
    KEY, "/console/settings/keys/1", "/console/settings/keys", csrf_token="token"
)

TRUST: Final = Trust(
    purposes=(
        OptIn(
            "Newsletter", "/console/choices#purpose-newsletter", "43%", "1,075 people", _LINE
        ),
        OptIn(
            "Sharing with partners",
            "/console/choices#purpose-partners",
            "–",
            "fewer than 10 people",
            _FLAT,
        ),
    ),
    yeses_today="31",
    noes_today="fewer than 10",
    taken_back_today="0",
    waiting="14",
    choices_url="/console/choices",
    log_url="/console/audit?action=consent.recorded",
    waiting_url="/console/choices#purposes",
)
# Case, template, view, place in the rail.
SAMPLES: Final = (
    ("console-choices", "console/choices.html", CHOICES, "audiences"),
    ("console-choices-bare", "console/choices.html", CHOICES_BARE, "audiences"),
    ("console-notices", "console/notices.html", NOTICES, "catalogue"),
    ("console-notices-bare", "console/notices.html", NOTICES_BARE, "catalogue"),
    ("console-notice", "console/notice.html", NOTICE, "catalogue"),
    ("console-notice-first", "console/notice.html", NOTICE_FIRST, "catalogue"),
    ("console-notice-same", "console/notice.html", NOTICE_SAME, "catalogue"),
    ("console-keys", "console/keys.html", KEYS, "settings"),
    ("console-keys-none", "console/keys.html", KeysPage(()), "settings"),
    ("revoke-key", "console/revoke_key.html", REVOKE, "settings"),
)
