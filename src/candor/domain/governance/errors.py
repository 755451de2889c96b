"""What governance refuses."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class NoSuchVendor(Refused):
    """There is no such vendor."""

    code: ClassVar[str] = "governance.no_such_vendor"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "Look at the list: candor vendor list"


class BadVendor(Refused):
    """Something in this vendor's record is missing or makes no sense."""

    code: ClassVar[str] = "governance.bad_vendor"
    default_hint: ClassVar[str] = "The message names the place; correct it and try again."


class VendorEnded(Refused):
    """This vendor was off-boarded; it does not come back under the same record."""

    code: ClassVar[str] = "governance.vendor_ended"
    kind: ClassVar[Kind] = Kind.CONFLICT
    default_hint: ClassVar[str] = "Add it anew, with its new contract."
