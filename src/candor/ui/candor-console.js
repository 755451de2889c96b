/*
 * The only script of the console. Without it every page works; with it the parts marked
 * data-live are fetched again from the same address every few seconds while the page is
 * visible, and a button stops that (WCAG 2.2, 2.2.2).
 */
"use strict";

(() => {
  const SECONDS = 5;
  const parts = () => document.querySelectorAll("[data-live][id]");
  if (!parts().length) return;

  const button = document.querySelector("[data-live-button]");
  let running = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const show = () => {
    if (!button) return;
    button.hidden = false;
    button.textContent = running ? button.dataset.stop : button.dataset.start;
  };

  const refresh = async () => {
    if (!running || document.hidden) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const next = fresh.getElementById(part.id);
        const isBusy = part.contains(document.activeElement) || part.querySelector("details[open]");
        if (next && !isBusy) part.replaceWith(document.adoptNode(next));
      }
    } catch {
      /* The numbers on the page stay true for the time they were read; try again later. */
    }
  };

  button?.addEventListener("click", () => {
    running = !running;
    show();
    refresh();
  });
  show();
  setInterval(refresh, SECONDS * 1000);
})();
