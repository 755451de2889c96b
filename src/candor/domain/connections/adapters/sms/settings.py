"""What the adapter wants to know of whoever sets it up."""

from typing import Final

from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Kind, Setting, Spec

API: Final = "https://api.twilio.com"
NUMBER: Final = "phone"  # the name by which somebody's number is heard

SPEC: Final = Spec(
    kind="sms",
    title="Text messages (Twilio)",
    about="Hands text messages to a provider; hears STOP, START, and what became of messages.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting("account", "Account SID", "AC and 32 digits"),
        Setting("service", "Messaging service", "MG and 32 digits", is_required=False),
        Setting("from", "Sender", "Number or name; without a service", is_required=False),
        Setting("api_key", "API key", "SK…; empty: the account's token", is_required=False),
        Setting("channel", "Channel", "Its code in the catalogue", default="sms"),
        Setting(
            "text_stop",
            "Answer to STOP",
            "One text, without advertising; empty: the provider answers, or nobody does",
            is_required=False,
        ),
        Setting("text_start", "Answer to START", "", is_required=False),
        Setting(
            "text_help",
            "Answer to HELP",
            "Who you are, whom to ask, how to stop",
            is_required=False,
        ),
        Setting("base_url", "Address of the API", "", Kind.URL, is_required=False, default=API),
        Setting(
            "token",
            "Account token",
            "Signs what the provider tells us",
            is_secret=True,
            sent_to=("base_url",),
        ),
        Setting(
            "api_secret",
            "Secret of the API key",
            is_required=False,
            is_secret=True,
            sent_to=("base_url",),
        ),
    ),
    at_once=100,
    channel="phone",
    suggested=(Field(NUMBER, What.IDENTIFIER, "phone", direction=Direction.IN, is_key=True),),
)
