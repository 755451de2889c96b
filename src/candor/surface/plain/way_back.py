"""Where to go after a sign-in or a proof: only to a page of ours, so that no link leads astray."""

import re
from typing import Final

# What an address within this host may hold; no second stroke, no backslash, no control sign, which
# browsers read as another host.
_PATH: Final = re.compile(
    r"/[A-Za-z0-9._~!$&'()*+,;=:@%-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*"
)
_QUERY: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_LONGEST: Final = 500


def way_back(wanted: str, home: str) -> str:
    """Return the address that was wanted when it lies under `home`; else `home` itself."""
    path, _, query = wanted[: _LONGEST + 1].partition("?")
    is_ours = path == home or path.startswith(f"{home}/")
    has_dots = any(part in {".", ".."} for part in path.split("/"))
    is_clean = _PATH.fullmatch(path) and _QUERY.fullmatch(query) and len(wanted) <= _LONGEST
    return wanted if is_ours and is_clean and not has_dots else home
