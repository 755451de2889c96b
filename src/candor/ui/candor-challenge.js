/*
 * Solves the small task that the shield asks for after many failed tries: it derives keys until one
 * begins as told (ALTCHA, version 2: PBKDF2 over a nonce and a counter). WebCrypto works beside the
 * page, so that typing stays smooth. Nothing about the person or the browser is read or sent, and
 * nothing comes from elsewhere. Where WebCrypto is missing, the words for people without a script
 * stay, and the ticket in the form lets them in after a while.
 */
"use strict";

(() => {
  const AT_ONCE = 16;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (one) => one.toString(16).padStart(2, "0")).join("");

  const derive = async (told, counter) => {
    const nonce = bytes(told.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(told.salt), iterations: told.cost };
    return hex(await crypto.subtle.deriveBits(how, key, told.keyLength * 8));
  };

  const solve = async (told) => {
    for (let start = 0; ; start += AT_ONCE) {
      const counters = Array.from({ length: AT_ONCE }, (_, place) => start + place);
      const keys = await Promise.all(counters.map((counter) => derive(told, counter)));
      const found = keys.findIndex((key) => key.startsWith(told.keyPrefix));
      if (found >= 0) return { counter: counters[found], derivedKey: keys[found] };
    }
  };

  const attend = async (part) => {
    const form = part.closest("form");
    const words = part.querySelector("[data-challenge-words]");
    const field = part.querySelector("[name=altcha]");
    if (!form || !window.crypto?.subtle || "attended" in part.dataset) return;
    part.dataset.attended = ""; /* a page with two such forms loads this script twice */
    const task = JSON.parse(part.dataset.challenge);
    let pressed = null;
    const hold = (event) => {
      event.preventDefault();
      pressed = { by: event.submitter };
      words.textContent = part.dataset.pressed;
    };
    form.addEventListener("submit", hold);
    words.textContent = part.dataset.working;
    try {
      const solution = await solve(task.parameters);
      field.value = btoa(JSON.stringify({ challenge: task, solution }));
      words.textContent = part.dataset.done;
    } finally {
      form.removeEventListener("submit", hold);
    }
    if (pressed) form.requestSubmit(pressed.by);
  };

  document.querySelectorAll("[data-challenge]").forEach((part) => attend(part));
})();
