"""`candor keys recovery`: copies for the day the keyring is lost, tried before that day.

The recovery copy holds the root of the fixed keys and no key of an epoch, so that keeping it
undoes no erasure; the keys of the living epochs are in the file that the setting `keyring_copy`
names. See docs/howto/keys.md.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final

import typer

from candor.cli.place import Place, reached, services
from candor.cli.screen import out, step
from candor.domain.audit.model import Actor
from candor.domain.vault.service import keys
from candor.domain.vault.service.overview import Overview
from candor.infra.keyring import LocalKeyring, copies, local, shares
from candor.infra.keyring.provider import BrokenKeyring, fingerprint_of
from candor.infra.settings import Settings
from candor.kernel.errors import Kind, Refused

app: Final = typer.Typer(
    help="Copies of the root of all keys: make one, and prove that it restores.",
    no_args_is_help=True,
)
_CLI: Final = Actor.machine("cli")
_Passphrase = Annotated[
    Path | None, typer.Option(help="file with the passphrase; without it you are asked")
]
_Copies = Annotated[
    list[Path],
    typer.Argument(help="the recovery copy, or as many shares as are needed", exists=True),
]


class NotOurs(Refused):
    """This recovery copy is of another installation, or of an older root."""

    code: ClassVar[str] = "cli.not_our_recovery_copy"
    default_hint: ClassVar[str] = "Make a new one: candor keys recovery make FILE"


class KeptElsewhere(Refused):
    """The keys are kept by a key server, and so are copies of them."""

    code: ClassVar[str] = "cli.keys_kept_elsewhere"
    default_hint: ClassVar[str] = (
        "Back up OpenBao or Vault, and its unseal keys, as it advises."
    )


class FileThere(Refused):
    """There is such a file already."""

    code: ClassVar[str] = "cli.file_there"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Choose another name; nothing was overwritten."


def standing(seen: Overview) -> list[tuple[bool, str]]:
    """Say whether a loss of the keyring could be made good: well or not, and the words."""
    if not seen.needs_copies:
        return [(True, "copies of the keys are the key server's own; back it up")]
    confirmed = seen.root.confirmed_at if seen.root is not None and seen.is_confirmed else None
    told = (
        f"a recovery copy of the root was read back on {confirmed:%Y-%m-%d}"
        if confirmed
        else "no recovery copy of the root was read back: if the keyring is lost, everything "
        "that is sealed is lost. Run: candor keys recovery make FILE, then confirm it"
    )
    match seen.has_copy:
        case True:
            copy = "the copy of the epochs is up to date"
        case False:
            copy = (
                "the copy of the epochs lacks the open one or cannot be read: see keyring_copy"
            )
        case None:
            copy = (
                "no copy of the epochs is kept: with the keyring all names and addresses would be "
                "lost. Set CANDOR_KEYRING_COPY to a file on another disk or machine"
            )
    return [(confirmed is not None, told), (seen.has_copy is True, copy)]


@app.command()
def make(
    file: Annotated[Path, typer.Argument(help="where to write it; with shares, the folder")],
    *,
    shares_: Annotated[
        int, typer.Option("--shares", min=0, max=shares.MOST_SHARES, help="0: one copy")
    ] = 0,
    threshold: Annotated[int, typer.Option(help="how many shares are enough")] = 3,
    passphrase_file: _Passphrase = None,
) -> None:
    """Write a recovery copy of the root, sealed by a passphrase, or split into shares."""
    root = _keyring(Settings.load()).root
    if shares_:
        for share in shares.split(root, shares=shares_, threshold=threshold):
            _write(file / f"share-{share.number}-of-{shares_}.txt", share.text() + "\n")
        step(f"Wrote {shares_} shares to {file}; any {threshold} of them are enough.")
        step("Give each to another person, and delete them here.")
    else:
        passphrase = _passphrase(passphrase_file, is_new=True)
        _write(file, copies.sealed_root(root, passphrase))
        step(f"Wrote {file}. Keep it, and the passphrase, away from this machine and apart.")
    step("Prove that it restores: candor keys recovery confirm …")


@app.command()
def confirm(files: _Copies, *, passphrase_file: _Passphrase = None) -> None:
    """Read a recovery copy back, prove that it restores these keys, and note that."""
    settings = Settings.load()
    keyring = _keyring(settings)
    root = _root(files, passphrase_file)
    if root != keyring.root:
        raise NotOurs
    if settings.keyring_copy is not None:
        keyring.write_copy()
        held = copies.read_epochs(settings.keyring_copy, root)
        if any(held.get(epoch) != keyring.epoch_key(epoch) for epoch in keyring.epochs):
            raise BrokenKeyring
        step(f"It opens {settings.keyring_copy}, with the keys of {len(held)} epochs.")
    with reached(settings) as place:
        asyncio.run(_note(place, fingerprint_of(root)))
    step(f"It holds the root of this installation, {fingerprint_of(root)}. Noted.")
    if settings.keyring_copy is None:
        out.print(standing_without_copy(), soft_wrap=True)


def standing_without_copy() -> str:
    """Say what the root alone cannot bring back."""
    return (
        "[red]✗[/] The root alone brings back signatures and finding people, not what is sealed: "
        "set CANDOR_KEYRING_COPY as well."
    )


def restore(
    files: _Copies,
    *,
    epochs: Annotated[
        Path | None, typer.Option(help="the copy of the epochs (keyring_copy)", exists=True)
    ] = None,
    passphrase_file: _Passphrase = None,
) -> None:
    """Make the keyring anew from its recovery copy; never over one that is there."""
    settings = Settings.load()
    _refuse_transit(settings)
    root = _root(files, passphrase_file)
    held = copies.read_epochs(epochs, root) if epochs is not None else {}
    local.restore(settings.keyring, root, held)
    step(f"Restored root {fingerprint_of(root)} and the keys of {len(held)} epochs.")
    if not held:
        out.print(
            "[red]✗[/] Without the copy of the epochs nothing that is sealed can be opened.",
            soft_wrap=True,
        )
    step("Now look whether it belongs to the database: candor doctor")


def _keyring(settings: Settings) -> LocalKeyring:
    """Return the keyring of this installation. Never makes one."""
    _refuse_transit(settings)
    if not settings.keyring.is_file():
        message = f"There is no keyring at {settings.keyring}."
        raise Refused(message, hint="Restore it: candor keys restore --help")
    return LocalKeyring(settings.keyring, copy=settings.keyring_copy)


def _refuse_transit(settings: Settings) -> None:
    if settings.key_provider != "local":
        raise KeptElsewhere


def _root(files: Sequence[Path], passphrase_file: Path | None) -> bytes:
    """Return the root from a sealed copy, or from shares."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    if texts[0].lstrip().startswith("{"):
        return copies.opened_root(texts[0], _passphrase(passphrase_file, is_new=False))
    return shares.joined([shares.read(text) for text in texts])


def _passphrase(file: Path | None, *, is_new: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return typer.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new)


def _write(path: Path, text: str) -> None:
    """Write a new file for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = f"There is a {path} already."
        raise FileThere(message) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


async def _note(place: Place, fingerprint: str) -> None:
    async with services(place) as candor, candor.database.tx("keys") as tx:
        await keys.confirm(tx, fingerprint, actor=_CLI, clock=candor.clock)
