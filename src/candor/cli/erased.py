"""`candor rights scan` and `verify`: whoever was erased is gone, and a certificate is genuine."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from candor.app import office_of
from candor.app.forgetting import means_of
from candor.cli.place import Place, reached, services
from candor.cli.receipt import keys_of, text_of
from candor.cli.screen import out, step
from candor.domain.rights.model import certificate as form
from candor.domain.rights.model.certificate import Certificate
from candor.domain.rights.service.erasure import deep
from candor.domain.rights.service.erasure.deep import Looked
from candor.infra.jws import BadSignature, Flaw, named, opened
from candor.infra.settings import Settings

app: Final = typer.Typer()


@app.command()
def scan() -> None:
    """Look through every row and file for people who were erased; end with 1 when one is found.

    What it looks for is forgotten afterwards, so it concerns the erasures since the last time.
    """
    with reached(Settings.load()) as place:
        looked = asyncio.run(_scanned(place))
    step(
        f"{looked.erasures} erasures, {looked.tables} tables, {looked.rows} rows, "
        f"{looked.files} files"
    )
    for request_id, tables in looked.left.items():
        for table, rows in tables.items():
            out.print(f"[red]✗[/] request {request_id}: {rows} rows in {escape(table)}")
    if not looked.is_clean:
        raise typer.Exit(1)
    out.print("[green]✓[/] Nobody who was erased is left anywhere.")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The certificate, as it was downloaded")],
    keys: Annotated[
        str,
        typer.Option(
            help="Public keys: a file, or the address of a server; empty: this installation's"
        ),
    ] = "",
) -> None:
    """Say what was erased, and by when the last copy is gone; or what is wrong, and end with 1."""
    signed = opened(text_of(file), named(keys_of(keys)), kind=form.KIND)
    try:
        certificate = form.read(signed.payload)
    except msgspec.DecodeError:
        message = "The signature holds, but this is no certificate that this version can read."
        raise BadSignature(Flaw.MALFORMED, message, "Use the newest Candor.") from None
    out.print("[green]✓[/] Genuine: it is exactly what was signed.")
    out.print(_told(certificate, signed.header.kid))


async def _scanned(place: Place) -> Looked:
    async with services(place) as candor:
        return await deep.search(office_of(candor), means_of(candor))


def _told(said: Certificate, key: str) -> Table:
    """Return what a certificate says, line by line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    rows = {
        "company": said.company,
        "request": said.request,
        "law": said.law or "unknown: the strictest counts",
        "asked": said.asked_at,
        "unreadable since": said.unreadable_at,
        "rows gone by": said.purged_at,
        "rows": "\n".join(f"{rows} of {name}" for name, rows in said.gone.items()) or "none",
        "what stays": "\n".join(
            f"{one.rows} of {one.table}: {one.ground}" for one in said.stays
        )
        or "nothing that leads to them",
        "systems outside": "\n".join(one.party for one in said.outside) or "none had to hear",
        "looked for": f"{said.scan.words} words in {said.scan.columns} columns; nothing was left",
        "last backup gone by": said.backups_gone_by
        or "no backups are made by the installation",
        "log": f"{said.log_size} entries were signed before",
        "signed with": key,
    }
    for name, value in rows.items():
        table.add_row(name, escape(value))
    return table
