"""How fast one caller may ask: requests of an address to pages, calls of a key to the API.

The numbers are settings; they are far above what people and honest programs do. The limits are
counted in memory (`shield.service.meters`), so that no page waits for a row because of them.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, cast

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from candor.domain.consent.service import links
from candor.domain.shield.model.limit import Limit
from candor.domain.shield.service.meters import Meters
from candor.infra.settings import Settings
from candor.surface.plain.caller import caller_of

_MINUTE: Final = timedelta(minutes=1)
_FREE: Final = "/static/"  # kept by browsers for ever, and served from memory
# Forms of somebody who is not signed in look up or write secrets: a twentieth of all. Not so for
# stopping mail: mail programs do it for their people, many from one address, and nobody may wait.
_ROOMY: Final = f"{links.PATH}/"
_STRICT_PART: Final = 20
_UNKNOWN_KEYS: Final = Limit("keys.unknown", 30, _MINUTE)
_EVERYTHING_ELSE_PART: Final = 10  # of what decisions may be asked


class Pace:
    """The limits of one process."""

    def __init__(self, settings: Settings, meters: Meters) -> None:
        """Take the numbers, and what counts."""
        self._meters = meters
        self._trusted_proxies = settings.trusted_proxies
        self._pages = Limit("web.address", settings.web_limit, _MINUTE)
        strict = max(1, settings.web_limit // _STRICT_PART)
        self._strict = Limit("web.strict", strict, _MINUTE)
        self._decisions = Limit("api.decisions", settings.api_limit, _MINUTE)
        others = max(1, settings.api_limit // _EVERYTHING_ELSE_PART)
        self._others = Limit("api.others", others, _MINUTE)

    def __deepcopy__(self, memo: dict[int, object]) -> "Pace":
        """Stay the same: the framework copies guards with what they are bound to, pools too."""
        del memo
        return self

    async def guard(
        self,
        connection: ASGIConnection[BaseRouteHandler, object, object, State],
        handler: BaseRouteHandler,
    ) -> None:
        """Let a request to a page through, unless its address asks too fast.

        Raises:
            TooFast: it does.
        """
        scope = cast("Mapping[str, object]", connection.scope)
        path = str(scope["path"])
        if path.startswith(_FREE):
            return
        address = self._address(scope)
        self._meters.take(self._pages, address)
        is_form = scope["method"] == "POST" and "public" in handler.opt
        if is_form and not path.startswith(_ROOMY):
            self._meters.take(self._strict, address)

    def call(self, key: str, *, is_decision: bool) -> None:
        """Count a call of a key to the API.

        Raises:
            TooFast: it calls too fast.
        """
        self._meters.take(self._decisions if is_decision else self._others, key)

    def before_key(self, scope: Mapping[str, object]) -> None:
        """Let a key be looked up that is not known here, unless its address tried many.

        Raises:
            TooFast: it did.
        """
        self._meters.require(_UNKNOWN_KEYS, self._address(scope))

    def wrong_key(self, scope: Mapping[str, object]) -> None:
        """Count a key that is none.

        Raises:
            TooFast: one more than fits; answered like any other from now on.
        """
        self._meters.take(_UNKNOWN_KEYS, self._address(scope))

    def _address(self, scope: Mapping[str, object]) -> str:
        headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        client = cast("tuple[str, int] | None", scope.get("client"))
        return caller_of(headers, client, self._trusted_proxies).address
