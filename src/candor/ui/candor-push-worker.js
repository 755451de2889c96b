/*
 * The service worker of messages in the browser: shows what the company sent, and opens the page
 * that it belongs to. It reads no page, keeps nothing, and tells nobody what was shown or pressed.
 *
 * A message is encrypted for this browser alone (RFC 8291) and holds: title, body, url, lang.
 */
"use strict";

const HOME = "/me/browser";

const text = (value) => (typeof value === "string" ? value : "");

const read = (event) => {
  try {
    const said = event.data.json();
    return said && typeof said === "object" ? said : {};
  } catch {
    return {};
  }
};

/* Only an address of our own is ever opened, whatever a message says. */
const ours = (address) => {
  try {
    const found = new URL(text(address) || HOME, self.location.origin);
    if (found.origin === self.location.origin) return found.href;
  } catch {
    /* no address at all */
  }
  return new URL(HOME, self.location.origin).href;
};

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const said = read(event);
  const shown = self.registration.showNotification(text(said.title) || self.location.host, {
    body: text(said.body),
    lang: text(said.lang).replaceAll("_", "-"),
    data: { url: ours(said.url) },
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(ours(event.notification.data?.url)));
});
