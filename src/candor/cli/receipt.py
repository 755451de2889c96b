"""`candor receipt`: find out whether a receipt is genuine, and what it says. Needs no database."""

from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Annotated, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from candor.cli.screen import out
from candor.domain.audit.model.checkpoint import Head
from candor.domain.audit.service.notary import Verifiers, notary_of
from candor.domain.audit.service.proving import entry_of
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.logged import is_of
from candor.domain.consent.model.receipt import KIND, Receipt, read
from candor.domain.consent.service.receipts import issuer_of
from candor.infra.jws import BadSignature, Flaw, KeySet, named, opened
from candor.infra.keyring import LocalKeyring
from candor.infra.note import verifier_of
from candor.infra.settings import Settings
from candor.kernel.errors import Refused, Tampered, Unavailable

app: Final = typer.Typer(
    help="Receipts: the signed copies of choices that customers keep.", no_args_is_help=True
)
KEYS_PATH: Final = "/.well-known/candor-keys.json"
_MORE_KEYS: Final = 32
_LARGEST: Final = 1 << 20  # bytes, of a receipt or a set of keys
_WAIT_SECONDS: Final = 10
_CHOICES: Final = {
    Choice.GRANTED: "yes",
    Choice.DENIED: "no",
    Choice.WITHDRAWN: "no more: took the yes back",
}


class NoFile(Refused):
    """The receipt cannot be read from where it should be."""

    code = "receipt.no_file"
    default_hint = "Name the file as it was downloaded: candor-receipt-….jws"


class OtherChoice(Tampered):
    """The proof is of another entry: not of the choice behind this receipt."""

    code = "receipt.other_choice"
    default_hint = "Ask for the proof of this very record; its number stands in the receipt."


class NoKeys(Refused):
    """There are no keys to verify with."""

    code = "receipt.no_keys"
    default_hint = (
        "Give them with --keys: a file, or the address of the company that gave the receipt."
    )


class KeysAway(Unavailable):
    """The keys could not be fetched."""

    code = "receipt.keys_away"
    default_hint = (
        f"Fetch {KEYS_PATH} from the company's address and give the file with --keys."
    )


@app.callback()
def _group() -> None:
    """Keep `verify` a command of a group, though it is the only one."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt, as it was downloaded")],
    keys: Annotated[
        str,
        typer.Option(
            help="Public keys: a file, or the address of a server; empty: this installation's"
        ),
    ] = "",
    log: Annotated[
        Path | None,
        typer.Option(help="Proof that the choice stands in the audit log: a .tlog-proof file"),
    ] = None,
    log_key: Annotated[
        str,
        typer.Option(help="Key of the log, as /trust/log shows it; empty: this installation's"),
    ] = "",
) -> None:
    """Say who chose what, when and under which words; or what is wrong, and end with 1."""
    text = text_of(file)
    signed = opened(text, named(keys_of(keys)), kind=KIND)
    try:
        receipt = read(signed.payload)
    except msgspec.DecodeError:
        message = "The signature holds, but this is no receipt that this version can read."
        raise BadSignature(Flaw.MALFORMED, message, "Use the newest Candor.") from None
    under = _place_in(log, log_key, receipt) if log else None
    out.print("[green]✓[/] Genuine: it is exactly what was signed.")
    if under:
        out.print(f"[green]✓[/] The choice stands in the log of {under.origin}, ", end="")
        out.print(f"under the head of {under.size} entries.")
    out.print(_told(receipt, signed.header.kid))


def _place_in(file: Path, key: str, receipt: Receipt) -> Head:
    """Return the head of the log under which the choice behind a receipt stands.

    Raises:
        NoFile, BadNote, BadProof, BadCheckpoint: the proof is none.
        OtherChoice: it proves something else.
    """
    try:
        text = file.read_bytes()[:_LARGEST].decode()
    except (OSError, UnicodeDecodeError):
        raise NoFile(f"{file} cannot be read.") from None
    line, head = entry_of(text, _verifiers(key))
    if not is_of(line, receipt):
        raise OtherChoice
    return head


def _verifiers(key: str) -> Verifiers:
    """Return who may have signed the log: whoever is named, or this installation."""
    if key:
        return Verifiers((verifier_of(key),), is_named=True)
    settings = Settings.load()
    if not settings.keyring.is_file():
        raise NoKeys("This installation has no keyring.", hint="Give the key with --log-key.")
    keyring = LocalKeyring(settings.keyring)
    return notary_of(keyring, number=1 + _MORE_KEYS, public_url=settings.public_url).known


def text_of(file: Path) -> str:
    """Return the statement in a file; one line end after it is forgiven, nothing else."""
    try:
        raw = file.read_bytes()
    except OSError:
        raise NoFile(f"{file} cannot be read.") from None
    return raw[:_LARGEST].decode("latin-1").removesuffix("\n").removesuffix("\r")


def keys_of(given: str) -> KeySet:
    """Return public keys: of a file, of a server, or of this installation when none is named."""
    if given.startswith(("http://", "https://")):
        raw = _fetched(given)
    elif given:
        path = Path(given)
        if not path.is_file():
            raise NoKeys(f"There is no {given}.")
        raw = path.read_bytes()
    else:
        return _own()
    try:
        return msgspec.json.decode(raw, type=KeySet)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NoKeys("What was given is no set of keys.") from None


def _own() -> KeySet:
    """Return the keys of this installation. Never makes a keyring: it would verify nothing."""
    settings = Settings.load()
    if not settings.keyring.is_file():
        raise NoKeys("This installation has no keyring.")
    keyring = LocalKeyring(settings.keyring)
    # Which one signs now, the database knows; no other root could have made any of them.
    number = settings.receipt_key + _MORE_KEYS
    return issuer_of(keyring, number=number, choose_at="").keys


def _fetched(address: str) -> bytes:
    """Return the keys that a server publishes; an address without a path is completed."""
    if urlsplit(address).path in {"", "/"}:
        address = address.rstrip("/") + KEYS_PATH
    try:
        with urlopen(address, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 - http or https, as checked
            return answer.read(_LARGEST)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise KeysAway from error


def _told(receipt: Receipt, key: str) -> Table:
    """Return what a receipt says, line by line."""
    processing, event = receipt.processing, receipt.event
    notice = processing.privacy_notice
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    controller = receipt.party[0]
    who = f"{receipt.pii_principal_id}\nA pseudonym: only {controller.party_name} knows whose."
    if event.entity_id != receipt.pii_principal_id:
        who += f"\nChosen for them by their guardian, {event.entity_id}."
    exact = (
        "exactly these words were shown"
        if notice.is_exact
        else "words that were in force; which were shown is not recorded"
    )
    rows = {
        "who": who,
        "said": _CHOICES[event.choice],
        "to": f"{notice.title}\n{notice.plain}",
        "when": f"{_moment(event.event_time)}, {event.surface}",
        "words": f"{notice.notice_id}\nedition {notice.edition}, {notice.language}; {exact}",
        "law": " · ".join(
            filter(
                None,
                (
                    processing.applicable_law or "unknown: the strictest counts",
                    processing.lawful_basis.code.replace("_", " "),
                    processing.lawful_basis.term,
                ),
            )
        ),
        "data": ", ".join(data.title for data in processing.pii_information) or "none",
        "goes to": ", ".join(processing.recipient_third_parties) or "nobody outside",
        "kept for": processing.retention_period,
        "counts until": _moment(event.valid_until)
        if event.valid_until
        else "they say otherwise",
        "to be changed at": processing.withdrawal_method.address,
        "answers": ", ".join(
            filter(
                None,
                (controller.party_name, controller.party_address, controller.party_contact),
            )
        ),
        "signed with": key,
    }
    for name, value in rows.items():
        table.add_row(name, escape(value))
    return table


def _moment(instant: str) -> str:
    return f"{datetime.fromisoformat(instant):%Y-%m-%d %H:%M:%S} UTC"
