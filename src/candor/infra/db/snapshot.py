"""The schema as one readable file: what migrating from zero comes to.

Written by PostgreSQL's own pg_dump from a migrated database and freed of everything that differs
from run to run, so that two snapshots of one schema are equal to the byte. `schema.sql` in this
form is kept beside the migrations; a test compares it with migrating from zero.
"""

import re
import subprocess
from pathlib import Path
from typing import Final

# The tables of the job queue come with its package and change with its version, not with ours.
_LEFT_OUT: Final = ("jobs",)
_NOISE: Final = re.compile(
    r"^(?:--\n-- .*\n--|\\(?:un)?restrict .*|-- Dumped (?:from|by) .*|ALTER .* OWNER TO postgres;"
    r"|SET .*|SELECT pg_catalog\.set_config.*)\n",
    re.MULTILINE,
)
_HEADER: Final = """\
-- The whole schema, as the migrations make it. Written by: candor db snapshot
-- To change it, write a migration; then write this file again.
"""


def take(bin_path: Path, owner_url: str) -> str:
    """Return the schema of a database as SQL, the same text for the same schema.

    Args:
        bin_path: the folder of PostgreSQL's programs, of the server's own version.
        owner_url: the database, as its owner.

    Raises:
        subprocess.CalledProcessError: pg_dump could not read the database.
    """
    command = [str(bin_path / "pg_dump"), "--schema-only", f"--dbname={owner_url}"]
    command += [f"--exclude-schema={name}" for name in _LEFT_OUT]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own program, no shell
    text = _NOISE.sub("", dumped)
    return _HEADER + re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"
