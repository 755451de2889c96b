"""What every answer says about the way it travels, whichever surface it comes from.

Over TLS a browser is told never to come without it again (RFC 6797; ASVS 5.0 V3.4.1). Put around
everything by the composition root, and only where people come over TLS: on a developer's machine
it would lock the browser out of every other server on that host.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_STRICT: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class OverTLS:
    """An application whose answers tell browsers to stay with TLS."""

    def __init__(self, behind: Application) -> None:
        """Take the application that answers."""
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and mark its answer."""
        if scope["type"] != "http":
            await self._behind(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _STRICT]
            await send(message)

        await self._behind(scope, receive, marked)
