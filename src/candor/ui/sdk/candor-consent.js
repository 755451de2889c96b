/*
 * Two elements for a company's own pages, in plain words from the catalogue:
 *
 *   <candor-banner></candor-banner>            asks visitors, once, with equal answers
 *   <candor-preferences token-url="…">         lets a customer who is signed in steer everything
 *
 * Needs candor.js before it. Works under a strict policy: no inline script or style; the style
 * sheet comes from Candor and is adopted by each element's own shadow.
 */
"use strict";

(() => {
  if (!window.candor || customElements.get("candor-banner")) return;
  const candor = window.candor;

  /* Makes an element: names of attributes, `on…` listeners, and what is inside it. */
  const make = (name, given = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined || value === null || value === false) continue;
      if (typeof value === "function") element.addEventListener(key, value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...inside.filter((one) => one !== null && one !== undefined && one !== false));
    return element;
  };

  let sheet = null;
  const dress = async (root) => {
    try {
      sheet ??= fetch(`${candor.host()}/sdk/candor.css`, { credentials: "omit" })
        .then((answer) => answer.text())
        .then((text) => new CSSStyleSheet().replace(text));
      root.adoptedStyleSheets = [await sheet];
    } catch {
      sheet = null; // plain, but usable
    }
  };

  class Piece extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" });
    }

    async connectedCallback() {
      await candor.ready();
      if (!candor.config() || !this.isConnected) return;
      const { locale, direction } = candor.config();
      this.box = make("div", { class: "candor", lang: locale, dir: direction });
      await dress(this.shadowRoot);
      this.shadowRoot.replaceChildren(this.box);
      this.begin();
    }

    get words() {
      return candor.config().words;
    }
  }

  const about = (words, purpose) => {
    const parts = [make("p", {}, purpose.plain)];
    const line = (label, text) => make("p", { class: "aside" }, make("b", {}, label), ` ${text}`);
    if (purpose.gain) parts.push(line(words.gain, purpose.gain));
    if (purpose.recipients.length) {
      parts.push(line(words.recipients, purpose.recipients.join(", ")));
    }
    return parts;
  };

  /* ---------------------------------------------------------------------------------- banner */

  class Banner extends Piece {
    begin() {
      this.open = () => this.choose(true);
      document.addEventListener("candor:open", this.open);
      if (candor.mayAsk()) this.ask();
      else this.rest();
    }

    disconnectedCallback() {
      document.removeEventListener("candor:open", this.open);
    }

    get asked() {
      return candor.config().categories.filter((one) => one.asks);
    }

    /* Shown in the page, at the place where focus will come by itself; it takes none. */
    frame(title, ...inside) {
      const panel = make(
        "section",
        { class: "panel", role: "region", "aria-labelledby": "title", keydown: (e) => this.key(e) },
        make("h2", { id: "title", tabindex: "-1" }, title),
        ...inside,
      );
      this.toggleAttribute("asking", true); // for the page's own style: make room for it
      this.box.replaceChildren(panel);
    }

    key(event) {
      if (event.key === "Escape") this.close(); // no answer at all, least of all a yes
    }

    close() {
      this.rest();
      this.came?.focus();
      this.came = null;
    }

    ask() {
      const { words } = this;
      this.frame(
        words.ask_title,
        make("p", {}, words.ask_text),
        ...this.asked.flatMap((category) =>
          category.purposes.map((one) =>
            make("details", {}, make("summary", {}, one.title), ...about(words, one)),
          ),
        ),
        this.signal(),
        make(
          "div",
          { class: "answers" },
          this.answer(words.yes_all, () => this.all(true)),
          this.answer(words.no_all, () => this.all(false)),
          this.answer(words.choose, () => this.choose(false)),
        ),
        this.more(),
      );
    }

    answer(label, act) {
      return make("button", { type: "button", class: "answer", click: act }, label);
    }

    more() {
      const { words } = this;
      return make("p", { class: "more" }, make("a", { href: candor.config().trust_url }, words.more));
    }

    /* What the browser's own signal keeps off, said in words. */
    signal() {
      const sold = this.asked.filter((one) => one.is_sale).flatMap((one) => one.purposes);
      if (!candor.hasSignal() || !sold.length) return null;
      const titles = sold.filter((one) => one.is_sale).map((one) => one.title);
      return make("p", { class: "signal" }, `${this.words.signal} ${titles.join(", ")}.`);
    }

    all(yes) {
      this.send(Object.fromEntries(this.asked.map((one) => [one.name, yes])), false);
    }

    async send(said, overGpc) {
      try {
        await candor.choose(said, { overGpc });
      } catch {
        this.status(this.words.failed);
        return;
      }
      this.rest(this.words.kept);
      (this.came ?? this.shadowRoot.querySelector("button"))?.focus();
      this.came = null;
    }

    status(text) {
      this.box.querySelector(".status")?.remove();
      this.box.firstElementChild.append(make("p", { class: "status", role: "status" }, text));
    }

    /* The granular choice. Nothing is chosen beforehand but what was said before. */
    choose(isAsked) {
      const { words } = this;
      const known = candor.choices();
      if (isAsked && !this.box.querySelector("form")) this.came = document.activeElement;
      const form = make(
        "form",
        {
          submit: (event) => {
            event.preventDefault();
            this.keep(form);
          },
        },
        ...candor.config().categories.map((one) => this.question(one, known[one.name])),
        make(
          "div",
          { class: "answers" },
          make("button", { class: "answer", type: "submit" }, words.save),
          this.answer(words.back, () =>
            candor.mayAsk() && !this.came ? this.again() : this.close(),
          ),
        ),
      );
      this.frame(words.choose_title, make("p", {}, words.choose_text), this.signal(), form, this.more());
      this.shadowRoot.getElementById("title").focus();
    }

    again() {
      this.ask();
      this.shadowRoot.getElementById("title").focus();
    }

    question(category, said) {
      const { words } = this;
      const isSignalled = candor.hasSignal() && category.is_sale;
      const option = (value, label, isNow) => {
        const id = `${category.name}-${value}`;
        return make(
          "span",
          { class: "option" },
          make("input", { type: "radio", name: category.name, id, value, checked: isNow }),
          make("label", { for: id }, label),
        );
      };
      return make(
        "fieldset",
        {},
        make("legend", {}, category.purposes.map((one) => one.title).join(" · ")),
        ...category.purposes.flatMap((one) => about(words, one)),
        make(
          "div",
          { class: "options" },
          option("yes", isSignalled ? words.yes_over : words.yes, said === true),
          option("no", words.no, said === false),
        ),
      );
    }

    keep(form) {
      const given = new FormData(form);
      const said = {};
      for (const category of candor.config().categories) {
        if (category.asks || given.has(category.name)) {
          said[category.name] = given.get(category.name) === "yes";
        }
      }
      this.send(said, true); // where a signal stands against it, the words of the answer said so
    }

    /* Nothing to ask: a way back to the choices, unless the page has one of its own. */
    rest(said) {
      const { words } = this;
      this.toggleAttribute("asking", false);
      const hasOwn = document.querySelector("[data-candor-choices]");
      const link = make(
        "button",
        { type: "button", class: "link", click: () => this.choose(true) },
        words.privacy_choices,
      );
      const spoken = make("span", { class: "status", role: "status" }, said ?? "");
      this.box.replaceChildren(
        make("div", { class: "rest" }, spoken, hasOwn && !said ? "" : link),
      );
    }
  }

  customElements.define("candor-banner", Banner);

  /* ------------------------------------------------------------------------ preference widget */

  class Preferences extends Piece {
    async begin() {
      this.token = null;
      await this.call(null);
    }

    /* The company's own server knows who is signed in; it hands out tokens that soon end. */
    async fetchToken() {
      const address = this.getAttribute("token-url");
      if (!address) return this.getAttribute("token");
      const answer = await fetch(address, { credentials: "same-origin" });
      return answer.ok ? (await answer.json()).token : null;
    }

    async call(act, isAgain = false) {
      try {
        this.token ??= await this.fetchToken();
        const language = candor.config().locale;
        const answer = await fetch(`${candor.host()}/sdk/preferences?lang=${language}`, {
          method: act ? "POST" : "GET",
          headers: {
            Authorization: `Bearer ${this.token}`,
            ...(act && { "Content-Type": "application/json" }),
          },
          body: act ? JSON.stringify(act) : undefined,
          credentials: "omit",
          referrerPolicy: "no-referrer",
        });
        if (answer.status === 403 && !isAgain) {
          this.token = null; // its time was over
          await this.call(act, true);
        } else if (answer.ok) {
          this.show(await answer.json());
        } else {
          this.fail();
        }
      } catch {
        this.fail();
      }
    }

    say(what) {
      const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
      const id = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return this.call({ id, ...what });
    }

    fail() {
      this.box.querySelector(".status")?.remove();
      this.box.append(make("p", { class: "status", role: "status" }, this.words.failed));
    }

    show(given) {
      const { words } = given;
      const place = this.shadowRoot.activeElement?.dataset.place;
      const status = make("p", { class: "status", role: "status" });
      this.box.replaceChildren(
        make(
          "div",
          { class: "panel" },
          status,
          make("h3", {}, words.what),
          ...given.purposes.map((one) => this.purpose(one, words)),
          given.topics.length ? make("h3", { class: "part" }, words.how) : null,
          ...given.topics.map((one) => this.topic(one, given)),
          this.pause(given),
          make("p", { class: "more" }, make("a", { href: given.portal_url }, words.more)),
        ),
      );
      status.textContent = given.said; // after it stands there, so that it is read out
      if (place) this.shadowRoot.querySelector(`[data-place="${CSS.escape(place)}"]`)?.focus();
    }

    purpose(one, words) {
      const id = `purpose-${one.code}`;
      const press = (says, label) =>
        make(
          "button",
          {
            type: "button",
            class: "answer",
            "aria-pressed": String(one.says === (says ? "yes" : "no")),
            "data-place": `${one.code} ${says}`,
            click: () =>
              this.say({
                choice: { purpose: one.code, says, over_gpc: says && one.is_signalled },
              }),
          },
          label,
        );
      return make(
        "section",
        { class: "card", "aria-labelledby": id },
        make("h4", { id }, one.title),
        ...about(words, one),
        make("p", { class: "state" }, one.state),
        make(
          "div",
          { class: "answers", role: "group", "aria-labelledby": id },
          press(true, one.is_signalled ? words.yes_over : words.yes),
          press(false, words.no),
        ),
      );
    }

    topic(one, given) {
      const id = `topic-${one.code}`;
      return make(
        "section",
        { class: "card", "aria-labelledby": id },
        make("h4", { id }, one.title),
        make("p", {}, one.plain),
        one.note ? make("p", { class: "state" }, one.note) : null,
        make(
          "div",
          { class: "fields" },
          ...one.channels.map((channel) => {
            const place = `${one.code}-${channel.code}`;
            const choices = given.frequencies.map((each) => {
              const option = make("option", { value: each.code }, each.title);
              option.selected = each.code === channel.frequency;
              return option;
            });
            const select = make(
              "select",
              {
                id: place,
                "data-place": place,
                "aria-describedby": channel.note ? `${place}-note` : null,
                change: () =>
                  this.say({
                    wish: { topic: one.code, channel: channel.code, frequency: select.value },
                  }),
              },
              ...choices,
            );
            return make(
              "div",
              {},
              make("label", { for: place }, given.words.often.replace("{channel}", channel.title)),
              select,
              channel.note ? make("p", { class: "state", id: `${place}-note` }, channel.note) : null,
            );
          }),
        ),
      );
    }

    pause(given) {
      const { words } = given;
      const length = make(
        "select",
        { id: "pause-for", "data-place": "pause-for" },
        ...given.pauses.map((one) => make("option", { value: one.code }, one.title)),
      );
      const button = (label, days) =>
        make(
          "button",
          {
            type: "button",
            class: "answer",
            "data-place": "pause",
            click: () => this.say({ pause_days: days() }),
          },
          label,
        );
      return make(
        "section",
        { class: "card", "aria-labelledby": "pause" },
        make("h4", { id: "pause" }, words.pause),
        make("p", { class: "state" }, given.pause),
        given.is_paused
          ? make("div", { class: "answers" }, button(words.end_pause, () => 0))
          : make(
              "div",
              { class: "fields" },
              make("div", {}, make("label", { for: "pause-for" }, words.pause_for), length),
              make("div", { class: "low" }, button(words.begin_pause, () => Number(length.value))),
            ),
      );
    }
  }

  customElements.define("candor-preferences", Preferences);
})();
