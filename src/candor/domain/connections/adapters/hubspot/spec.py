"""What there is to say about HubSpot, and what it wants to know."""

from typing import Final

from candor.domain.connections.adapters.walking import EVERY
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Kind, Setting, Spec

AT_ONCE: Final = 100  # people per call of a batch
ARCHIVE: Final = "archive"
DELETE: Final = "gdpr_delete"
CONSENT: Final = "CONSENT_WITH_NOTICE"
# A private app may ask 100 times in ten seconds (the smallest plan); a batch is seven questions.
_PER_MINUTE: Final = 80

SPEC: Final = Spec(
    kind="hubspot",
    title="HubSpot",
    about="Contacts and their subscriptions in HubSpot, in both directions.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting(
            "base_url", "Address of the API", "As it is, unless you go through a gateway.",
            kind=Kind.URL, default="https://api.hubapi.com",
        ),
        Setting(
            "token", "Access token of a private app",
            "With the scopes crm.objects.contacts.read and .write, crm.schemas.contacts.read; "
            "for subscriptions also subscriptions-definition-read, "
            "subscription-status-batch-read and subscription-status-batch-write.",
            is_secret=True, sent_to=("base_url",),
        ),
        Setting(
            "client_secret", "Client secret of the app",
            "It signs webhooks. Without it none is believed.",
            is_required=False, is_secret=True,
        ),
        Setting(
            "removal", "How somebody is removed",
            "gdpr_delete: for good. archive: HubSpot can restore the contact for 90 days.",
            kind=Kind.CHOICE, default=DELETE, choices=(DELETE, ARCHIVE),
        ),
        Setting(
            "legal_basis", "Legal basis given with a subscription",
            kind=Kind.CHOICE, default=CONSENT,
            choices=(
                CONSENT, "LEGITIMATE_INTEREST_PQL", "LEGITIMATE_INTEREST_CLIENT",
                "PERFORMANCE_OF_CONTRACT", "LEGITIMATE_INTEREST_OTHER", "NON_GDPR",
            ),
        ),
        Setting(
            "legal_basis_explanation", "Explanation of that basis",
            is_required=False, default="The choice stands in Candor with its evidence.",
        ),
        EVERY,
    ),
    at_once=AT_ONCE,
    per_minute=_PER_MINUTE,
    suggested=(
        Field("email", What.IDENTIFIER, "email", direction=Direction.BOTH, is_key=True),
        Field("phone", What.IDENTIFIER, "phone", direction=Direction.BOTH),
        Field("firstname", What.ATTRIBUTE, "first_name", direction=Direction.BOTH),
        Field("lastname", What.ATTRIBUTE, "last_name", direction=Direction.BOTH),
    ),
    can_compare=True,
)  # fmt: skip
