"""Writing down a choice that somebody made on paper or on the telephone.

The words that were read out or signed are chosen first and shown in full, in the person's
language; what is sent names them by their fingerprint. Nothing of the person is opened for it.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.access.service import members
from candor.domain.consent.errors import NoSuchChoice
from candor.domain.consent.model.choice import Record
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import capture as capturing
from candor.domain.consent.service import gate, notices, receipts
from candor.domain.consent.service import guardians as guarding
from candor.domain.consent.service import history as told
from candor.domain.profiles.service import read as people
from candor.domain.shield.service import measures
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading
from candor.kernel.ids import ProfileId
from candor.surface.console import words
from candor.surface.console.capture.filling import (
    MEANS,
    colleagues,
    editions,
    errors_of,
    guardians,
    languages,
    purposes,
    read_form,
    words_of,
)
from candor.surface.console.capture.views import CapturedPage, CapturePage
from candor.surface.console.desk import Desk, Page, actor_of, asked
from candor.surface.console.people.routes import URL as PEOPLE
from candor.surface.plain.answers import HEADERS, AnyRequest, see_other
from candor.surface.plain.visits import Visit, short

_INVALID: Final = 400
_MAY: Final = {"permission": Permission.CONSENT_RECORD}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of capturing a choice."""

    @get("/people/{profile_id:uuid}/capture", opt=_MAY)
    async def ask(request: AnyRequest, profile_id: FromPath[UUID]) -> Response[str]:
        """Show the words in full, and the form under them."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            head = await people.head(tx, ProfileId(profile_id))
            chosen = {
                "about": asked(request, "about"),
                "language": asked(request, "language"),
                "notice": asked(request, "words"),
            }
            view = await _page(desk, tx, visit, head, chosen, {})
            return await desk.show(tx, visit, "people", "console/capture.html", view)

    @post("/people/{profile_id:uuid}/capture", opt=_MAY)
    async def write_down(request: AnyRequest, profile_id: FromPath[UUID]) -> Page:
        """Record the choice, or say what is missing."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            head = await people.head(tx, ProfileId(profile_id))
            rules = await desk.rules(tx)
            known = [one.handle for one in await members.everybody(tx)]
            purpose = fields.get("about", "")
            entered = read_form(fields, rules.in_force.document.controller.time_zone)
            errors: dict[str, str] = dict(entered.errors)
            if purpose not in {option.code for option in purposes(rules)}:
                errors["about"] = "Choose what they were asked about."
            elif entered.captured is not None:
                found = await capturing.examine(
                    tx, head, purpose, entered.captured, colleagues=known, clock=desk.clock
                )
                errors |= errors_of(found)
            if errors or entered.captured is None:
                view = await _page(desk, tx, visit, head, fields, errors)
                return await desk.show(
                    tx, visit, "people", "console/capture.html", view, status=_INVALID
                )
            record_id = await capturing.capture(
                tx,
                head,
                purpose,
                entered.captured,
                colleagues=known,
                actor=actor_of(visit),
                vault=desk.vault,
                rules=rules,
                clock=desk.clock,
            )
        return see_other(f"{PEOPLE}/{head}/choices/{record_id}")

    return [ask, write_down, *_results(desk)]


def _results(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/people/{profile_id:uuid}/choices/{record_id:uuid}", opt=_MAY)
    async def written(
        request: AnyRequest, profile_id: FromPath[UUID], record_id: FromPath[UUID]
    ) -> Response[str]:
        """Show what was written down, whether it counts, and its receipt."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _written(desk, tx, ProfileId(profile_id), record_id)
            return await desk.show(tx, visit, "people", "console/captured.html", view)

    @get("/people/{profile_id:uuid}/choices/{record_id:uuid}/receipt", opt=_MAY)
    async def receipt(
        request: AnyRequest, profile_id: FromPath[UUID], record_id: FromPath[UUID]
    ) -> Response[str]:
        """Give the signed receipt, to be handed to the person."""
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await measures.require_export(tx, actor_of(visit).label, desk.clock)
            rules = await desk.rules(tx)
            signed = await receipts.receipt(
                tx,
                ProfileId(profile_id),
                record_id,
                actor=actor_of(visit),
                vault=desk.vault,
                issuer=await desk.services.issuer(tx),
                in_force=rules.in_force,
                clock=desk.clock,
            )
        name = f"candor-receipt-{record_id.hex[-8:]}.jws"
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(signed, headers=headers, media_type="application/jose")

    return [written, receipt]


async def _page(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    head: ProfileId,
    fields: Mapping[str, str],
    errors: Mapping[str, str],
) -> CapturePage:
    """Return the page, for the purpose, language and words that were chosen, or for the first."""
    rules = await desk.rules(tx)
    options, tongues = purposes(rules), languages(rules.in_force)
    purpose = _one_of(fields.get("about", ""), [option.code for option in options])
    language = _one_of(
        fields.get("language") or await _language(tx, head),
        [option.code for option in tongues],
    )
    found = await notices.about(tx, rules.policy.bits[purpose]) if purpose else []
    own = [one for one in found if one.notice.locale == language]
    current = shown(rules, purpose, language).notice_id if purpose else ""
    notice = _one_of(fields.get("notice", ""), [current, *(one.notice_id for one in own)])
    read_out = next((one for one in found if one.notice_id == notice), None)
    with reading(desk.reader()):
        return CapturePage(
            code=short(head),
            back_url=f"{PEOPLE}/{head}",
            url=f"{PEOPLE}/{head}/capture",
            purposes=options,
            languages=tongues,
            editions=editions(own, current),
            purpose=purpose,
            language=language,
            notice=notice,
            words=None if read_out is None else words_of(read_out, current),
            means=MEANS,
            colleagues=colleagues(await members.everybody(tx)),
            guardians=guardians(await guarding.guardians_of(tx, head), desk.clock.now()),
            csrf_token=visit.csrf_token,
            values=fields,
            errors=errors,
            zone=rules.in_force.document.controller.time_zone,
        )


async def _written(
    desk: Desk, tx: ReadTx, profile_id: ProfileId, record_id: UUID
) -> CapturedPage:
    rules = await desk.rules(tx)
    head = await people.head(tx, profile_id)
    line = await told.choice_of(
        tx, profile_ids=await gate.members(tx, head), record_id=record_id
    )
    purpose = None if line is None else rules.in_force.purposes_by_bit.get(line.purpose_id)
    if line is None or purpose is None:
        raise NoSuchChoice
    decision = (await gate.explained(tx, head, policy=rules.policy, now=desk.clock.now()))[
        purpose.code
    ]
    means = next((one.label for one in MEANS if one.code == line.surface), line.surface)
    url = f"{PEOPLE}/{head}"
    return CapturedPage(
        code=short(head),
        back_url=url,
        again_url=f"{url}/capture?{urlencode({'about': purpose.code})}",
        receipt_url=f"{url}/choices/{record_id}/receipt",
        purpose=purpose.title(),
        choice=words.choice(line.choice),
        decided_at=line.decided_at,
        means=means,
        is_allowed=decision.allowed,
        reason=words.reason(decision.reason),
    )


async def _language(tx: ReadTx, head: ProfileId) -> str:
    """Return the language in which the person chose last: it is known without opening anything."""
    spoken: list[Record] = [
        one for one in await gate.history(tx, await gate.members(tx, head)) if one.locale
    ]
    return (spoken[-1].locale or "") if spoken else ""


def _one_of(wanted: str, known: list[str]) -> str:
    """Return what was asked for when it is there, else the first."""
    return wanted if wanted in known else next(iter(known), "")
