// What a server does with @segment/analytics-node: URL KEY PREFIX ORDERS.
import { once } from "node:events";
import { Analytics } from "@segment/analytics-node";

const [url, writeKey, prefix, orders] = process.argv.slice(2);
const client = new Analytics({ writeKey, host: url, flushInterval: 200, maxRetries: 20 });
const failed = [];
client.on("error", (error) => failed.push(error));

const order = (number) =>
  client.track({
    userId: prefix,
    event: "Order Completed",
    properties: { order_id: `${prefix}-${number}`, revenue: 2.5 },
  });

client.track({
  userId: prefix,
  event: "Segment Consent Preference Updated",
  context: { consent: { categoryPreferences: { Analytics: true } } },
});
client.identify({ userId: prefix, traits: { firstName: "Ada", email: `${prefix}@example.com` } });
client.page({ userId: prefix, category: "Shop", name: "Offers", properties: { path: "/offers" } });
client.screen({ userId: prefix, category: "App", name: "Basket" });
client.group({ userId: prefix, groupId: "g1", traits: { name: "Wholesale" } });
client.alias({ previousId: `${prefix}-before`, userId: prefix });
for (let number = 0; number < orders / 2; number += 1) order(number);
console.log("half");
await once(process.stdin, "data");
for (let number = orders / 2; number < orders; number += 1) order(number);
await client.closeAndFlush();
console.log(failed.length ? "failed" : "done");
process.exit(0);
