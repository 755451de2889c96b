"""Write what the migrations come to: schema.sql and the list of checksums.

`python -m tools.snapshot`, after each new migration; the tests of the schema compare both.
"""

import tempfile
from pathlib import Path
from typing import Final

from candor.infra.db import snapshot
from candor.infra.db.embedded import EmbeddedPostgres
from candor.infra.db.migrate import migrate, shipped

ROOT: Final = Path(__file__).resolve().parents[1]
SCHEMA: Final = ROOT / "src/candor/schema/schema.sql"
CHECKSUMS: Final = ROOT / "tests/schema/checksums.txt"


def main() -> None:
    """Migrate an empty database of a throw-away server and write down the result."""
    with tempfile.TemporaryDirectory(prefix="candor-") as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            urls = server.urls("candor")
            migrate(urls.owner)
            SCHEMA.write_text(snapshot.take(server.bin_path, urls.owner), encoding="utf-8")
        finally:
            server.stop()
    lines = [f"{migration.checksum}  {migration.name}\n" for migration in shipped()]
    CHECKSUMS.write_text("".join(lines), encoding="utf-8")
    print(f"{SCHEMA.relative_to(ROOT)}, {CHECKSUMS.relative_to(ROOT)}: {len(lines)} migrations")


if __name__ == "__main__":
    main()
