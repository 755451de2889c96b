// What a server does with @rudderstack/rudder-sdk-node: URL KEY PREFIX ORDERS.
// Its bodies are gzip under the name of a form.
import { once } from "node:events";
import { createRequire } from "node:module";

const Rudder = createRequire(import.meta.url)("@rudderstack/rudder-sdk-node");
const [url, writeKey, prefix, orders] = process.argv.slice(2);
const failed = [];
const client = new Rudder(writeKey, {
  dataPlaneUrl: url,
  flushInterval: 200,
  retryCount: 20,
  logLevel: "off",
  errorHandler: (error) => failed.push(error),
});

const sent = [];
const call = (kind, message) =>
  sent.push(
    new Promise((resolve) => {
      client[kind](message, (error) => {
        if (error) failed.push(error);
        resolve();
      });
    }),
  );
const order = (number) =>
  call("track", {
    userId: prefix,
    event: "Order Completed",
    properties: { order_id: `${prefix}-${number}`, revenue: 2.5 },
  });

call("track", {
  userId: prefix,
  event: "Segment Consent Preference Updated",
  context: { consent: { categoryPreferences: { Analytics: true } } },
});
call("identify", { userId: prefix, traits: { firstName: "Ada", email: `${prefix}@example.com` } });
call("page", { userId: prefix, category: "Shop", name: "Offers", properties: { path: "/offers" } });
call("screen", { userId: prefix, category: "App", name: "Basket" });
call("group", { userId: prefix, groupId: "g1", traits: { name: "Wholesale" } });
call("alias", { previousId: `${prefix}-before`, userId: prefix });
for (let number = 0; number < orders / 2; number += 1) order(number);
console.log("half");
await once(process.stdin, "data");
for (let number = orders / 2; number < orders; number += 1) order(number);
await client.flush();
await Promise.all(sent);
console.log(failed.length ? "failed" : "done");
process.exit(0);
