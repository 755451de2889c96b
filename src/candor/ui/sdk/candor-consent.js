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
        make(
          "ul",
          {},
          ...this.asked.flatMap((category) =>
            category.purposes.map((one) =>
              make("li", {}, make("b", {}, one.title), one.gain ? ` – ${one.gain}` : ""),
            ),
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
})();
