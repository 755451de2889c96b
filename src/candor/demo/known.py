"""What pages of the demo may know about it: whom they show, and the key of its pages."""

import json
from pathlib import Path
from typing import Final

# A household with accounts in shop and app, a loyalty card and a record at customer service.
CUSTOMER: Final = ("customer_number", "N100733")
PAGES: Final = "web"


def keys_file(home: Path) -> Path:
    """Return the file in which the demo keeps its write keys."""
    return home / "keys" / "demo_write_keys.json"


def page_key(home: Path) -> str | None:
    """Return the public write key of the shop's pages; None before the demo is prepared."""
    try:
        keys = json.loads(keys_file(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    key = keys.get(PAGES)
    return key if isinstance(key, str) else None
