"""What there is to say about audiences, and what they want to know."""

from typing import Final

from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Kind, Setting, Spec

META: Final = "meta"
GOOGLE: Final = "google"
GRANTED: Final = "granted"
NOT_SAID: Final = "not_said"
MEMBER: Final = "member"
YES: Final = "yes"
_AT_META: Final = "At Meta"
_AT_GOOGLE: Final = "At Google"
# Both take 10,000 people per call; fewer keep what is opened at once small.
_AT_ONCE: Final = 500
# Google takes 300 calls a minute, Meta some ten thousand an hour; a batch is two, more when
# somebody in it must be found.
_PER_MINUTE: Final = 60

SPEC: Final = Spec(
    kind="audience",
    title="Audience for advertising",
    about="Who may be shown advertising is in an audience at Meta or Google, by hashes alone; who "
    "may not is taken out.",
    directions=frozenset({Direction.OUT}),
    settings=(
        Setting("platform", "Platform", kind=Kind.CHOICE, default=META, choices=(META, GOOGLE)),
        Setting(
            "audience", "Audience", "Its number: of a custom audience, of a Customer Match list."
        ),
        Setting(
            "base_url", "Address of the API", "Empty, unless you go through a gateway.",
            kind=Kind.URL, is_required=False,
        ),
        Setting(
            "version", "Version of the API", is_required=False, default="v25.0", part=_AT_META,
        ),
        Setting(
            "token", "Access token of a system user",
            "With ads_management for the ad account of the audience.",
            is_required=False, is_secret=True, sent_to=("base_url",), part=_AT_META,
        ),
        Setting(
            "account", "Number of the advertising account", "123-456-7890",
            is_required=False, part=_AT_GOOGLE,
        ),
        Setting(
            "login_account", "Number of the manager account",
            "When the access was given to a manager account above it.",
            is_required=False, part=_AT_GOOGLE,
        ),
        Setting(
            "terms", "The terms of Customer Match were accepted in the account",
            "Google takes nobody before.",
            kind=Kind.SWITCH, is_required=False, default="no", part=_AT_GOOGLE,
        ),
        Setting(
            "consent", "What is said of consent",
            "granted: only where each purpose of this connection rests on consent. Without, people "
            "in the European Economic Area are shown nothing.",
            kind=Kind.CHOICE, is_required=False, default=NOT_SAID, choices=(NOT_SAID, GRANTED),
            part=_AT_GOOGLE,
        ),
        Setting(
            "service_account", "Key of a service account", "The JSON file of the key, whole.",
            kind=Kind.LONG, is_required=False, is_secret=True, sent_to=("base_url",),
            part=_AT_GOOGLE,
        ),
    ),
    at_once=_AT_ONCE,
    per_minute=_PER_MINUTE,
    suggested=(
        Field("EMAIL", What.IDENTIFIER, "email", is_key=True),
        Field("PHONE", What.IDENTIFIER, "phone", is_key=True),
        Field(MEMBER, What.PURPOSE, "advertising"),
    ),
)  # fmt: skip
