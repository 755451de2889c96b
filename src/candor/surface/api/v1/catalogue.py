"""What is declared: purposes, topics, channels, and the words of notices."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from candor.domain.access.model.keys import Scope
from candor.domain.catalogue.model import Channel, InForce, Purpose, Topic
from candor.domain.consent.model.notice import id_of, notice_of
from candor.domain.consent.service import notices
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.shapes import (
    Channels,
    ChannelTold,
    NoticeTold,
    PageQuery,
    Purposes,
    PurposeTold,
    Topics,
    TopicTold,
)

Declared = TypeVar("Declared", Purpose, Topic, Channel)


async def purposes(call: Call, query: PageQuery) -> Purposes:
    """Return a page of the purposes in force."""
    in_force = await _in_force(call)
    shown, after = _page(in_force.document.purposes, query)
    return Purposes(items=[_purpose(one, in_force) for one in shown], next=after)


async def topics(call: Call, query: PageQuery) -> Topics:
    """Return a page of the topics in force."""
    shown, after = _page((await _in_force(call)).document.topics, query)
    return Topics(items=[_topic(one) for one in shown], next=after)


async def channels(call: Call, query: PageQuery) -> Channels:
    """Return a page of the channels in force."""
    shown, after = _page((await _in_force(call)).document.channels, query)
    return Channels(items=[_channel(one) for one in shown], next=after)


async def notice(call: Call, _: None) -> NoticeTold:
    """Return the exact words behind an id."""
    async with call.services.database.read(call.request_id) as tx:
        found = await notices.notice(tx, call.places["notice_id"])
    return NoticeTold(
        notice_id=found.notice_id, published_at=found.published_at, notice=found.notice
    )


async def _in_force(call: Call) -> InForce:
    async with call.services.database.read(call.request_id) as tx:
        return (await call.rules(tx)).in_force


def _page(declared: Sequence[Declared], query: PageQuery) -> tuple[list[Declared], str | None]:
    """Return some declarations by code, and the code to go on after."""
    by_code: Callable[[Declared], str] = _code
    rest = sorted((d for d in declared if d.code > (query.after or "")), key=by_code)
    shown = rest[: query.limit]
    return shown, shown[-1].code if len(rest) > len(shown) else None


def _code(declared: Purpose | Topic | Channel) -> str:
    return declared.code


def _purpose(purpose: Purpose, in_force: InForce) -> PurposeTold:
    return PurposeTold(
        code=purpose.code,
        edition=purpose.edition,
        titles={locale: text.title for locale, text in purpose.texts.items()},
        basis=purpose.basis,
        recipients=purpose.recipients,
        retention=purpose.retention,
        consent_lasts=purpose.consent_lasts,
        is_sale=purpose.is_sale,
        confirm=purpose.confirm,
        ask_again=purpose.ask_again,
        notices={
            locale: id_of(notice_of(in_force.document, purpose, locale))
            for locale in purpose.texts
        },
    )


def _topic(topic: Topic) -> TopicTold:
    return TopicTold(
        code=topic.code,
        purpose=topic.purpose,
        titles={locale: text.title for locale, text in topic.texts.items()},
        channels=topic.channels,
        offers=topic.offers,
        frequency=topic.frequency,
    )


def _channel(channel: Channel) -> ChannelTold:
    return ChannelTold(
        code=channel.code,
        titles={locale: text.title for locale, text in channel.texts.items()},
        contact=channel.contact,
        is_loud=channel.is_loud,
    )


_LIST: Final = "Pages are by code: give `next` of one as `after` of the following."

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/purposes",
        name="list_purposes",
        tag="catalogue",
        summary="Purposes in force, with the ids of their words",
        about=_LIST,
        scope=Scope.PURPOSES_READ,
        takes=PageQuery,
        gives=Purposes,
        run=purposes,
    ),
    Operation(
        method="GET",
        path="/topics",
        name="list_topics",
        tag="catalogue",
        summary="Topics in force",
        about=_LIST,
        scope=Scope.PURPOSES_READ,
        takes=PageQuery,
        gives=Topics,
        run=topics,
    ),
    Operation(
        method="GET",
        path="/channels",
        name="list_channels",
        tag="catalogue",
        summary="Channels in force",
        about=_LIST,
        scope=Scope.PURPOSES_READ,
        takes=PageQuery,
        gives=Channels,
        run=channels,
    ),
    Operation(
        method="GET",
        path="/notices/{notice_id}",
        name="read_notice",
        tag="catalogue",
        summary="The exact words that were shown, for ever",
        about="The id is the SHA-256 of the content in the canonical form of RFC 8785.",
        scope=Scope.PURPOSES_READ,
        gives=NoticeTold,
        run=notice,
        errors=(404,),
    ),
)
