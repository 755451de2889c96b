"""Documents that earlier versions of Candor stored, brought to today's form. Pure.

What was applied is never rewritten: its digest stands in the audit log. So it is read as it is and
brought up here, each change of form once.
"""

from typing import Any, Final, cast

import msgspec

from candor.domain.catalogue.model import Document

# Until purposes named their roles, `for_staff` meant: whoever may open people.
_WHO_OPENED_PEOPLE: Final = ("admin", "privacy", "security", "support")
_FOR_STAFF: Final = "for_staff"


def read_stored(document: str) -> Document:
    """Return a stored document, whichever version of Candor wrote it.

    Raises:
        msgspec.ValidationError: no version of Candor wrote this.
    """
    if f'"{_FOR_STAFF}"' not in document:
        return msgspec.json.decode(document, type=Document)
    plain = cast("dict[str, Any]", msgspec.json.decode(document))
    for purpose in plain["purposes"]:
        if purpose.pop(_FOR_STAFF, False) is True:
            purpose["roles"] = _WHO_OPENED_PEOPLE
    return msgspec.convert(plain, type=Document)
