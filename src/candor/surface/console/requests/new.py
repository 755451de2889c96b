"""Writing down a request that came by mail, telephone, letter or in person; and whose it is.

What was told travels in the body of a POST only. Looking somebody up is an act of its own in the
audit log, whether it finds somebody or not, like on the page People.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import InForce, Regime
from candor.domain.rights.errors import TooManyRequests, UnknownRight, WrongMove
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Channel, Proof, Requester, Right
from candor.domain.rights.service import asking as taking
from candor.domain.rights.service import deciding
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.office import happened
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.console.capture.filling import languages
from candor.surface.console.desk import Desk, Page, actor_of
from candor.surface.console.people.routes import Search, look_up, purposes, read_search
from candor.surface.console.requests import asking, letters, naming, queue
from candor.surface.console.requests.routes import PLACE, page_of
from candor.surface.console.requests.views import ActPage, InputPart, NewPage, SelectPart
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit, short

URL: Final = f"{queue.URL}/new"
_MAY: Final = {
    "permission": Permission.REQUESTS_CAPTURE, "proof": "may begin what cannot be undone",
}  # fmt: skip
_WORK: Final = {
    "permission": Permission.REQUESTS_WORK, "proof": "decides about somebody’s right",
}  # fmt: skip
_INVALID: Final = 400
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_LONGEST_ADDRESS: Final = 320
_OLDEST: Final = timedelta(days=3 * 365)
_CHANNELS: Final = (
    Option(Channel.MAIL, "By e-mail"),
    Option(Channel.PHONE, "By telephone"),
    Option(Channel.LETTER, "By letter"),
    Option(Channel.CONSOLE, "In person"),
)
_REQUESTERS: Final = (
    Option(Requester.SELF, "The person"),
    Option(Requester.GUARDIAN, "A parent or guardian"),
    Option(Requester.AGENT, "Somebody they authorised"),
    Option(Requester.HEIR, "An heir"),
)
_PROOFS: Final = (Option(Proof.NONE, "Nothing was compared: ask them"), *asking.PROOFS)
_LAWS: Final = tuple(Option(regime, naming.LAWS[regime]) for regime in Regime)
_AT_NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and what is wrong with it."""

    values: Mapping[str, str] = field(repr=False)
    errors: Mapping[str, str]
    search: Search | None  # None: nobody is to be looked up


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of writing a request down."""

    @get("/requests/new", opt=_MAY)
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask what came."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, Form({}, {}, None))
            return await desk.show(tx, visit, PLACE, "console/request_new.html", view)

    @post("/requests/new", opt=_MAY)
    async def write_down(request: AnyRequest) -> Page:
        """Look the person up, and take the request; or say what is missing."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            form = _read(fields, in_force, visit.member.role, desk.clock.now())
            found: ProfileId | str | None = None
            if not form.errors and form.search is not None:
                found = await look_up(desk, tx, visit, form.search, in_force)
            if form.errors or isinstance(found, str):
                return await _again(desk, tx, visit, form, found)
        try:
            async with desk.acting(visit) as tx:
                opened = await _take(desk, tx, visit, form, found)
        except (UnknownRight, TooManyRequests, NoKey) as refused:
            said = Form(form.values, {"right": f"{refused.message} {refused.hint}"}, None)
            async with desk.acting(visit) as tx:
                return await _again(desk, tx, visit, said, None)
        done = "again" if opened.is_duplicate else "new"
        return see_other(f"{queue.URL}/{opened.request.request_id}?done={done}")

    return [ask, write_down, *_whose(desk)]


def _whose(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/requests/{request_id:uuid}/person", opt=_WORK)
    async def ask(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Ask by what the person can be found whose request came without."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await _whose_page(desk, tx, visit, request_id, Form({}, {}, None))

    @post("/requests/{request_id:uuid}/person", opt=_WORK)
    async def find(request: AnyRequest, request_id: FromPath[UUID]) -> Page:
        """Say whose a request is."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            await requests.find(tx, request_id)
            search = read_search(dict(fields), in_force, visit.member.role)
            found: ProfileId | str = "form"
            if search.is_good:
                found = await look_up(desk, tx, visit, search, in_force)
            if isinstance(found, str):
                form = Form(fields, _search_errors(search, found), search)
                return await _whose_page(desk, tx, visit, request_id, form)
        try:
            async with desk.acting(visit) as tx:
                await deciding.find_whose(
                    tx,
                    request_id,
                    found,
                    actor=actor_of(visit),
                    office=desk.services.office,
                )
        except (WrongMove, NoKey) as late:
            async with desk.reading(visit) as tx:
                view = await page_of(
                    desk, tx, visit, request_id, refused=letters.too_late(late, None)
                )
                return await desk.show(
                    tx, visit, PLACE, "console/request.html", view, status=_CONFLICT
                )
        return see_other(f"{queue.URL}/{request_id}?done=found")

    return [ask, find]


async def _whose_page(
    desk: Desk, tx: ReadTx, visit: Visit, request_id: UUID, form: Form
) -> Response[str]:
    known = await requests.find(tx, request_id)
    if known.profile_id is not None or not known.is_open:
        view = await page_of(desk, tx, visit, request_id, refused=_KNOWN)
        return await desk.show(tx, visit, PLACE, "console/request.html", view, status=_CONFLICT)
    in_force = (await desk.rules(tx)).in_force
    url = f"{queue.URL}/{request_id}"
    view = ActPage(
        title="Find whose it is",
        eyebrow=f"Request {short(request_id)}",
        lede="By something that they gave us. The search is written in the audit log.",
        back_url=url,
        post_url=f"{url}/person",
        csrf_token=visit.csrf_token,
        button="It is theirs",
        effects=(
            "The clock is worked out anew by the law that protects them.",
            "They are asked to prove that it is them, unless what was compared is enough.",
        ),
        selects=(
            _select("kind", "What did they give us?", _kinds(in_force), form),
            _select("purpose", "Why?", purposes(in_force, visit.member.role), form),
        ),
        inputs=(
            InputPart(
                "value",
                "The exact value",
                form.values.get("value", ""),
                hint="Whole, as they gave it.",
                error=form.errors.get("value"),
            ),
        ),
    )
    status = _INVALID if form.errors else 200
    return await desk.show(tx, visit, PLACE, "console/request_act.html", view, status=status)


_KNOWN: Final = "It is known whose it is, or the request is answered."


def _select(name: str, label: str, options: tuple[Option, ...], form: Form) -> SelectPart:
    return SelectPart(
        name, label, options, form.values.get(name, ""), "Choose one",
        error=form.errors.get(name),
    )  # fmt: skip


def _search_errors(search: Search, found: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if search.value_error:
        errors["value"] = search.value_error
    if search.purpose_error:
        errors["purpose"] = search.purpose_error
    if found == "not_found":
        errors["value"] = "Nobody is found by exactly this."
    if found == "malformed":
        errors["value"] = "This is not a well-formed identifier of this kind."
    return errors


async def _again(
    desk: Desk, tx: ReadTx, visit: Visit, form: Form, found: ProfileId | str | None
) -> Response[str]:
    """Show the form again; a search that found nobody stays in the log."""
    errors = dict(form.errors)
    status = _INVALID
    if found == "malformed":
        errors["value"] = "This is not a well-formed identifier of this kind."
    if found == "not_found":
        status = _NOT_FOUND
    view = await _page(
        desk, tx, visit, Form(form.values, errors, None), is_not_found=found == "not_found"
    )
    return await desk.show(tx, visit, PLACE, "console/request_new.html", view, status=status)


async def _take(
    desk: Desk, tx: Tx, visit: Visit, form: Form, found: ProfileId | None
) -> taking.Opened:
    values, office, actor = form.values, desk.services.office, actor_of(visit)
    rules = await desk.rules(tx)
    now = desk.clock.now()
    received = _noon(values["received"], rules.in_force) or now
    proof = Proof(values.get("proof", Proof.NONE))
    law = values.get("law", "")
    asked = taking.Asked(
        kind=Right(values["right"]),
        channel=Channel(values["channel"]),
        profile_id=found,
        requester=Requester(values.get("requester", Requester.SELF)),
        locale=values.get("language", "en"),
        regime=Regime(law) if law else None,
        proof=proof,
        received_at=min(received, now),
        words=_sealed(values, "words"),
        reply_to=_sealed(values, "reply_to"),
    )
    opened = await taking.ask(tx, asked, actor=actor, office=office)
    known = {option.code for option in asking.comparable(rules.in_force)}
    detail = asking.compared(values, known)
    if detail:
        await happened(
            tx, opened.request, What.COMPARED, actor=actor, office=office, detail=detail
        )
    return opened


def _sealed(values: Mapping[str, str], name: str) -> Pii[str] | None:
    text = values.get(name, "").strip()
    return Pii(text) if text else None


def _read(fields: Mapping[str, str], in_force: InForce, role: str, now: datetime) -> Form:
    """Read the form; a person is looked up only where something names them."""
    errors: dict[str, str] = {}
    search: Search | None = None
    if any(fields.get(name, "").strip() for name in ("kind", "value", "purpose")):
        search = read_search(dict(fields), in_force, role)
        errors |= _search_errors(search, "")
    _one_of(fields, "right", set(Right), errors, "Choose what they ask for.")
    _one_of(fields, "channel", {o.code for o in _CHANNELS}, errors, "Choose how it came.")
    _one_of(fields, "law", {"", *Regime}, errors, "Choose one of the laws.")
    _one_of(fields, "requester", set(Requester), errors, "Choose who asks.", Requester.SELF)
    known = {option.code for option in languages(in_force)}
    _one_of(fields, "language", known, errors, "Choose a language that we write.", "en")
    errors |= _paper(fields)
    _day(fields, in_force, now, errors)
    _texts(fields, errors)
    return Form(fields, errors, search)


def _one_of(
    fields: Mapping[str, str],
    name: str,
    known: set[str] | set[Right] | set[Requester],
    errors: dict[str, str],
    sentence: str,
    default: str = "",
) -> None:
    if fields.get(name, default) not in known:
        errors[name] = sentence


def _paper(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what is missing of the proof, and of the authority of who asks for another."""
    errors: dict[str, str] = {}
    if fields.get("proof", Proof.NONE) != Proof.NONE:
        errors |= asking.proof_errors(fields)
    paper = fields.get("authority", "").strip()
    is_other = fields.get("requester", Requester.SELF) != Requester.SELF
    if (is_other or paper) and not asking.REFERENCE.fullmatch(paper):
        errors["authority"] = "Write down the number of the paper: letters, digits, hyphens."
    return errors


def _day(
    fields: Mapping[str, str], in_force: InForce, now: datetime, errors: dict[str, str]
) -> None:
    zone = ZoneInfo(in_force.document.controller.time_zone)
    noon = _noon(fields.get("received", ""), in_force)
    if noon is None:
        errors["received"] = "Write the day on which it reached us."
    elif noon.date() > now.astimezone(zone).date():
        errors["received"] = "This day lies in the future."
    elif noon < now - _OLDEST:
        errors["received"] = "This is more than three years ago."


def _noon(text: str, in_force: InForce) -> datetime | None:
    zone = ZoneInfo(in_force.document.controller.time_zone)
    try:
        return datetime.combine(date.fromisoformat(text), _AT_NOON, zone)
    except ValueError:
        return None


def _texts(fields: Mapping[str, str], errors: dict[str, str]) -> None:
    if len(fields.get("words", "")) > asking.LONGEST:
        errors["words"] = f"Write at most {asking.LONGEST:,} signs."
    address = fields.get("reply_to", "").strip()
    if address and ("@" not in address or len(address) > _LONGEST_ADDRESS or " " in address):
        errors["reply_to"] = "This is not a whole e-mail address."


def _kinds(in_force: InForce) -> tuple[Option, ...]:
    kinds = sorted(in_force.document.identifiers, key=lambda one: not one.names_person)
    return tuple(Option(one.kind, one.title) for one in kinds)


async def _page(
    desk: Desk, tx: ReadTx, visit: Visit, form: Form, *, is_not_found: bool = False
) -> NewPage:
    in_force = (await desk.rules(tx)).in_force
    zone = ZoneInfo(in_force.document.controller.time_zone)
    return NewPage(
        url=URL,
        back_url=queue.URL,
        csrf_token=visit.csrf_token,
        kinds=_kinds(in_force),
        purposes=purposes(in_force, visit.member.role),
        rights=queue.RIGHTS,
        channels=_CHANNELS,
        laws=_LAWS,
        languages=languages(in_force),
        requesters=_REQUESTERS,
        proofs=_PROOFS,
        facts=asking.comparable(in_force),
        today=desk.clock.now().astimezone(zone).date().isoformat(),
        values=form.values,
        errors=form.errors,
        is_not_found=is_not_found,
    )
