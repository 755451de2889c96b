"""Write the table: `python -m tools.asvs`."""

from tools.asvs.table import TARGET, written

if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
