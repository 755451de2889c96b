"""Names of what happens to the catalogue, as the audit log knows them."""

from typing import Final

APPLIED: Final = "catalogue.applied"
