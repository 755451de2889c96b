"""Write what the migrations come to: schema.sql and the list of checksums.

`python -m tools.snapshot`, after each new migration. The schema is written by PostgreSQL's own
pg_dump from a migrated database and freed of everything that differs from run to run, so that
two snapshots of one schema are equal to the byte; the tests of the schema compare both files.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from candor.infra.db.embedded import EmbeddedPostgres
from candor.infra.db.migrate import migrate, shipped

ROOT: Final = Path(__file__).resolve().parents[1]
SCHEMA: Final = ROOT / "src/candor/schema/schema.sql"
CHECKSUMS: Final = ROOT / "tests/schema/checksums.txt"

# The tables of the job queue come with its package and change with its version, not with ours.
_LEFT_OUT: Final = ("jobs",)
_NOISE: Final = re.compile(
    r"^(?:--\n-- .*\n--|\\(?:un)?restrict .*|ALTER .* OWNER TO postgres;|SET .*"
    r"|SELECT pg_catalog\.set_config.*|-- Dumped (?:from|by) .*)\n",
    re.MULTILINE,
)
_HEADER: Final = """\
-- The whole schema, as the migrations make it. Written by: python -m tools.snapshot
-- To change it, write a migration; then write this file again.
"""


def take(bin_path: Path, owner_url: str) -> str:
    """Return the schema of a database as SQL, the same text for the same schema.

    Owners other than the database's own stay in it: who owns subject keys is the point.

    Args:
        bin_path: the folder of PostgreSQL's programs, of the server's own version.
        owner_url: the database, as its owner.

    Raises:
        subprocess.CalledProcessError: pg_dump could not read the database.
    """
    command = [str(bin_path / "pg_dump"), "--schema-only", f"--dbname={owner_url}"]
    command += [f"--exclude-schema={name}" for name in _LEFT_OUT]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    text = _NOISE.sub("", dumped)
    return _HEADER + re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def main() -> None:
    """Migrate an empty database of a throw-away server and write down the result."""
    with tempfile.TemporaryDirectory(prefix="candor-") as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            urls = server.urls("candor")
            migrate(urls.owner)
            SCHEMA.write_text(take(server.bin_path, urls.owner), encoding="utf-8")
        finally:
            server.stop()
    lines = [f"{migration.checksum}  {migration.name}\n" for migration in shipped()]
    CHECKSUMS.write_text("".join(lines), encoding="utf-8")
    print(f"{SCHEMA.relative_to(ROOT)}, {CHECKSUMS.relative_to(ROOT)}: {len(lines)} migrations")


if __name__ == "__main__":
    main()
