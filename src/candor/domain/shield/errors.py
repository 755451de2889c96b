"""Why the shield refuses something."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class NoSuchAlert(Refused):
    """There is no such alert, or somebody has settled it already."""

    code: ClassVar[str] = "shield.no_such_alert"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor alerts list"


class NoSuchMeasure(Refused):
    """This measure is not in force any more."""

    code: ClassVar[str] = "shield.no_such_measure"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NoSuchCanary(Refused):
    """There is no such canary, or it was taken in already."""

    code: ClassVar[str] = "shield.no_such_canary"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor canary list"


class ExportStopped(Refused):
    """Nothing is handed out in bulk for you at the moment, because of a security alert."""

    code: ClassVar[str] = "shield.export_stopped"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Speak with whoever looks after security: they can lift this."
