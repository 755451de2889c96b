"""Commands are read when they are asked for, and are what the help says they are."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from candor import cli
from candor.cli import COMMANDS, app, command

SHARED = {  # what several commands work with
    *("__init__", "__main__", "carrying", "connection_sql", "delivering", "demo_crm"),
    *("demo_mail", "demo_push", "demo_requests", "erased", "family", "files", "finding"),
    *("place", "recovery", "screen", "standing_guard"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_what_the_help_says(name: str) -> None:
    found = command(name)
    assert found.name == name
    assert (found.help or "").partition("\n")[0] == COMMANDS[name]


def test_no_file_of_a_command_is_forgotten() -> None:
    assert cli.__file__
    files = {path.stem for path in Path(cli.__file__).parent.glob("*.py")}
    assert files - SHARED == set(COMMANDS)
    assert files >= SHARED


def test_groups_that_fill_several_files_are_whole() -> None:
    assert {"scan", "verify", "list"} <= set(getattr(command("rights"), "commands", ()))
    assert command("rights") is command("rights")


def test_the_help_names_every_command_and_reads_none() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from candor.cli import app;"
        "said = CliRunner().invoke(app, ['--help']).output; print(said);"
        "print('read:', sorted(n for n in sys.modules if n.startswith('candor.')"
        " and n.split('.')[1] in {'app', 'domain', 'surface', 'demo'}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "read: []" in said
    assert all(f" {name} " in said for name in [*COMMANDS, *get_group(app).commands])


def test_a_command_that_does_not_exist_is_refused() -> None:
    found = CliRunner().invoke(app, ["connections"])
    assert found.exit_code == 2
    assert "connections" in found.output
