"""Finding a person, and the law that protects them."""

from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.consent.service import regimes
from candor.domain.profiles.errors import NoSuchProfile, NotAnIdentifier
from candor.domain.profiles.service import read
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import NotDeclared
from candor.surface.api.v1.shapes import (
    FindIn,
    Found,
    RegimeIn,
    RegimeTold,
    TokenIn,
    TokenTold,
)
from candor.surface.plain.widget import WidgetTokens


async def find(call: Call, given: FindIn) -> Found:
    """Find a person by an exact identifier; written down as a read about the person."""
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        try:
            profile_id = await read.find(
                tx,
                given.kind,
                given.value,
                in_force=rules.in_force,
                vault=call.services.vault,
            )
        except NotAnIdentifier:
            raise NoSuchProfile from None  # nobody has it, whatever is wrong with it
        await call.members(tx, profile_id)
        await call.write_down(tx, "profiles.find", [profile_id], detail={"kind": given.kind})
    return Found(profile=profile_id)


async def widget_token(call: Call, given: TokenIn) -> TokenTold:
    """Make a token with which a page of a declared origin speaks for a person."""
    async with call.services.database.tx(call.request_id) as tx:
        in_force = (await call.rules(tx)).in_force
        if not any(given.origin in source.origins for source in in_force.document.sources):
            message = "No source of the catalogue declares this origin."
            raise NotDeclared(message, hint="Add it to `origins` of the source of this page.")
        await call.members(tx, call.profile_id)
        await call.write_down(tx, "access.widget_token_issued", [call.profile_id])
    made = WidgetTokens(call.services.keyring).issue(
        call.profile_id, given.origin, call.services.clock.now()
    )
    return TokenTold(token=made.token, expires_at=made.expires_at)


async def regime(call: Call, _: None) -> RegimeTold:
    """Return the law that protects a person."""
    async with call.services.database.tx(call.request_id) as tx:
        members = await call.members(tx, call.profile_id)
        found = await regimes.regime_of(tx, members)
        await call.write_down(tx, "consent.regime_read", [call.profile_id])
    return RegimeTold(regime=found)


async def set_regime(call: Call, given: RegimeIn) -> RegimeTold:
    """Say which law protects a person; what is allowed is worked out again at once."""
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        await call.members(tx, call.profile_id)
        await regimes.set_regime(
            tx,
            call.profile_id,
            given.regime,
            actor=call.actor,
            vault=call.services.vault,
            policy=rules.policy,
            clock=call.services.clock,
        )
    return RegimeTold(regime=given.regime)


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/profiles/find",
        name="find_profile",
        tag="people",
        summary="Find a person by an exact identifier",
        about=(
            "The identifier stands in the body, never in an address that is logged. There is no "
            "way to list people. Malformed, unknown and erased look the same."
        ),
        scope=Scope.PEOPLE_FIND,
        takes=FindIn,
        gives=Found,
        run=find,
        errors=(404,),
        example={"kind": "email", "value": "ada@example.org"},
        answer={"profile": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"},
    ),
    Operation(
        method="GET",
        path="/profiles/{profile_id}/regime",
        name="read_regime",
        tag="people",
        summary="Which law protects a person",
        scope=Scope.CHOICES_READ,
        gives=RegimeTold,
        run=regime,
        errors=(404,),
        answer={"regime": "gdpr"},
    ),
    Operation(
        method="PUT",
        path="/profiles/{profile_id}/regime",
        name="set_regime",
        tag="people",
        summary="Say which law protects a person",
        about="Null: unknown, so the strictest of all laws counts.",
        scope=Scope.CHOICES_WRITE,
        takes=RegimeIn,
        gives=RegimeTold,
        run=set_regime,
        errors=(404,),
        example={"regime": "gdpr"},
        answer={"regime": "gdpr"},
    ),
    Operation(
        method="POST",
        path="/profiles/{profile_id}/widget-token",
        name="issue_widget_token",
        tag="people",
        summary="Let a page of yours speak for the customer who is signed in there",
        about=(
            "Give the token to `<candor-preferences>` on a page of that origin. It lasts fifteen "
            "minutes at most and is worth nothing on another page."
        ),
        scope=Scope.WIDGET_ISSUE,
        takes=TokenIn,
        gives=TokenTold,
        run=widget_token,
        errors=(404,),
        example={"origin": "https://shop.nordmarkt.example"},
    ),
)
