"""What you allow: the page, its buttons, the history, the exact words, the receipts."""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.catalogue.model import Purpose
from candor.domain.consent.errors import NoSuchChoice
from candor.domain.consent.model.choice import Choice, evidence_of
from candor.domain.consent.model.decision import Decision
from candor.domain.consent.model.history import ChoiceLine
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import (
    choices,
    gate,
    history,
    links,
    notices,
    receipts,
    stopping,
)
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.folding import lock
from candor.domain.consent.service.links import Links
from candor.domain.consent.service.stopping import Undo
from candor.infra.web.reading import reading
from candor.kernel.errors import Refused
from candor.kernel.ids import new_id
from candor.surface.plain.answers import HEADERS, AnyRequest, see_other
from candor.surface.portal.allow.filling import (
    URL,
    Stands,
    fill,
    fill_choices,
    fill_notice,
    switch_of,
)
from candor.surface.portal.allow.standing import hears_browser, id_of, stands_now
from candor.surface.portal.desk import HOME, OWN, Desk, Sitting
from candor.surface.portal.leafing import LAST, moment_and_id, place
from candor.surface.portal.refusals import NoSuchPurpose, NotAnAnswer, NothingToChoose
from candor.surface.portal.steering import SURFACE, form, hand, signed_links
from candor.surface.portal.views import Pager

PAGE: Final = 25
_ANSWERS: Final = frozenset({"granted", "denied"})
_BACK: Final = re.compile(rf"{HOME}(?:/[a-z]{{1,20}})?")


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and of what hangs on it."""
    return [*_pages(desk), *_forms(desk)]


def _pages(desk: Desk) -> list[HTTPRouteHandler]:
    signed = signed_links(desk)

    @get("/allow", opt=OWN)
    async def allow(request: AnyRequest) -> Response[str]:
        """Show every purpose with what was answered."""
        async with desk.sitting(request) as sitting:
            stands = await _stands(request, sitting, signed)
        with reading(sitting.reader):
            view = fill(stands, sitting.rules, sitting.reader)
        return desk.show(sitting, "portal/allow.html", view, "allow")

    @get("/allow/{code:str}", opt=OWN)
    async def said(request: AnyRequest, code: FromPath[str]) -> Response[str]:
        """Show a page of everything that was said about one purpose."""
        before = request.query_params.get("before")
        at, last_id = moment_and_id(before) if before is not None else LAST
        async with desk.sitting(request) as sitting:
            purpose = _purpose(sitting.rules, code)
            found = await history.choices_before(
                sitting.tx,
                profile_ids=sitting.person.profile_ids,
                purpose_id=sitting.rules.policy.bits[code],
                before=at,
                before_id=last_id,
                at_most=PAGE + 1,
            )
        lines = found[:PAGE]
        url = f"{URL}/{purpose.code}"
        more = len(found) > PAGE
        next_ = quote(place(lines[-1].decided_at, lines[-1].record_id)) if more else ""
        pager = Pager(
            newer_url=url if before is not None else None,
            older_url=f"{url}?before={next_}" if more else None,
        )
        with reading(sitting.reader):
            view = fill_choices(lines, purpose, sitting.rules, pager)
        return desk.show(sitting, "portal/choices.html", view, "allow")

    @get("/allow/words/{notice_id:str}", opt=OWN)
    async def words(request: AnyRequest, notice_id: FromPath[str]) -> Response[str]:
        """Show the exact words under which a choice was made."""
        async with desk.sitting(request) as sitting:
            published = await notices.notice(sitting.tx, notice_id)
            known = await gate.states(sitting.tx, [sitting.person.head_id])
            regime = known[sitting.person.head_id].regime
        with reading(sitting.reader):
            view = fill_notice(published, sitting.rules, regime)
        return desk.show(sitting, "portal/notice.html", view, "allow")

    @get("/allow/receipt/{record_id:str}", opt=OWN)
    async def receipt(request: AnyRequest, record_id: FromPath[str]) -> Response[str]:
        """Give the signed receipt of one choice, as a file."""
        asked = id_of(record_id)
        if asked is None:
            raise NoSuchChoice
        async with desk.sitting(request) as sitting:
            signed = await receipts.receipt(
                sitting.tx,
                sitting.person.head_id,
                asked,
                actor=sitting.actor,
                vault=desk.services.vault,
                issuer=await desk.services.issuer(sitting.tx),
                in_force=sitting.rules.in_force,
                clock=desk.services.clock,
            )
        name = f"candor-receipt-{asked.hex[-8:]}.jws"
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(signed, headers=headers, media_type="application/jose")

    return [allow, said, words, receipt]


def _forms(desk: Desk) -> list[HTTPRouteHandler]:
    signed = signed_links(desk)

    @post("/allow/choose", opt=OWN)
    async def choose(request: AnyRequest) -> Redirect:
        """Keep an answer to one purpose."""
        fields = await form(desk, request)
        code, answer = fields.get("purpose", ""), fields.get("choice", "")
        if answer not in _ANSWERS:
            raise NotAnAnswer
        async with desk.sitting(request) as sitting:
            purpose = _purpose(sitting.rules, code)
            record_id = await _keep(request, desk, sitting, purpose, is_yes=answer == "granted")
        back = fields.get("back", URL)
        way = back if _BACK.fullmatch(back) else URL
        return see_other(f"{way}?done={record_id}#purpose-{purpose.code}")

    @post("/allow/stop", opt=OWN)
    async def stop(request: AnyRequest) -> Redirect:
        """Say no to everything that needs a yes."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            rules = sitting.rules
            known = await gate.states(sitting.tx, [sitting.person.head_id])
            regime = known[sitting.person.head_id].regime
            bits = [
                rules.policy.bits[purpose.code]
                for purpose in rules.in_force.document.purposes
                if switch_of(rules, purpose, regime) == "ask"
            ]
            act = await stopping.refuse(
                sitting.tx, sitting.visit.profile_id, bits, hand(desk, sitting)
            )
        token = signed.make(
            links.UNDOES, sitting.visit.profile_id, act, sitting.reader.now + links.UNDO_LASTS
        )
        return see_other(f"{URL}?stopped={token}")

    @post("/allow/undo", opt=OWN)
    async def undo(request: AnyRequest) -> Redirect:
        """Say again what stood before everything was stopped."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            act = signed.read(fields.get("token", ""), links.UNDOES, Undo, sitting.reader.now)
            if act.profile_id not in sitting.person.profile_ids:
                raise NotAnAnswer
            await stopping.undo(sitting.tx, act.profile_id, act.about, hand(desk, sitting))
        return see_other(f"{URL}?undone=1")

    return [choose, stop, undo]


async def _stands(request: AnyRequest, sitting: Sitting, signed: Links) -> Stands:
    """Read what stands with the person, and what the address says was just done."""
    token = request.query_params.get("stopped", "")
    stopped = _undo_of(token, sitting, signed)
    return replace(
        await stands_now(request, sitting),
        stopped=stopped is not None,
        undo_token=token if stopped and stopped.purposes else None,
        undone="undone" in request.query_params,
    )


async def _keep(
    request: AnyRequest, desk: Desk, sitting: Sitting, purpose: Purpose, *, is_yes: bool
) -> UUID:
    """Record an answer under the words that the page showed; return the record that stands.

    The answer that stands already is not recorded again, so a second press is harmless.
    """
    tx, rules, head = sitting.tx, sitting.rules, sitting.person.head_id
    await lock(tx, [head])  # nothing is said elsewhere between looking and saying
    known = (await gate.states(tx, [head]))[head]
    if switch_of(rules, purpose, known.regime) == "fixed":
        raise NothingToChoose
    decisions = await gate.explained(tx, head, policy=rules.policy, now=sitting.reader.now)
    lines = await history.lately_chosen(tx, profile_ids=sitting.person.profile_ids, at_most=1)
    bit = rules.policy.bits[purpose.code]
    newest = next((line for line in lines if line.purpose_id == bit), None)
    decision = decisions[purpose.code]
    # A no of several profiles may be that of one of them alone: it is said anew, for all.
    may_stand = is_yes or len(sitting.person.profile_ids) == 1
    if newest and may_stand and _stands_already(newest, decision, is_yes=is_yes):
        return newest.record_id
    was_yes = newest is not None and newest.choice == Choice.GRANTED
    no = Choice.WITHDRAWN if was_yes else Choice.DENIED
    over = is_yes and purpose.is_sale and await hears_browser(request, sitting)
    notice = shown(rules, purpose.code, sitting.reader.language)
    record_id = new_id()
    await choices.record(
        tx,
        [
            Statement(
                record_id=record_id,
                via=sitting.visit.profile_id,
                purpose_id=bit,
                choice=Choice.GRANTED if is_yes else no,
                decided_at=desk.services.clock.now(),
                surface=SURFACE,
                notice=notice.notice_id,
                locale=notice.locale,
                edition=notice.edition,
                evidence=evidence_of(is_over_gpc=over),
            )
        ],
        actor=sitting.actor,
        vault=desk.services.vault,
        policy=rules.policy,
        clock=desk.services.clock,
    )
    return record_id


def _stands_already(newest: ChoiceLine, decision: Decision, *, is_yes: bool) -> bool:
    if is_yes:
        return newest.choice == Choice.GRANTED and decision.allowed
    return newest.choice != Choice.GRANTED


def _purpose(rules: Rules, code: str) -> Purpose:
    found = rules.in_force.purposes.get(code)
    if found is None:
        raise NoSuchPurpose
    return found


def _undo_of(token: str, sitting: Sitting, signed: Links) -> Undo | None:
    """Return the act that an address speaks of, when it is the person's own and not too old."""
    if not token:
        return None
    try:
        act = signed.read(token, links.UNDOES, Undo, sitting.reader.now)
    except Refused:
        return None
    return act.about if act.profile_id in sitting.person.profile_ids else None
