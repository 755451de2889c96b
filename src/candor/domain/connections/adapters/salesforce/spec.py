"""What there is to say about Salesforce, and what it wants to know."""

from typing import Final

from candor.domain.connections.adapters.walking import EVERY
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Kind, Setting, Spec

AT_ONCE: Final = 200  # records per call of sObject Collections
CLIENT_CREDENTIALS: Final = "client_credentials"
JWT_BEARER: Final = "jwt_bearer"
EMPTY_AND_DELETE: Final = "empty_and_delete"
# Calls are counted per day (100,000 for many editions); one batch of ours is up to ten.
_PER_MINUTE: Final = 60

SPEC: Final = Spec(
    kind="salesforce",
    title="Salesforce",
    about="Contacts or leads in Salesforce with their opt-outs, in both directions.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting(
            "login_url", "Address of your domain", "https://yourdomain.my.salesforce.com",
            kind=Kind.URL,
        ),
        Setting(
            "flow", "How it lets us in", kind=Kind.CHOICE, default=CLIENT_CREDENTIALS,
            choices=(CLIENT_CREDENTIALS, JWT_BEARER),
        ),
        Setting("client_id", "Consumer key of the app"),
        Setting(
            "client_secret", "Consumer secret of the app", "For client_credentials.",
            is_required=False, is_secret=True, sent_to=("login_url",),
        ),
        Setting(
            "private_key", "Private key of the app, RSA in PEM", "For jwt_bearer.",
            kind=Kind.LONG, is_required=False, is_secret=True, sent_to=("login_url",),
        ),
        Setting("username", "User that it acts as", "For jwt_bearer.", is_required=False),
        Setting(
            "audience", "Audience of the JWT", "https://test.salesforce.com for a sandbox.",
            is_required=False, default="https://login.salesforce.com",
        ),
        Setting("api_version", "Version of the API", is_required=False, default="66.0"),
        Setting(
            "object", "Who people are there", kind=Kind.CHOICE, default="Contact",
            choices=("Contact", "Lead"),
        ),
        Setting(
            "external_id", "Field that is a unique external id",
            "One of the mapping's keys; new people are then never doubled.",
            is_required=False,
        ),
        Setting(
            "unknown", "What stands for a required name that is not known",
            "LastName, and Company of a lead.", is_required=False, default="–",
        ),
        Setting(
            "removal", "How somebody is removed",
            "empty_and_delete: fields first, for the Recycle Bin keeps records for 15 days.",
            kind=Kind.CHOICE, default=EMPTY_AND_DELETE, choices=(EMPTY_AND_DELETE, "delete"),
        ),
        EVERY,
    ),
    at_once=AT_ONCE,
    per_minute=_PER_MINUTE,
    suggested=(
        Field("Email", What.IDENTIFIER, "email", direction=Direction.BOTH, is_key=True),
        Field("MobilePhone", What.IDENTIFIER, "phone", direction=Direction.BOTH),
        Field("FirstName", What.ATTRIBUTE, "first_name", direction=Direction.BOTH),
        Field("LastName", What.ATTRIBUTE, "last_name", direction=Direction.BOTH),
    ),
    can_compare=True,
)  # fmt: skip
