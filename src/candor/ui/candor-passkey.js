/*
 * Passkeys on pages of ours (Web Authentication, Level 3). Without this script, or in a browser
 * that knows no passkeys, the forms marked data-passkey stay hidden and every other way in works.
 *
 * A form says what it wants: data-passkey="get" (sign in, prove) or "create" (add one), and
 * data-begin, where the challenge is fetched. The answer of the authenticator travels as JSON in
 * the field `answer` of that very form, which is then sent like any other.
 */
"use strict";

(() => {
  if (window.candorPasskeys) return;
  window.candorPasskeys = true;
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
      sign.charCodeAt(0),
    );
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    return {
      ...same(made),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports?.() ?? [],
      },
    };
  };

  const get = async (options) => {
    const found = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
    const { userHandle } = found.response;
    return {
      ...same(found),
      response: {
        clientDataJSON: text(found.response.clientDataJSON),
        authenticatorData: text(found.response.authenticatorData),
        signature: text(found.response.signature),
        userHandle: userHandle?.byteLength ? text(userHandle) : null,
      },
    };
  };

  const same = (credential) => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
  });

  const begin = async (form) => {
    const answer = await fetch(form.dataset.begin, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
    });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return await answer.json();
  };

  const run = async (form) => {
    const ask = form.dataset.passkey === "create" ? create : get;
    form.elements.answer.value = JSON.stringify(await ask(await begin(form)));
    form.submit();
  };

  const say = (form, kind) => {
    const said = form.querySelector("[data-passkey-said]");
    said.textContent = kind ? said.dataset[kind] : "";
    said.hidden = !kind;
  };

  const kinds = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };

  for (const said of document.querySelectorAll("[data-passkey-unable]")) said.hidden = true;

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      say(form, "");
      try {
        await run(form);
      } catch (error) {
        say(form, kinds[error.name] ?? "failed");
        form.ariaBusy = "false";
      }
    });
  }
})();
