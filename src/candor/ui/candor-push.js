/*
 * Messages in this browser (Push API; Notifications API). The browser is asked only when the button
 * is pressed, never by opening a page. Without this script the list of browsers, stopping and the
 * test work all the same; only adding this browser needs it.
 *
 * The form marked data-push says what there is: data-key (whose messages are taken), data-worker
 * (the service worker), data-here (whether this browser is among those that the page lists). The
 * parts marked data-push-state say how it stands, in the page's language; one of them is shown.
 */
"use strict";

(() => {
  const form = document.querySelector("form[data-push]");
  if (!form) return;

  const states = document.querySelectorAll("[data-push-state]");
  const FINAL = ["on", "denied", "unable"]; /* in which a button would do nothing */
  const show = (kind) => {
    for (const one of states) one.hidden = one.dataset.pushState !== kind;
    form.hidden = FINAL.includes(kind);
  };

  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    show("unable");
    return;
  }

  const { key, worker, here } = form.dataset;
  const scope = worker.slice(0, worker.lastIndexOf("/") + 1);
  const bytes = (given) =>
    Uint8Array.from(atob(given.replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
      sign.charCodeAt(0),
    );
  const same = (buffer) => {
    const [ours, theirs] = [bytes(key), new Uint8Array(buffer ?? new ArrayBuffer(0))];
    return ours.length === theirs.length && ours.every((one, place) => one === theirs[place]);
  };

  const held = async () => {
    const registration = await navigator.serviceWorker.getRegistration(scope);
    return (await registration?.pushManager.getSubscription()) ?? null;
  };

  /* A worker can be subscribed once it is active; one that fails to install never is. */
  const active = (registration) =>
    new Promise((resolve, reject) => {
      const coming = registration.installing ?? registration.waiting;
      if (registration.active || !coming) return resolve(registration);
      coming.addEventListener("statechange", () => {
        if (coming.state === "activated") resolve(registration);
        if (coming.state === "redundant") reject(new Error("the worker did not install"));
      });
    });

  const subscribed = async () => {
    const registration = await active(await navigator.serviceWorker.register(worker, { scope }));
    const old = await registration.pushManager.getSubscription();
    if (old && same(old.options?.applicationServerKey)) return old;
    await old?.unsubscribe();
    return await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(key),
    });
  };

  const look = async () => {
    if (Notification.permission === "denied") {
      show("denied");
      return;
    }
    const isHeld = Notification.permission === "granted" && (await held()) !== null;
    const isHere = here === "yes";
    show(isHere ? (isHeld ? "on" : "lost") : "off");
  };

  const add = async () => {
    const answer = await Notification.requestPermission();
    if (answer !== "granted") {
      show(answer === "denied" ? "denied" : "dismissed");
      return;
    }
    form.elements.subscription.value = JSON.stringify(await subscribed());
    form.submit();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    try {
      await add();
    } catch {
      show("failed");
    } finally {
      form.ariaBusy = "false";
    }
  });

  /* Stopping this browser lets its push service forget it as well. */
  for (const stop of document.querySelectorAll("form[data-push-stop]")) {
    stop.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await (await held())?.unsubscribe();
      } finally {
        stop.submit();
      }
    });
  }

  look().catch(() => show("failed"));
})();
