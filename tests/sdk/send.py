"""What a server does with an SDK for Python: `segment|rudder URL KEY PREFIX ORDERS`.

RudderStack's sends its bodies as gzip. Waits for a line on standard input half-way.
"""

import sys

from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

which, url, key, prefix, orders = sys.argv[1:6]
CONSENT = {"consent": {"categoryPreferences": {"Analytics": True}}}
failed: list[object] = []
make = {"segment": SegmentClient, "rudder": RudderClient}[which]
client = make(key, host=url, on_error=lambda error, _batch: failed.append(error))


def order(number: int) -> None:
    """Send a purchase."""
    client.track(prefix, "Order Completed", {"order_id": f"{prefix}-{number}", "revenue": 2.5})


client.track(prefix, "Segment Consent Preference Updated", {}, CONSENT)
client.identify(prefix, {"firstName": "Ada", "email": f"{prefix}@example.com"})
client.page(prefix, "Shop", "Offers", {"path": "/offers"})
client.screen(prefix, "App", "Basket")
client.group(prefix, "g1", {"name": "Wholesale"})
client.alias(f"{prefix}-before", prefix)
for number in range(int(orders) // 2):
    order(number)
sys.stdout.write("half\n")
sys.stdout.flush()
sys.stdin.readline()
for number in range(int(orders) // 2, int(orders)):
    order(number)
client.flush()
client.join()
sys.stdout.write("failed\n" if failed else "done\n")
