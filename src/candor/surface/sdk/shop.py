"""The demo company's shop: one page that uses candor.js, the banner and the widget as a shop would.

It plays two parts that belong to the company in life: its web page, and its server, which knows
who is signed in and asks for a widget token. Only in the demo; there is no product behind it. The
basket stands in the address, so the page works without a script.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect

from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import read as people
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader, message, reading
from candor.infra.web.reading import translate as _
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest, page, see_other
from candor.surface.plain.language import NAMES, wanted
from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits
from candor.surface.plain.widget import WidgetTokens, WrongToken
from candor.surface.sdk import answers
from candor.surface.sdk.shop_views import Shelf, ShopPage, Tile

_HOME: Final = "/shop"
_SHOP: Final = "the shop"  # its forms set no cookie: none is set before a choice
_COMPANY: Final = "Nordmarkt"
_COOKIE: Final = "candor_shop"  # the shop's own, set when somebody asks to be signed in
_MOST: Final = 50  # things in a basket


@dataclass(frozen=True, slots=True)
class _Product:
    product_id: str
    name: str
    unit: str
    category: str
    department: str
    price_minor: int


_SHELVES: Final[tuple[tuple[str, tuple[_Product, ...]], ...]] = (
    (
        message("From the orchard and the field"),
        (
            _Product(
                "apple",
                message("Apples from the lake"),
                message("1 kg"),
                "Fruit",
                "Produce",
                279,
            ),
            _Product(
                "carrot",
                message("Bunch of carrots"),
                message("a bunch"),
                "Vegetables",
                "Produce",
                169,
            ),
            _Product(
                "tomato",
                message("Vine tomatoes"),
                message("500 g"),
                "Vegetables",
                "Produce",
                249,
            ),
        ),
    ),
    (
        message("From the baker and the dairy"),
        (
            _Product("bread", message("Rye loaf"), message("750 g"), "Bread", "Bakery", 349),
            _Product("milk", message("Meadow milk"), message("1 litre"), "Milk", "Dairy", 139),
            _Product(
                "cheese", message("Mountain cheese"), message("200 g"), "Cheese", "Dairy", 429
            ),
        ),
    ),
    (
        message("For the cupboard"),
        (
            _Product(
                "eggs", message("Ten brown eggs"), message("10 pieces"), "Eggs", "Dairy", 329
            ),
            _Product(
                "coffee", message("Harbour roast"), message("500 g"), "Coffee", "Grocery", 749
            ),
            _Product(
                "honey", message("Heather honey"), message("a jar"), "Honey", "Grocery", 589
            ),
        ),
    ),
)
_PRICES: Final = {p.product_id: p.price_minor for _, shelf in _SHELVES for p in shelf}


class Token(msgspec.Struct, frozen=True):
    """What the page's own server hands to the widget."""

    token: str


class Shop:
    """The demo's shop. One per process."""

    def __init__(
        self,
        services: Services,
        visits: Visits,
        key: Callable[[], str | None],
        customer: tuple[str, str],
    ) -> None:
        """Take the write key's place, and the kind and value of the customer's identifier."""
        self._services = services
        self._visits = visits
        self._key = key
        self._customer = customer
        self._tokens = WidgetTokens(services.keyring)

    def routes(self) -> list[HTTPRouteHandler]:
        """Return the page, and the two acts of its stand-in for signing in."""

        @get(_HOME, opt={"public": "the demo's shop"})
        async def shop(
            request: AnyRequest, basket: FromQuery[str] = "", lang: FromQuery[str] = ""
        ) -> Response[str]:
            """Show the shop."""
            locale = wanted(lang, request.headers.get("accept-language", ""))
            return page(self._page(request, basket, locale))

        @post(f"{_HOME}/sign-in", opt={"public": "a stand-in: signs the demo's customer in"})
        async def sign_in(request: AnyRequest) -> Redirect:
            """Sign the demo's customer in, as a shop would after a password."""
            return await self._signed(request, value="1")

        @post(f"{_HOME}/sign-out", opt={"public": "the other way"})
        async def sign_out(request: AnyRequest) -> Redirect:
            """Sign the demo's customer out."""
            return await self._signed(request, value="")

        @get(f"{_HOME}/token", opt={"public": "the shop's server, for its own signed-in page"})
        async def token(request: AnyRequest) -> Response[bytes]:
            """Return a widget token for whoever is signed in at the shop."""
            try:
                return answers.say(request, await self._token(request))
            except (WrongToken, NoSuchProfile, answers.ForeignPage) as error:
                return answers.refuse(request, error)

        return [shop, sign_in, sign_out, token]

    async def _signed(self, request: AnyRequest, *, value: str) -> Redirect:
        await self._visits.form(request, self._visits.token_of_link(_SHOP))
        answer = see_other(_HOME)
        answer.set_cookie(
            Cookie(
                key=_COOKIE,
                value=value,
                path=_HOME,
                secure=self._services.is_secure,
                httponly=True,
                samesite="strict",
                max_age=None if value else 0,
            )
        )
        return answer

    async def _token(self, request: AnyRequest) -> Token:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise answers.ForeignPage
        if request.cookies.get(_COOKIE) != "1":
            raise WrongToken
        profile_id = await self._profile()
        now = self._services.clock.now()
        origin = answers.own_origin(request, self._services.settings.public_url)
        return Token(self._tokens.issue(profile_id, origin, now).token)

    async def _profile(self) -> ProfileId:
        kind, value = self._customer
        async with self._services.database.read() as tx:
            rules = await self._services.rulebook.rules(tx)
            return await people.find(
                tx, kind, value, in_force=rules.in_force, vault=self._services.vault
            )

    def _page(self, request: AnyRequest, basket: str, locale: str) -> str:
        reader = Reader(self._services.clock.now(), locale)
        inside = [name for name in basket.split(" ")[:_MOST] if name in _PRICES]
        with reading(reader):
            shelves = tuple(_shelf(title, products, inside) for title, products in _SHELVES)
        view = ShopPage(
            company=_COMPANY,
            locale=reader.language,
            direction=reader.direction,
            write_key=self._key() or "",
            shelves=shelves,
            count=len(inside),
            total_minor=sum(_PRICES[name] for name in inside),
            customer=self._customer[1] if request.cookies.get(_COOKIE) == "1" else None,
            csrf_token=self._visits.token_of_link(_SHOP),
            languages=tuple(NAMES.items()),
        )
        return render("sdk/shop.html", view, reader=reader)


def _shelf(title: str, products: tuple[_Product, ...], inside: list[str]) -> Shelf:
    return Shelf(
        title=str(_(title)),
        tiles=tuple(
            Tile(
                product_id=one.product_id,
                name=str(_(one.name)),
                unit=str(_(one.unit)),
                category=one.category,
                department=one.department,
                price_minor=one.price_minor,
                drawing=one.product_id,
                with_it=" ".join([*inside, one.product_id][-_MOST:]),
            )
            for one in products
        ),
    )
