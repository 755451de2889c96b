"""The command line: one file per group of commands, sitting on top of everything.

Exit codes: 0 done; 1 something is wrong, said on standard error with what to do; 2 usage.
"""

import sys
from typing import Final

import typer

from candor import VERSION
from candor.cli import (
    agent,
    alerts,
    audit,
    backup,
    canary,
    catalogue,
    config,
    connection,
    connection_sql,
    consent,
    db,
    delivering,
    demo,
    doctor,
    erased,
    key,
    keys,
    receipt,
    retention,
    rights,
    run,
    serve,
    staff,
    vendor,
    work,
)
from candor.cli.screen import complain
from candor.kernel.errors import CandorError

app: Final = typer.Typer(
    name="candor",
    help="Candor: the customer data platform that customers can see into and steer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(agent.app, name="agent")
app.add_typer(alerts.app, name="alerts")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(canary.app, name="canary")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(config.app, name="config")
connection.app.registered_commands += delivering.app.registered_commands
connection.app.registered_commands += connection_sql.app.registered_commands
app.add_typer(connection.app, name="connection")
app.add_typer(consent.app, name="consent")
app.add_typer(db.app, name="db")
app.add_typer(demo.app, name="demo")
app.add_typer(key.app, name="key")
app.add_typer(keys.app, name="keys")
app.add_typer(receipt.app, name="receipt")
app.add_typer(rights.app, name="rights")
app.add_typer(retention.app, name="retention")
app.add_typer(staff.app, name="staff")
app.add_typer(vendor.app, name="vendor")
rights.app.command(name="scan")(erased.scan)
rights.app.command(name="verify")(erased.verify)
app.command(name="run")(run.run)
app.command(name="serve")(serve.serve)
app.command(name="work")(work.work)
app.command(name="doctor")(doctor.doctor)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


def main() -> None:
    """Run a command; say in a sentence what went wrong, and what to do."""
    try:
        app()
    except CandorError as error:
        complain(error)
        sys.exit(1)
