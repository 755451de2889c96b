"""What commands say, and how."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console
from rich.markup import escape

from candor.kernel.errors import CandorError

out: Final = Console(highlight=False)
err: Final = Console(stderr=True, highlight=False)


def complain(error: CandorError) -> None:
    """Say what went wrong and what to do next, without a traceback."""
    err.print(f"[red]✗[/] {escape(error.message)}")
    if error.hint:
        err.print(f"  {escape(error.hint)}")


def step(text: str) -> None:
    """Say what is being done."""
    out.print(f"[green]▸[/] {escape(text)}")


def entry(title: str, rows: Mapping[str, str]) -> None:
    """Say one thing of a list whole, for what a table of a terminal's width would cut off."""
    out.print(f"[bold]{escape(title)}[/]", soft_wrap=True)
    for name, value in rows.items():
        out.print(f"  {name:<16}{escape(value)}", soft_wrap=True)
