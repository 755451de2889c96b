"""Ending with the process that started us, even when that one was killed and could say nothing.

`candor run` holds the other end of its children's standard input. The end of it, which the
system sends however the parent ended, asks the child to stop: otherwise it would go on alone
and keep the port.
"""

import os
import signal
from threading import Thread
from typing import Annotated, Final

import typer

OPTION: Final = "--with-parent"
_STANDARD_INPUT: Final = 0
WithParent = Annotated[
    bool, typer.Option(OPTION, hidden=True, help="Stop when standard input ends.")
]


def stop_with_parent() -> None:
    """Send ourselves TERM when standard input ends."""
    Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    # Not through sys.stdin: its lock would be held for ever, in forked processes too.
    while os.read(_STANDARD_INPUT, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
