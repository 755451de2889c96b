/*
 * Candor in a web page: Segment's calls, consent first.
 *
 * Before a choice nothing is stored and nothing leaves that needs a yes: calls wait in memory.
 * After a yes they wait in localStorage until the server has taken them, whatever happens to the
 * page. After a no what waited is forgotten. No cookie, no third party, no eval, no inline style.
 *
 *   <script src="https://candor.example/sdk/candor.js" data-key="…write key…" defer></script>
 *
 * Globals: `analytics` (Segment's calls) and `candor` (choices). How to: docs/howto.
 */
"use strict";

(() => {
  const VERSION = "1.0.0";
  const SHELF = "candor."; // every name in localStorage begins so
  const MOST = 300; // calls that wait at most; the oldest go first
  const LARGEST = 32 * 1024; // bytes of a call, as the door takes them
  const PORTION = 48 * 1024; // bytes of a request: what browsers send while a page closes
  const DAY = 86_400_000;
  const LONG = 8.64e15; // the last instant that a Date knows
  const CHOICE = "Segment Consent Preference Updated";
  const CALLS = ["identify", "track", "page", "group", "alias"];

  const script = document.currentScript;
  const before = window.analytics;
  if (window.candor?.version || (before && !Array.isArray(before))) return; // is here already
  const queued = before ?? [];

  const hasSignal = navigator.globalPrivacyControl === true; // Global Privacy Control
  const isQuiet = navigator.doNotTrack === "1" || window.doNotTrack === "1";
  const encoder = new TextEncoder();
  const size = (text) => encoder.encode(text).length;

  let key = "";
  let host = script?.src ? new URL(script.src).origin : location.origin;
  let config = null;
  let loading = null;
  let choice = null; // {at, said: {category: {yes, at, until, edition, over}}, told}
  let anonymousId = null;
  let userId = null;
  let waiting = []; // calls in memory
  let isBusy = false;
  let failures = 0;
  let timer = 0;
  const listeners = {};

  /* ------------------------------------------------------------------- what the browser keeps */

  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem(SHELF + name));
    } catch {
      return null; // not allowed to look, or not ours
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(SHELF + name, JSON.stringify(value));
      return true;
    } catch {
      return false; // full, or not allowed: memory must do
    }
  };
  const drop = (name) => {
    try {
      localStorage.removeItem(SHELF + name);
    } catch {
      /* nothing was kept then */
    }
  };
  /* Each call has a place of its own, so that two tabs cannot overwrite each other's. */
  const places = () => {
    try {
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(`${SHELF}call.`))
        .map((name) => name.slice(SHELF.length))
        .sort();
    } catch {
      return [];
    }
  };

  const fresh = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const mark = (text) => {
    let sum = 5381; // tells whether somebody was told about before, without keeping who
    for (const sign of text) sum = ((sum * 33) ^ sign.codePointAt(0)) >>> 0;
    return sum;
  };

  /* -------------------------------------------------------------------------------- choices */

  const categories = () => config?.categories ?? [];

  /* What stands now: a yes that ran out or was given to other words is no answer any more. */
  const answers = () => {
    const found = {};
    for (const [name, one] of Object.entries(choice?.said ?? {})) {
      const category = categories().find((each) => each.name === name);
      if (config && !category) continue;
      if (Date.now() >= one.until) continue;
      if (one.yes && category && one.edition !== category.edition) continue;
      found[name] = one.yes && !(hasSignal && category?.is_sale && !one.over);
    }
    return found;
  };
  const mayKeep = () => Object.values(answers()).includes(true);
  const mayAsk = () => {
    const said = answers();
    return !isQuiet && categories().some((one) => one.asks && !(one.name in said));
  };
  const needsNoYes = (call) =>
    call.event === CHOICE || (call.type === "track" && !!config?.necessary.includes(call.event));

  /* Says a choice to the server: about this browser if it is known there, and about who signed in. */
  const tell = (names, isBrowserKnown) => {
    const preferences = {};
    const notices = {};
    let over = false;
    for (const category of categories()) {
      const one = choice.said[category.name];
      if (!one || !names.includes(category.name)) continue;
      preferences[category.name] = one.yes;
      over ||= one.over;
      for (const purpose of category.purposes) {
        if (purpose.notice) notices[purpose.code] = { id: purpose.notice, edition: purpose.edition };
      }
    }
    const consent = { categoryPreferences: preferences, notices };
    if (over) consent.overGpc = true;
    const call = dressed({ type: "track", event: CHOICE, properties: {} });
    call.timestamp = new Date(choice.at).toISOString();
    call.context.consent = consent;
    call.context.locale = config.locale;
    if (!isBrowserKnown) call.anonymousId = null; // the no of a person, not of a browser
    choice.told = userId ? mark(userId) : null;
    keep("choice", choice);
    put(call);
  };

  const choose = async (said, { overGpc = false } = {}) => {
    await loading;
    if (!config) throw new Error("Candor could not be reached; nothing was changed.");
    const at = Date.now();
    const wasKnown = mayKeep();
    const all = { ...choice?.said };
    const names = [];
    for (const category of categories()) {
      if (!(category.name in said)) continue;
      const over = overGpc && hasSignal && category.is_sale;
      const yes = said[category.name] === true && !(hasSignal && category.is_sale && !over);
      const days = yes ? category.lasts_days : category.ask_again_days;
      const until = days ? at + days * DAY : LONG;
      all[category.name] = { yes, at, until, edition: category.edition, over: over && yes };
      names.push(category.name);
    }
    choice = { at, said: all, told: choice?.told ?? null };
    keep("choice", choice);
    if (mayKeep()) keepWho();
    /* A no of somebody whom nobody knows concerns this browser alone: there is nothing to tell. */
    if (mayKeep() || wasKnown || userId) tell(names, mayKeep() || wasKnown);
    if (!mayKeep()) forget();
    settle();
    flush();
    document.dispatchEvent(new CustomEvent("candor:choice", { detail: answers() }));
    return answers();
  };

  const keepWho = () => {
    keep("id", anonymousId);
    if (userId) keep("user", userId);
  };
  /* After a no: forget what waited and who this browser was. */
  const forget = () => {
    waiting = waiting.filter(needsNoYes);
    for (const place of places()) {
      if (!needsNoYes(kept(place) ?? {})) drop(place);
    }
    drop("id");
    drop("user");
    anonymousId = fresh();
  };

  /* ---------------------------------------------------------------------------------- calls */

  const dressed = (call) => ({
    messageId: `candor-${fresh()}`,
    timestamp: new Date().toISOString(),
    anonymousId,
    userId,
    ...call,
    context: {
      library: { name: "candor.js", version: VERSION },
      locale: document.documentElement.lang || navigator.language,
      ...(hasSignal && { gpc: true }),
      ...call.context,
    },
  });

  const put = (call) => {
    if (size(JSON.stringify(call)) > LARGEST) {
      console.warn("candor: a call of more than 32 KB was left out");
      return;
    }
    if (config && choice && !mayKeep() && !mayAsk() && !needsNoYes(call)) return; // a no stands
    waiting.push(call);
    if (waiting.length > MOST) waiting.shift();
    settle();
  };

  /* With a yes calls move to where they survive the page; a choice may always be kept until told. */
  const settle = () => {
    const may = mayKeep();
    waiting = waiting.filter((call) => {
      if (!may && call.event !== CHOICE) return true;
      return !keep(`call.${Date.now()}-${call.messageId.slice(-8)}`, call);
    });
    const names = places();
    for (const name of names.slice(0, Math.max(0, names.length - MOST))) drop(name);
    clearTimeout(timer);
    timer = setTimeout(flush, 100);
  };

  /* ------------------------------------------------------------------------------- sending */

  const next = () => {
    const may = mayKeep();
    const found = [];
    let bytes = 0;
    const add = (call, done) => {
      if (!call || !(may || needsNoYes(call))) return;
      const said = answers();
      const context = { ...call.context };
      // What is refused now restricts what happened before; identify would make it a choice anew.
      if (!context.consent && call.type !== "identify" && Object.keys(said).length) {
        context.consent = { categoryPreferences: said };
      }
      const whole = { ...call, context };
      bytes += size(JSON.stringify(whole));
      if (bytes < PORTION || !found.length) found.push({ call: whole, done });
    };
    for (const place of places()) add(kept(place), () => drop(place));
    for (const call of [...waiting]) {
      add(call, () => {
        waiting = waiting.filter((one) => one !== call);
      });
    }
    return found;
  };

  const body = (found) =>
    JSON.stringify({
      writeKey: key,
      sentAt: new Date().toISOString(),
      batch: found.map((one) => one.call),
    });

  const flush = async () => {
    if (isBusy || !config) return;
    isBusy = true;
    try {
      for (let found = next(); found.length; found = next()) {
        const answer = await fetch(`${host}/v1/b`, {
          method: "POST",
          body: body(found),
          headers: { "Content-Type": "text/plain" }, // needs no preflight
          credentials: "omit",
          referrerPolicy: "no-referrer",
          keepalive: true,
        });
        if (answer.status === 429 || answer.status === 408 || answer.status >= 500) throw answer;
        if (!answer.ok) console.warn(`candor: the server refused calls (${answer.status})`);
        for (const one of found) one.done();
        failures = 0;
      }
    } catch {
      failures += 1;
      clearTimeout(timer);
      timer = setTimeout(flush, pause());
    } finally {
      isBusy = false;
    }
  };
  const pause = () => Math.min(60_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);

  /* What is still here when the page goes; it is sent again later, and counted once. */
  const leave = () => {
    if (isBusy || !config || !navigator.sendBeacon) return;
    const found = next();
    if (found.length) {
      navigator.sendBeacon(`${host}/v1/b`, new Blob([body(found)], { type: "text/plain" }));
    }
  };

  /* ------------------------------------------------------------------------- Segment's names */

  const emit = (name, ...given) => {
    for (const heard of listeners[name] ?? []) heard(...given);
  };
  const split = (given) => {
    const callback = given.find((one) => typeof one === "function");
    const rest = given.filter((one) => typeof one !== "function");
    return [callback, rest];
  };
  const said = (call, callback, ...heard) => {
    const whole = dressed(call);
    put(whole);
    emit(call.type, ...heard);
    const context = { event: whole };
    callback?.(context);
    return Promise.resolve(context);
  };
  const isText = (one) => typeof one === "string" || typeof one === "number";

  const api = {
    load(given, options = {}) {
      if (loading) return api;
      // analytics.load("key", {host}) and AnalyticsBrowser.load({writeKey}, {host}) alike
      key = isText(given) ? given : given.writeKey;
      host = (options.host ?? given.host ?? host).replace(/\/+$/, "").replace(/\/v1$/, "");
      choice = kept("choice");
      anonymousId = (mayKeep() && kept("id")) || fresh();
      userId = userId ?? ((mayKeep() && kept("user")) || null);
      for (const call of waiting) call.anonymousId ??= anonymousId;
      loading = fetchConfig();
      addEventListener("online", flush);
      addEventListener("pagehide", leave);
      return api;
    },
    identify(...given) {
      const [callback, rest] = split(given);
      const [who, traits = {}, options = {}] = isText(rest[0]) ? rest : [userId, ...rest];
      if (who) userId = String(who);
      if (mayKeep()) keepWho();
      const done = said({ type: "identify", traits, ...options }, callback, userId, traits);
      afterConfig(introduce);
      return done;
    },
    track(event, ...given) {
      const [callback, [properties = {}, options = {}]] = split(given);
      const context = options.context;
      return said({ type: "track", event, properties, context }, callback, event, properties);
    },
    page(...given) {
      const [callback, rest] = split(given);
      const words = rest.filter(isText);
      const [properties = {}, options = {}] = rest.filter((one) => one && typeof one === "object");
      const name = words.at(-1) ?? document.title;
      const category = words.length > 1 ? words[0] : undefined;
      // The query and the fragment of an address hold tokens and names: they stay here.
      const own = { name, category, path: location.pathname, title: document.title, ...properties };
      const context = options.context;
      return said({ type: "page", name, properties: own, context }, callback, category, name);
    },
    group(groupId, ...given) {
      const [callback, [traits = {}]] = split(given);
      return said({ type: "group", groupId, traits }, callback, groupId, traits);
    },
    alias(to, ...given) {
      const [callback, [from]] = split(given);
      const previousId = from ?? userId ?? anonymousId;
      return said({ type: "alias", userId: to, previousId }, callback, to, previousId);
    },
    reset() {
      userId = null;
      anonymousId = fresh();
      drop("user");
      drop("id");
      if (mayKeep()) keepWho();
      emit("reset");
    },
    ready(callback) {
      const done = Promise.resolve(loading);
      return callback ? done.then(() => callback(api)) : done;
    },
    on(name, callback) {
      (listeners[name] ??= []).push(callback);
      return api;
    },
    user: () => ({ id: () => userId, anonymousId: () => anonymousId }),
    version: VERSION,
  };

  /* Somebody who chose before they signed in meant themselves: say it once, with its own time. */
  const introduce = () => {
    if (userId && choice && choice.told !== mark(userId)) {
      const current = answers();
      tell(Object.keys(current), mayKeep());
      flush();
    }
  };
  const afterConfig = (act) => (config ? act() : loading?.then(() => config && act()));

  const fetchConfig = async () => {
    const language = document.documentElement.lang || navigator.language;
    const address = `${host}/sdk/config?key=${encodeURIComponent(key)}&lang=${encodeURIComponent(language)}`;
    for (;;) {
      try {
        const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
        if (answer.ok) {
          config = await answer.json();
          failures = 0;
          break;
        }
        if (answer.status < 500 && answer.status !== 429) {
          console.warn(`candor: this key or this page is not known (${answer.status})`);
          return null; // nothing is sent, nothing is asked
        }
      } catch {
        /* away for a while */
      }
      failures += 1;
      await new Promise((wake) => setTimeout(wake, pause()));
    }
    if (choice && !mayKeep()) forget();
    settle();
    document.dispatchEvent(new CustomEvent("candor:ready"));
    return config;
  };

  /* ------------------------------------------------------------------------ out in the page */

  window.analytics = api;
  Object.assign(queued, api); // for whoever held the list that stood here before
  window.candor = {
    version: VERSION,
    ready: () => api.ready(),
    host: () => host,
    config: () => config,
    choices: () => answers(),
    choose,
    mayAsk,
    hasSignal: () => hasSignal,
    openChoices: () => document.dispatchEvent(new CustomEvent("candor:open")),
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-candor-choices]");
    if (!link) return;
    event.preventDefault();
    window.candor.openChoices();
  });

  /* What the page said before this script came: `analytics.push(["track", …])`. */
  const loads = queued.filter((one) => Array.isArray(one) && one[0] === "load");
  if (script?.dataset.key) api.load(script.dataset.key, { host: script.dataset.host ?? host });
  else if (loads.length) api.load(...loads[0].slice(1));
  else if (queued._writeKey) api.load(queued._writeKey, queued._loadOptions ?? {});
  for (const one of queued.splice(0)) {
    if (!Array.isArray(one)) continue;
    const [name, ...given] = one;
    if (CALLS.includes(name) || ["reset", "ready", "on"].includes(name)) api[name](...given);
  }
})();
