"""The page of the vault's keys: to be looked at. They are changed by command (`candor keys`)."""

from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.vault.model.life import Epoch, Use
from candor.domain.vault.service.overview import Overview, overview
from candor.surface.console.desk import Desk
from candor.surface.console.vault.views import EpochLine, VaultKeysPage, VersionLine
from candor.surface.plain.answers import AnyRequest

_SHOWN: Final = 8  # epochs; a year has fifty
_COPIES: Final = {None: "none", False: "behind", True: "well"}
_DOES: Final = (
    (Use.INDEX, "Finds people by their identifiers"),
    (Use.RECEIPT, "Signs receipts of choices"),
    (Use.CHECKPOINT, "Signs the heads of the audit log"),
)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/security/keys", opt={"permission": Permission.KEYS_READ})
    async def vault_keys(request: AnyRequest) -> Response[str]:
        """Show how the keys are doing."""
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            seen = await overview(tx, desk.vault, desk.services.keyring)
            view = _page(seen, floor=desk.services.settings.receipt_key)
            return await desk.show(tx, visit, "security/keys", "console/vault_keys.html", view)

    return [vault_keys]


def _page(seen: Overview, *, floor: int) -> VaultKeysPage:
    return VaultKeysPage(
        about=seen.about,
        fingerprint=seen.fingerprint,
        trouble=seen.trouble.message if seen.trouble else None,
        hint=seen.trouble.hint if seen.trouble else None,
        keys=seen.keys,
        left=seen.left,
        lasts_days=seen.lasts.days,
        unreadable_by=seen.unreadable_by,
        needs_copies=seen.needs_copies,
        confirmed_at=seen.root.confirmed_at if seen.root and seen.is_confirmed else None,
        copy=_COPIES[seen.has_copy],
        epochs=tuple(_epoch(epoch, seen) for epoch in seen.epochs[:_SHOWN]),
        destroyed=sum(epoch.destroyed_at is not None for epoch in seen.epochs),
        versions=tuple(
            _version(seen, use, does, floor if use is Use.RECEIPT else 1) for use, does in _DOES
        ),
    )


def _epoch(epoch: Epoch, seen: Overview) -> EpochLine:
    if epoch.destroyed_at is not None:
        state, ends_at = "destroyed", epoch.destroyed_at
    elif epoch.closed_at is not None:
        state, ends_at = "closed", epoch.closed_at + seen.lasts
    else:
        state, ends_at = "open", None
    return EpochLine(
        epoch.epoch_id, epoch.opened_at, epoch.closed_at, epoch.keys, ends_at, state
    )


def _version(seen: Overview, use: Use, does: str, floor: int) -> VersionLine:
    opened = next((v.opened_at for v in seen.versions if v.use == use), None)
    return VersionLine(
        does=does,
        command=f"candor keys rotate {use.value}",
        version=max(floor, seen.version(use)),
        since=opened,
        is_moving=use is Use.INDEX and seen.moving(use) is not None,
    )
