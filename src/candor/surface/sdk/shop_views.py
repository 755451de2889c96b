"""What the page of the demo's shop needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """A product on a shelf; `with_it` is the basket after it was put in, as the address says it."""

    product_id: str
    name: str
    unit: str
    category: str  # as events name it, in English
    department: str
    price_minor: int
    drawing: str  # name of the drawing
    with_it: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products under one heading."""

    title: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class ShopPage:
    """Template `sdk/shop.html`: a page of the demo company that uses the scripts."""

    company: str
    locale: str
    direction: str
    write_key: str
    shelves: tuple[Shelf, ...]
    count: int  # things in the basket
    total_minor: int
    customer: str | None  # customer number, when the stand-in signed somebody in
    csrf_token: str
    languages: tuple[tuple[str, str], ...]  # code and own name
