"""What is done with a connection: started, paused, stopped, checked, sent again, put right."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.connections.errors import (
    BadConnection,
    NotLetIn,
    Unreached,
    VendorNotInForce,
    WrongState,
)
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Spec, Taken
from candor.domain.connections.service import (
    applying,
    comparing,
    connecting,
    delivering,
    routing,
    steering,
    testing,
)
from candor.domain.connections.service.steering import Outlook
from candor.infra.http import OutboundRefused
from candor.surface.console import words
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import url_of
from candor.surface.console.connections.routes import PLACE, shown, spec_of
from candor.surface.console.connections.views import ActPage, Entry
from candor.surface.console.desk import Desk, Page, actor_of
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

_MAY: Final = {"permission": Permission.CONNECTIONS_MANAGE}
_RISKY: Final = {
    "permission": Permission.CONNECTIONS_MANAGE, "proof": "decides who is told about people",
}  # fmt: skip
_TEMPLATE: Final = "console/connection_act.html"
_CONFLICT: Final = 409
_INVALID: Final = 400
_UNREACHED: Final = 502
_ONE: Final = "/connections/{connection_id:uuid}"
_SECRET: Final = "secret-"  # noqa: S105 - before the name of a secret, in the name of its field


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of acts."""
    return [*_moving(desk), *_sending(desk), *_proving(desk), *_testing(desk), *_sealing(desk)]


def _moving(desk: Desk) -> list[HTTPRouteHandler]:
    @post(f"{_ONE}/start", opt=_RISKY)
    async def start(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Start or resume it."""
        return await _moved(desk, request, connection_id, steering.start, "started")

    @post(f"{_ONE}/pause", opt=_MAY)
    async def pause(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Hold it."""
        return await _moved(desk, request, connection_id, steering.pause, "paused")

    @get(f"{_ONE}/stop", opt=_MAY)
    async def ask_stop(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Say in numbers what stopping does."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await connecting.find(tx, connection_id)
            seen = await steering.outlook(tx, connection_id)
            url = url_of(connection_id)
            view = ActPage(
                title=f"Stop {one.name}",
                eyebrow=naming.state(one)[0],
                back_url=url,
                post_url=f"{url}/stop",
                csrf_token=visit.csrf_token,
                effects=_stopping(one.name, seen),
                button="Stop it",
            )
            return await desk.show(tx, visit, PLACE, _TEMPLATE, view)

    @post(f"{_ONE}/stop", opt=_RISKY)
    async def stop(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Have everybody removed there, then end."""
        return await _moved(desk, request, connection_id, steering.stop, "stopping")

    return [start, pause, ask_stop, stop]


def _sending(desk: Desk) -> list[HTTPRouteHandler]:
    @get(f"{_ONE}/replay", opt=_MAY)
    async def ask_replay(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Ask from when on; say what it means."""
        return await _replay_page(desk, desk.visit(request), connection_id)

    @post(f"{_ONE}/replay", opt=_MAY)
    async def replay(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Compare people anew with what it holds."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        text = fields.get("since", "")
        since = _instant(text)
        if text and since is None:
            error = "This is no day and hour. Leave it empty for everybody."
            return await _replay_page(desk, visit, connection_id, error=error)
        async with desk.acting(visit) as tx:
            await routing.replay(
                tx,
                connection_id,
                since,
                actor=actor_of(visit),
                exchange=desk.services.exchange,
            )
        return see_other(f"{url_of(connection_id)}?done=replayed")

    @post(f"{_ONE}/deliveries/retry", opt=_MAY)
    async def retry(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Try one parked delivery again, or all."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        which = _uuid(fields.get("delivery", ""))
        async with desk.acting(visit) as tx:
            await connecting.find(tx, connection_id)
            await delivering.retry(
                tx, connection_id, which, actor=actor_of(visit), clock=desk.clock
            )
        return see_other(f"{url_of(connection_id)}/deliveries?done=retried")

    @get(f"{_ONE}/deliveries/drop", opt=_MAY)
    async def ask_drop(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Say how many parked deliveries would be given up."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await connecting.find(tx, connection_id)
            seen = await steering.outlook(tx, connection_id)
            url = f"{url_of(connection_id)}/deliveries"
            view = ActPage(
                title="Give up what is parked",
                eyebrow=one.name,
                back_url=url,
                post_url=f"{url}/drop",
                csrf_token=visit.csrf_token,
                effects=(
                    words.counted(seen.parked, "delivery is", "deliveries are") + " given up.",
                    f"{one.name} keeps what it holds about these people.",
                    "The next change of one of them begins a new delivery.",
                ),
                button="Give them up",
            )
            return await desk.show(tx, visit, PLACE, _TEMPLATE, view)

    @post(f"{_ONE}/deliveries/drop", opt=_MAY)
    async def drop(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Give one parked delivery up, or all."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        which = _uuid(fields.get("delivery", ""))
        async with desk.acting(visit) as tx:
            await connecting.find(tx, connection_id)
            await delivering.drop(
                tx, connection_id, which, actor=actor_of(visit), clock=desk.clock
            )
        return see_other(f"{url_of(connection_id)}/deliveries?done=dropped")

    return [ask_replay, replay, retry, ask_drop, drop]


def _proving(desk: Desk) -> list[HTTPRouteHandler]:
    @post(f"{_ONE}/check", opt=_MAY)
    async def check(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Find out whether it answers and lets us in; nothing changes anywhere."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await connecting.find(tx, connection_id)
        try:
            await connecting.check(one, exchange=desk.services.exchange)
        except Unreached as away:
            return await _wrong(desk, visit, connection_id, naming.problem(away.problem))
        except (NotLetIn, OutboundRefused, BadConnection) as wrong:
            return await _wrong(
                desk, visit, connection_id, f"{wrong.message} {wrong.hint}".strip()
            )
        return see_other(f"{url_of(connection_id)}?done=checked")

    @post(f"{_ONE}/compare", opt=_MAY)
    async def compare(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Have their refusals held against ours; what differs is put right towards no."""
        await desk.form(request)
        visit = desk.visit(request)
        exchange = desk.services.exchange
        try:
            async with desk.acting(visit) as tx:
                await comparing.ask(tx, connection_id, actor=actor_of(visit), exchange=exchange)
        except WrongState as wrong:
            said = f"{wrong.message} {wrong.hint}".strip()
            return await _wrong(desk, visit, connection_id, said)
        return see_other(f"{url_of(connection_id)}?done=compared")

    return [check, compare]


def _testing(desk: Desk) -> list[HTTPRouteHandler]:
    @get(f"{_ONE}/test", opt=_MAY)
    async def ask_test(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Say to whom a test goes: whoever asks for it."""
        return await _test_page(desk, desk.visit(request), connection_id)

    @post(f"{_ONE}/test", opt=_MAY)
    async def test(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Send a message to whoever asks."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            outcome = await testing.send_test(
                desk.services.exchange,
                connection_id,
                visit.member.staff_id,
                number=fields.get("number", "").strip() or None,
            )
        except Unreached as away:
            said = naming.problem(away.problem)
            return await _test_page(desk, visit, connection_id, error=said, status=_UNREACHED)
        except (NotLetIn, OutboundRefused, BadConnection, WrongState) as wrong:
            said = f"{wrong.message} {wrong.hint}".strip()
            return await _test_page(desk, visit, connection_id, error=said)
        if not isinstance(outcome, Taken):
            said = f"It was not taken: {naming.problem(outcome.problem)}."
            return await _test_page(desk, visit, connection_id, error=said, status=_UNREACHED)
        return see_other(f"{url_of(connection_id)}?done=tested")

    return [ask_test, test]


def _sealing(desk: Desk) -> list[HTTPRouteHandler]:
    @get(f"{_ONE}/secrets", opt=_RISKY)
    async def ask_secrets(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Ask for secrets; those that are set are not shown."""
        return await _secrets_page(desk, desk.visit(request), connection_id)

    @post(f"{_ONE}/secrets", opt=_RISKY)
    async def secrets(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Seal what was typed; what is empty stays as it is."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        given = {
            name.removeprefix(_SECRET): text
            for name, text in fields.items()
            if name.startswith(_SECRET) and text
        }
        try:
            async with desk.acting(visit) as tx:
                await applying.set_secrets(
                    tx,
                    connection_id,
                    given,
                    actor=actor_of(visit),
                    exchange=desk.services.exchange,
                )
        except BadConnection as wrong:
            said = f"{wrong.message} {wrong.hint}".strip()
            return await _secrets_page(desk, visit, connection_id, error=said)
        return see_other(f"{url_of(connection_id)}?done=secrets")

    return [ask_secrets, secrets]


async def _moved(
    desk: Desk,
    request: AnyRequest,
    connection_id: UUID,
    verb: Any,  # noqa: ANN401 - one of steering
    done: str,
) -> Page:
    """Do one step; somebody who comes late gets the page with what stands now."""
    await desk.form(request)
    visit = desk.visit(request)
    try:
        async with desk.acting(visit) as tx:
            await verb(tx, connection_id, actor=actor_of(visit), clock=desk.clock)
    except (WrongState, VendorNotInForce) as wrong:
        said = f"{wrong.message} {wrong.hint}".strip()
        return await _wrong(desk, visit, connection_id, said, status=_CONFLICT)
    return see_other(f"{url_of(connection_id)}?done={done}")


async def _wrong(
    desk: Desk, visit: Visit, connection_id: UUID, said: str, *, status: int = _UNREACHED
) -> Response[str]:
    return await shown(desk, visit, connection_id, said=None, wrong=said, status=status)


def _stopping(name: str, seen: Outlook) -> tuple[str, ...]:
    people = words.counted(seen.people, "person is", "people are")
    waiting = words.counted(seen.waiting, "delivery that waits", "deliveries that wait")
    return (
        f"{people} removed at {name}; each removal is acknowledged or stays on this page.",
        f"{waiting} and {seen.parked:,} parked ones are settled by that, or given up.",
        "Nothing else goes there any more, and it is heard no more.",
        "It ends by itself when the last removal was acknowledged.",
    )


async def _replay_page(
    desk: Desk, visit: Visit, connection_id: UUID, *, error: str | None = None
) -> Response[str]:
    async with desk.reading(visit) as tx:
        one = await connecting.find(tx, connection_id)
        seen = await steering.outlook(tx, connection_id)
        url = url_of(connection_id)
        people = words.counted(seen.people, "person", "people")
        view = ActPage(
            title=f"Send again to {one.name}",
            eyebrow=naming.state(one)[0],
            back_url=url,
            post_url=f"{url}/replay",
            csrf_token=visit.csrf_token,
            effects=(
                f"It holds {people} by our books. Each is compared with it anew.",
                "Only what differs is sent; whoever agrees costs nothing there.",
                "Changes of mind still go first.",
            ),
            button="Compare and send",
            look="",
            entries=(
                Entry(
                    "since",
                    "Only those who changed since (UTC)",
                    type="datetime-local",
                    hint="Empty: everybody.",
                ),
            ),
            error=error,
        )
        status = _INVALID if error else 200
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=status)


async def _test_page(
    desk: Desk,
    visit: Visit,
    connection_id: UUID,
    *,
    error: str | None = None,
    status: int = _INVALID,
) -> Response[str]:
    async with desk.reading(visit) as tx:
        one = await connecting.find(tx, connection_id)
        spec = spec_of(desk, one.adapter)
        view = _test_view(one, spec, visit, error)
        shown_as = status if error else 200
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=shown_as)


def _test_view(one: Connection, spec: Spec | None, visit: Visit, error: str | None) -> ActPage:
    url = url_of(one.connection_id)
    to_number = spec is not None and spec.channel == "phone"
    return ActPage(
        title=f"Send a test by {one.name}",
        eyebrow=naming.state(one)[0],
        back_url=url,
        post_url=f"{url}/test",
        csrf_token=visit.csrf_token,
        effects=(
            "One message goes to the number that you type; it is not kept."
            if to_number
            else "One message goes to your own work address, and to nobody else.",
            "It is written down that you asked for it.",
        ),
        button="Send it",
        look="",
        entries=(
            Entry(
                "number",
                "Number of your telephone",
                type="tel",
                hint="With the code of its country: +49 …",
                is_required=True,
            ),
        )
        if to_number
        else (),
        error=error,
    )


async def _secrets_page(
    desk: Desk, visit: Visit, connection_id: UUID, *, error: str | None = None
) -> Response[str]:
    async with desk.reading(visit) as tx:
        one = await connecting.find(tx, connection_id)
        spec = spec_of(desk, one.adapter)
        url = url_of(connection_id)
        view = ActPage(
            title=f"Secrets of {one.name}",
            eyebrow="They are sealed, and shown to nobody again.",
            back_url=url,
            post_url=f"{url}/secrets",
            csrf_token=visit.csrf_token,
            effects=(
                "What you type takes the place of what is set; what stays empty stays.",
                "The next call proves itself with it.",
            ),
            button="Set them",
            look="",
            entries=tuple(
                Entry(
                    f"{_SECRET}{secret.name}",
                    secret.title,
                    hint=secret.hint,
                    type="area" if secret.kind == "long" else "password",
                )
                for secret in (spec.secrets if spec else ())
            ),
            error=error,
        )
        status = _INVALID if error else 200
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=status)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID | None:
    """Return which delivery is meant; what names nothing means none, never all."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
