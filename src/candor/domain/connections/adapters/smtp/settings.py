"""What the adapter wants to know of whoever sets it up."""

from typing import Final

from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.talk import Kind, Setting, Spec
from candor.infra.smtp import Tls

SPEC: Final = Spec(
    kind="smtp",
    title="Mail (SMTP)",
    about="Hands mail to a mail server, signed by DKIM; hears bounces, complaints, unsubscribes.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting("host", "Mail server", "mail.example.com"),
        Setting("port", "Port", "587, or 465 with TLS", Kind.NUMBER, default="587"),
        Setting(
            "tls",
            "Encryption",
            "None only to this very machine",
            Kind.CHOICE,
            default=Tls.STARTTLS,
            choices=tuple(Tls),
        ),
        Setting("user", "User", is_required=False),
        Setting(
            "password",
            "Password",
            is_required=False,
            is_secret=True,
            sent_to=("host", "port"),
        ),
        Setting("from", "Sender", "Nordmarkt <news@nordmarkt.example>"),
        Setting("reply_to", "Address for replies", "Empty: the sender", is_required=False),
        Setting("bounce_domain", "Domain of return paths", "bounces.nordmarkt.example"),
        Setting("channel", "Channel", "Its code in the catalogue", default="email"),
        Setting("list_id", "Name of the list", "news.nordmarkt.example", is_required=False),
        Setting("list_help", "Page about the list", "", Kind.URL, is_required=False),
        Setting("feedback", "Sender in Feedback-ID", "Empty: the domain", is_required=False),
        Setting("dkim_domain", "Domain of DKIM", "Empty: the sender's", is_required=False),
        Setting("dkim_selector", "Selector of DKIM", "", is_required=False, default="candor"),
        Setting("hello", "Name to greet with", "Empty: the return paths'", is_required=False),
        Setting("sessions", "Sessions at once", "", Kind.NUMBER, default="4"),
        Setting(
            "ca",
            "Authority of certificates",
            "PEM; for a server of your own with one of its own",
            Kind.LONG,
            is_required=False,
        ),
        Setting(
            "dkim_rsa",
            "DKIM key (RSA)",
            "Made by itself",
            Kind.LONG,
            is_required=False,
            is_secret=True,
        ),
        Setting(
            "dkim_ed25519",
            "DKIM key (Ed25519)",
            "Made by itself",
            Kind.LONG,
            is_required=False,
            is_secret=True,
        ),
        Setting("tokens", "Key of tokens", "Made by itself", is_required=False, is_secret=True),
        Setting(
            "inbound",
            "Word for incoming mail",
            "Made by itself; set your own to hand mail in over HTTP",
            is_required=False,
            is_secret=True,
        ),
    ),
    at_once=200,
    channel="email",
)
