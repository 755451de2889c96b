"""Configuration, read once at the start: environment over file over default.

Every setting has one name: `CANDOR_DATABASE_URL` in the environment is `database_url` in the
file `candor.toml` (or the file that `CANDOR_CONFIG` names). Unknown names are refused, so that
a misspelt one cannot silently leave a default in force. Secrets are `Secret`: masked when
printed.
"""

import os
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from typing_extensions import override

from candor.kernel.errors import Refused

PREFIX: Final = "CANDOR_"
_WHSEC: Final = "whsec_"  # how Standard Webhooks begins a secret
_WEBHOOK_KEY_BYTES: Final = 24
_NOBODY: Final = "candor@localhost"  # who sends mail when there is no address to answer to
KEY_PROVIDERS: Final = ("local", "transit")
_SLOWEST: Final = 60  # a limit below one request a second would shut people out
_FASTEST: Final = 100_000_000
LOG_LEVELS: Final = ("debug", "info", "warning", "error")


class BadSetting(Refused):
    """A setting is not one that Candor knows, or has a value that it cannot read."""

    code: ClassVar[str] = "settings.bad"


class Secret(str):
    """A setting that is shown as its length only."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return f"<secret of {len(self)}>" if self else "<not set>"


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to say about one setting."""

    default: str
    meaning: str
    is_secret: bool = False


KNOWN: Final[Mapping[str, Known]] = {
    "database_url": Known(
        "", "PostgreSQL as candor_app; empty starts the embedded one", is_secret=True
    ),
    "owner_url": Known("", "PostgreSQL as the owner, for migrations", is_secret=True),
    "home": Known(".candor", "folder for the embedded database, keys and state"),
    "keyring": Known("", "file of the local keyring; empty: keys/keyring.json in home"),
    "keyring_copy": Known(
        "",
        "file on another disk or machine that always holds the keys of the living epochs, "
        "sealed; empty: none",
    ),
    "key_provider": Known("local", "who keeps the keys: local (the file) or transit"),
    "transit_url": Known(
        "", "address of OpenBao or HashiCorp Vault, with key_provider transit"
    ),
    "transit_mount": Known("transit", "path at which its transit engine is mounted"),
    "transit_namespace": Known("", "its namespace; empty: the root one"),
    "transit_token": Known("", "its token", is_secret=True),
    "transit_token_file": Known("", "file with its token, read at each use: an agent's sink"),
    "epoch_days": Known("7", "days after which the key that wraps all others is changed"),
    "host": Known("127.0.0.1", "address that the web server listens on"),
    "port": Known("8700", "port that the web server listens on"),
    "public_url": Known("", "address that people type; empty: http://localhost:port"),
    "contact": Known("", "where customers write to; empty: an invented address of the demo"),
    "smtp_url": Known(
        "",
        "smtp://user:password@host:port or smtps://…; empty: mail becomes files in home",
        is_secret=True,
    ),
    "mail_from": Known("", "sender of mail, address or Name <address>; empty: contact"),
    "alert_webhook_url": Known(
        "", "https address that hears of security alerts (Standard Webhooks); empty: none"
    ),
    "alert_webhook_secret": Known(
        "", "whsec_… by which that address knows that they come from here", is_secret=True
    ),
    "catalogue": Known("", "folder of the catalogue's TOML files; empty: the demo's"),
    "log_level": Known("info", "debug, info, warning or error"),
    "receipt_key": Known(
        "1", "lowest number of the key that signs receipts; to change it: candor keys rotate"
    ),
    "trusted_proxies": Known("0", "proxies in front whose X-Forwarded-For counts"),
    "outbound_hosts": Known(
        "", "host:port pairs of your own network that may be called, separated by commas"
    ),
    "drop_folders": Known(
        "", "folders in which encrypted files for others may be put, separated by commas"
    ),
    "oidc_issuer": Known("", "identity provider of staff (OpenID Connect); empty: none"),
    "oidc_client_id": Known("", "what the identity provider calls this Candor"),
    "oidc_client_secret": Known(
        "", "what Candor proves itself with there; empty: PKCE alone", is_secret=True
    ),
    "oidc_name": Known("", "what the identity provider is called on the sign-in page"),
    "oidc_bind_by_email": Known(
        "no", "yes: a verified address lets the member of staff who has it come in at once"
    ),
    "backup_folder": Known(
        "", "folder for backups, best on another disk; empty: none are taken by themselves"
    ),
    "backup_keep": Known("7,4", "backups to keep: of so many days, and of so many weeks"),
    "web_limit": Known("6000", "requests to pages that one address may make in a minute"),
    "api_limit": Known(
        "600000", "decisions that one API key may ask for in a minute; other calls: a tenth"
    ),
    "drp_business_id": Known(
        "", "what agents call this company (Data Rights Protocol); empty: they may not ask"
    ),
    "opendsr_certificate": Known(
        "", "file with the certificate that OpenDSR answers are signed with; empty: self-signed"
    ),
    "embedded_database": Known("candor", "name of the database in the embedded server"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value and where it came from."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    database_url: Secret
    owner_url: Secret
    home: Path
    keyring: Path
    keyring_copy: Path | None
    key_provider: str
    transit_url: str
    transit_mount: str
    transit_namespace: str
    transit_token: Secret
    transit_token_file: Path | None
    epoch_days: int
    host: str
    port: int
    public_url: str
    contact: str
    smtp_url: Secret
    mail_from: str
    alert_webhook_url: str
    alert_webhook_secret: Secret
    catalogue: Path | None
    log_level: str
    receipt_key: int
    trusted_proxies: int
    web_limit: int
    api_limit: int
    outbound_hosts: tuple[str, ...]
    drop_folders: tuple[Path, ...]
    drp_business_id: str
    opendsr_certificate: Path | None
    embedded_database: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: Secret
    oidc_name: str
    oidc_bind_by_email: bool
    backup_folder: Path | None
    backup_keep: tuple[int, int]

    @property
    def is_embedded(self) -> bool:
        """Tell whether we run PostgreSQL ourselves."""
        return not self.database_url

    @property
    def data_folder(self) -> Path:
        """Return the folder of the embedded database. The keys lie elsewhere."""
        return self.home / "postgres"

    @staticmethod
    def load(environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            BadSetting: an unknown name, or a value that cannot be read.
        """
        values = read(os.environ if environment is None else environment)
        text = {name: value.text for name, value in values.items()}
        home = Path(text["home"]).resolve()
        port = _whole(text["port"], "port", at_most=65_535)
        contact = text["contact"] or "privacy@nordmarkt.example"
        if text["log_level"] not in LOG_LEVELS:
            message = f"log_level must be one of {', '.join(LOG_LEVELS)}."
            raise BadSetting(message)
        return Settings(
            database_url=Secret(text["database_url"]),
            owner_url=Secret(text["owner_url"] or text["database_url"]),
            home=home,
            keyring=Path(text["keyring"])
            if text["keyring"]
            else home / "keys" / "keyring.json",
            keyring_copy=_file(text["keyring_copy"]),
            key_provider=_provider(text),
            transit_url=text["transit_url"],
            transit_mount=text["transit_mount"].strip("/"),
            transit_namespace=text["transit_namespace"],
            transit_token=Secret(text["transit_token"]),
            transit_token_file=_file(text["transit_token_file"]),
            epoch_days=max(1, _whole(text["epoch_days"], "epoch_days", at_most=366)),
            host=text["host"],
            port=port,
            public_url=(text["public_url"] or f"http://localhost:{port}").rstrip("/"),
            contact=contact,
            smtp_url=Secret(text["smtp_url"]),
            mail_from=text["mail_from"] or (contact if "@" in contact else _NOBODY),
            alert_webhook_url=text["alert_webhook_url"],
            alert_webhook_secret=_webhook_secret(text),
            catalogue=Path(text["catalogue"]) if text["catalogue"] else None,
            log_level=text["log_level"],
            receipt_key=max(1, _whole(text["receipt_key"], "receipt_key")),
            trusted_proxies=_whole(text["trusted_proxies"], "trusted_proxies"),
            outbound_hosts=_names(text["outbound_hosts"]),
            drop_folders=tuple(Path(one) for one in _names(text["drop_folders"])),
            web_limit=_limit(text["web_limit"], "web_limit"),
            api_limit=_limit(text["api_limit"], "api_limit"),
            drp_business_id=text["drp_business_id"],
            opendsr_certificate=_file(text["opendsr_certificate"]),
            embedded_database=text["embedded_database"],
            oidc_issuer=text["oidc_issuer"],
            oidc_client_id=text["oidc_client_id"],
            oidc_client_secret=Secret(text["oidc_client_secret"]),
            oidc_name=text["oidc_name"] or "your company's account",
            oidc_bind_by_email=_yes(text["oidc_bind_by_email"], "oidc_bind_by_email"),
            backup_folder=Path(text["backup_folder"]).resolve()
            if text["backup_folder"]
            else None,
            backup_keep=_days_and_weeks(text["backup_keep"]),
        )


def read(environment: Mapping[str, str]) -> dict[str, Value]:
    """Return every known setting with its value and origin.

    Raises:
        BadSetting: an unknown name, in the environment or in the file.
    """
    values = {name: Value(known.default, "default") for name, known in KNOWN.items()}
    config = Path(environment.get(PREFIX + "CONFIG", "candor.toml"))
    if config.is_file():
        for name, given in tomllib.loads(config.read_text(encoding="utf-8")).items():
            _known(name, str(config))
            values[name] = Value(str(given), str(config))
    for variable, given in environment.items():
        if variable.startswith(PREFIX) and variable != PREFIX + "CONFIG":
            name = variable.removeprefix(PREFIX).lower()
            _known(name, "the environment")
            values[name] = Value(given, variable)
    return values


def _known(name: str, where: str) -> None:
    if name not in KNOWN:
        message = f"{where} sets {name}, which Candor does not know."
        raise BadSetting(message, hint="Known settings: " + ", ".join(KNOWN))


def _file(text: str) -> Path | None:
    return Path(text).resolve() if text else None


def _provider(text: Mapping[str, str]) -> str:
    """Return who keeps the keys."""
    chosen = text["key_provider"]
    if chosen not in KEY_PROVIDERS:
        message = f"key_provider must be one of {', '.join(KEY_PROVIDERS)}."
        raise BadSetting(message)
    has_token = text["transit_token"] or text["transit_token_file"]
    if chosen == "transit" and not (text["transit_url"] and has_token):
        message = "key_provider transit needs transit_url, and transit_token or its file."
        raise BadSetting(message)
    return chosen


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _days_and_weeks(text: str) -> tuple[int, int]:
    days, comma, weeks = text.partition(",")
    if not comma:
        message = "backup_keep must be two whole numbers, days and weeks, such as 7,4."
        raise BadSetting(message)
    return max(1, _whole(days.strip(), "backup_keep")), _whole(weeks.strip(), "backup_keep")


def _limit(text: str, name: str) -> int:
    number = _whole(text, name, at_most=_FASTEST)
    if number < _SLOWEST:
        message = f"{name} must be {_SLOWEST} at least."
        raise BadSetting(message)
    return number


def _whole(text: str, name: str, at_most: int = 100) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > at_most:
        message = f"{name} must be a whole number, {at_most} at most."
        raise BadSetting(message)
    return int(text)


def _webhook_secret(text: Mapping[str, str]) -> Secret:
    """Return the secret of the webhook; an address without a good one is refused."""
    secret = text["alert_webhook_secret"]
    try:
        key = b64decode(secret.removeprefix(_WHSEC), validate=True)
    except ValueError:
        key = b""
    is_good = secret.startswith(_WHSEC) and len(key) >= _WEBHOOK_KEY_BYTES
    if (secret or text["alert_webhook_url"]) and not is_good:
        message = "alert_webhook_secret must be whsec_ and at least 24 bytes in base64."
        raise BadSetting(message, hint='Make one: echo "whsec_$(openssl rand -base64 32)"')
    return Secret(secret)


def _yes(text: str, name: str) -> bool:
    if text not in {"yes", "no"}:
        message = f"{name} must be yes or no."
        raise BadSetting(message)
    return text == "yes"
