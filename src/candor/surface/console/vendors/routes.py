"""Vendors: the list, one vendor with what goes there, its contract, and its end."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission, may
from candor.domain.connections.service import connecting, reading, steering, vendoring
from candor.domain.governance import service as vendors
from candor.domain.governance.errors import BadVendor, VendorEnded
from candor.domain.governance.model import Certificate, Transfer, Wanted
from candor.infra.web import reading as words_of
from candor.surface.console import words
from candor.surface.console.connections.views import ActPage
from candor.surface.console.desk import Desk, Page, actor_of, asked
from candor.surface.console.vendors.filling import (
    URL,
    day_of,
    entries,
    line_of,
    url_of,
    vendor_page,
)
from candor.surface.console.vendors.views import VendorsPage
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

PLACE: Final = "connections/vendors"
_MAY: Final = {"permission": Permission.VENDORS_READ}
_RISKY: Final = {
    "permission": Permission.VENDORS_MANAGE, "proof": "decides to whom data about people goes",
}  # fmt: skip
_ONE: Final = "/connections/vendors/{vendor_id:uuid}"
_INVALID: Final = 400
_SAID: Final[Mapping[str, str]] = {
    "added": "It is added. Nothing goes there before a connection names it.",
    "changed": "Its record is changed.",
    "renewed": "The contract goes on, and so do its connections.",
    "certified": "The certificate stands in its record.",
    "uncertified": "The certificate is out of its record.",
    "ended": "It is off-boarded. Its connections stop, and everybody is removed there.",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of vendors."""
    return [*_listed(desk), *_one(desk), *_ending(desk)]


def _listed(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/connections/vendors", opt=_MAY)
    async def every(request: AnyRequest) -> Response[str]:
        """Show all vendors, and what keeps data from going there."""
        return await _list(desk, desk.visit(request))

    @post("/connections/vendors", opt=_RISKY)
    async def add(request: AnyRequest) -> Page:
        """Add one."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            wanted = _wanted(fields)
            async with desk.acting(visit) as tx:
                which = await vendors.add(
                    tx,
                    fields.get("code", "").strip(),
                    wanted,
                    actor=actor_of(visit),
                    clock=desk.clock,
                )
        except BadVendor as wrong:
            return await _list(desk, visit, fields, f"{wrong.message} {wrong.hint}".strip())
        return see_other(f"{url_of(which)}?done=added")

    return [every, add]


def _one(desk: Desk) -> list[HTTPRouteHandler]:
    @get(_ONE, opt=_MAY)
    async def one(request: AnyRequest, vendor_id: FromPath[UUID]) -> Response[str]:
        """Show one vendor, and what goes there."""
        said = _SAID.get(asked(request, "done"))
        return await _shown(desk, desk.visit(request), vendor_id, said=said)

    @post(f"{_ONE}/change", opt=_RISKY)
    async def change(request: AnyRequest, vendor_id: FromPath[UUID]) -> Page:
        """Change its record; the contract stays."""
        return await _done(desk, request, vendor_id, "changed")

    @post(f"{_ONE}/renew", opt=_RISKY)
    async def renew(request: AnyRequest, vendor_id: FromPath[UUID]) -> Page:
        """Write down that the contract goes on."""
        return await _done(desk, request, vendor_id, "renewed")

    @post(f"{_ONE}/certify", opt=_RISKY)
    async def certify(request: AnyRequest, vendor_id: FromPath[UUID]) -> Page:
        """Put a certificate in, or its new last day."""
        return await _done(desk, request, vendor_id, "certified")

    @post(f"{_ONE}/uncertify", opt=_RISKY)
    async def uncertify(request: AnyRequest, vendor_id: FromPath[UUID]) -> Page:
        """Take a certificate out."""
        return await _done(desk, request, vendor_id, "uncertified")

    return [one, change, renew, certify, uncertify]


def _ending(desk: Desk) -> list[HTTPRouteHandler]:
    @get(f"{_ONE}/end", opt=_RISKY)
    async def ask_end(request: AnyRequest, vendor_id: FromPath[UUID]) -> Response[str]:
        """Say in numbers what off-boarding does."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await vendors.find(tx, vendor_id)
            which = await steering.of_vendor(tx, vendor_id)
            held = await steering.people(tx)
            people = sum(held.get(each, 0) for each in which)
            url = url_of(vendor_id)
            stops = words.counted(len(which), "connection stops", "connections stop")
            gone = words.counted(people, "person is", "people are")
            view = ActPage(
                title=f"Off-board {one.name}",
                eyebrow=one.country,
                back_url=url,
                post_url=f"{url}/end",
                csrf_token=visit.csrf_token,
                effects=(
                    f"{stops} at once; nothing else goes there.",
                    f"{gone} removed there; each removal is acknowledged, or stays visible.",
                    "It does not come back under this record.",
                ),
                button="Off-board it",
            )
            return await desk.show(tx, visit, PLACE, "console/connection_act.html", view)

    @post(f"{_ONE}/end", opt=_RISKY)
    async def end(request: AnyRequest, vendor_id: FromPath[UUID]) -> Page:
        """Off-board it."""
        return await _done(desk, request, vendor_id, "ended")

    return [ask_end, end]


async def _done(desk: Desk, request: AnyRequest, vendor_id: UUID, what: str) -> Page:
    """Do one thing with a vendor; what is wrong is said on its page."""
    fields = await desk.form(request)
    visit = desk.visit(request)
    try:
        await _do(desk, visit, vendor_id, what, fields)
    except (BadVendor, VendorEnded) as wrong:
        said = f"{wrong.message} {wrong.hint}".strip()
        return await _shown(desk, visit, vendor_id, error=said)
    return see_other(f"{url_of(vendor_id)}?done={what}")


async def _do(
    desk: Desk, visit: Visit, vendor_id: UUID, what: str, fields: Mapping[str, str]
) -> None:
    actor, clock = actor_of(visit), desk.clock
    async with desk.acting(visit) as tx:
        before = await vendors.find(tx, vendor_id)
        match what:
            case "changed":
                wanted = _wanted({**fields, "contract": before.contract, "until": ""})
                kept = _with_until(wanted, before.contract_until)
                await vendors.change(tx, vendor_id, kept, actor=actor, clock=clock)
            case "renewed":
                until = _day(fields.get("until", ""))
                where = fields.get("contract", "").strip()
                await vendors.renew(tx, vendor_id, where, until, actor=actor, clock=clock)
            case "certified":
                proof = _certificate(fields)
                await vendors.certify(tx, vendor_id, proof, actor=actor, clock=clock)
            case "uncertified":
                name = fields.get("certificate", "")
                await vendors.uncertify(tx, vendor_id, name, actor=actor, clock=clock)
            case _:
                await vendors.end(tx, vendor_id, actor=actor, clock=clock)
        await vendoring.follow(tx, vendor_id, actor=actor, clock=clock)


def _with_until(wanted: Wanted, until: date | None) -> Wanted:
    return Wanted(
        wanted.name, wanted.country, wanted.transfer, wanted.contact, wanted.contract, until
    )


def _wanted(fields: Mapping[str, str]) -> Wanted:
    transfer = fields.get("transfer", "")
    if transfer not in set(Transfer):
        message = "Say what lets data go there."
        raise BadVendor(message)
    return Wanted(
        name=fields.get("name", ""),
        country=fields.get("country", "").strip().upper(),
        transfer=Transfer(transfer),
        contact=fields.get("contact", ""),
        contract=fields.get("contract", ""),
        contract_until=_day(fields.get("until", "")),
    )


def _certificate(fields: Mapping[str, str]) -> Certificate:
    until = _day(fields.get("valid_until", ""))
    if until is None:
        message = "A certificate has a last day."
        raise BadVendor(message)
    name = fields.get("certificate", "")
    return Certificate(name, until, fields.get("is_required") == "yes")


def _day(text: str) -> date | None:
    try:
        return day_of(text.strip())
    except ValueError:
        message = "That is no day: write year, month, day."
        raise BadVendor(message) from None


async def _list(
    desk: Desk,
    visit: Visit,
    values: Mapping[str, str] | None = None,
    error: str | None = None,
) -> Response[str]:
    today = desk.clock.now().date()
    async with desk.reading(visit) as tx:
        found = await vendors.every(tx)
        used = Counter(one.vendor_id for one in await connecting.every(tx))
        with words_of.reading(desk.reader()):
            view = VendorsPage(
                lines=tuple(line_of(one, today, used[one.vendor_id]) for one in found),
                entries=entries(values=values) if _manages(visit) else (),
                post_url=URL,
                csrf_token=visit.csrf_token,
                error=error,
            )
        status = _INVALID if error else 200
        return await desk.show(tx, visit, PLACE, "console/vendors.html", view, status=status)


async def _shown(
    desk: Desk,
    visit: Visit,
    vendor_id: UUID,
    *,
    said: str | None = None,
    error: str | None = None,
) -> Response[str]:
    async with desk.reading(visit) as tx:
        one = await vendors.find(tx, vendor_id)
        health = [
            each
            for each in await reading.health(tx, clock=desk.clock)
            if each.connection.vendor_id == vendor_id
        ]
        in_force = (await desk.rules(tx)).in_force
        with words_of.reading(desk.reader()):
            view = vendor_page(
                one,
                health,
                in_force,
                today=desk.clock.now().date(),
                may_manage=_manages(visit),
                csrf_token=visit.csrf_token,
                said=said,
                error=error,
            )
        status = _INVALID if error else 200
        return await desk.show(tx, visit, PLACE, "console/vendor.html", view, status=status)


def _manages(visit: Visit) -> bool:
    return may(visit.member.role, Permission.VENDORS_MANAGE)
