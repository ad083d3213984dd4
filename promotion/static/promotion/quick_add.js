/* A quick lead that survives a hall without network. The page works without this file.

   1. While name or code is typed, what may be the same is fetched and shown.
   2. What is typed is kept on the device as a draft until it is sent.
   3. On submit the lead goes into a queue on the device, then to the server. Without network it stays there and is
      sent when the network is back. Its `client_key` makes it arrive once, however often it is sent.
   Drafts belong to the person who typed them: another person on the same device neither sees nor sends them. */
(() => {
  "use strict";

  const box = document.getElementById("quick-add");
  if (!box) return;
  const DRAFT = `pinghu-lead-draft:${box.dataset.person}`;
  const QUEUE = `pinghu-lead-queue:${box.dataset.person}`;
  const TYPED = ["name", "origin", "business", "uscc"];
  const DEBOUNCE_MS = 250;
  const TIMEOUT_MS = 20000;
  const RETRY_MS = 30000;
  const SHOWN = 5;
  let timer = 0;
  let retry = 0;
  let asked = null;
  let composing = false;
  let sending = false;

  const form = () => box.querySelector("#quick-add-form");
  const field = (name) => form().elements.namedItem(name);

  function stored(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(key)) || otherwise;
    } catch {
      return otherwise;
    }
  }

  /** False where the browser keeps nothing (private window, full): then the form is sent the ordinary way. */
  function store(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function values() {
    const found = Object.fromEntries(new FormData(form()));
    delete found.csrfmiddlewaretoken;
    return found;
  }

  function isEmpty() {
    return TYPED.every((name) => !field(name).value.trim());
  }

  function say(pattern) {
    const waiting = stored(QUEUE, []).length;
    const state = box.querySelector("[data-quick-add-waiting]");
    state.textContent = waiting && pattern ? pattern.replace("{count}", String(waiting)) : "";
  }

  /** The answer of a lead that arrived: its number goes above the form, the newest first. */
  function entered(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const done = page.querySelector("[data-quick-add-done]");
    const list = box.querySelector("[data-quick-add-sent]");
    if (done) list.prepend(done);
    while (list.children.length > SHOWN) list.lastElementChild.remove();
  }

  function clear() {
    for (const name of TYPED) field(name).value = "";
    field("confirmed").value = "";
    field("client_key").value = newKey();
    box.querySelector("[data-quick-add-matches]").replaceChildren();
    field("name").focus();
  }

  function show(html) {
    const part = new DOMParser().parseFromString(html, "text/html").querySelector("[data-quick-add-part]");
    if (!part) return false;
    part.querySelectorAll("[data-quick-add-done]").forEach((line) => line.remove());
    box.querySelector("[data-quick-add-part]").replaceWith(part);
    field("name").focus();
    return true;
  }

  // --- what may be the same -----------------------------------------------------------------------------------------

  async function match() {
    if (asked) asked.abort();
    const [name, uscc] = [field("name").value.trim(), field("uscc").value.trim()];
    const place = box.querySelector("[data-quick-add-matches]");
    if (!name && !uscc) {
      place.replaceChildren();
      return;
    }
    asked = new AbortController();
    const url = new URL(box.dataset.matchesUrl, window.location.href);
    url.search = new URLSearchParams({ name, uscc }).toString();
    try {
      const answer = await fetch(url, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      if (place.isConnected && field("name").value.trim() === name) place.innerHTML = html;
    } catch {
      // Replaced by a newer question, or no network: the check runs again when the lead is sent.
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(match, DEBOUNCE_MS);
  }

  // --- sending ------------------------------------------------------------------------------------------------------

  /** The answer's status and text; null without network or without a session. */
  async function post(item) {
    const body = new URLSearchParams({ ...item, csrfmiddlewaretoken: field("csrfmiddlewaretoken").value });
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(form().action, {
        method: "POST",
        body,
        headers: { "X-Quick-Add": "1" },
        signal: stop.signal,
      });
      const known = !answer.redirected && [201, 409, 422].includes(answer.status);
      return { status: known ? answer.status : 0, html: known ? await answer.text() : "" };
    } catch {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }

  function forget(item) {
    store(
      QUEUE,
      stored(QUEUE, []).filter((one) => one.client_key !== item.client_key)
    );
  }

  /** Send what waits, oldest first; stop at the first that cannot be sent. */
  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      for (const item of stored(QUEUE, [])) {
        const answer = await post(item);
        if (answer === null || answer.status === 0) {
          say(answer === null ? box.dataset.msgKept : box.dataset.msgSignIn);
          break;
        }
        if (answer.status === 201) {
          forget(item);
          entered(answer.html);
          if (isEmpty()) show(answer.html);
          say("");
          continue;
        }
        if (!isEmpty()) {
          say(box.dataset.msgWaiting);
          break;
        }
        // It is asked about, or a field is wrong: back into the form, where it is a draft again.
        if (!show(answer.html)) break;
        forget(item);
        store(DRAFT, values());
        say("");
        break;
      }
    } finally {
      sending = false;
      if (stored(QUEUE, []).length) retry = setTimeout(flush, RETRY_MS);
    }
  }

  async function submit(event) {
    if (event.target !== form()) return;
    const item = values();
    if (!item.name.trim()) return; // the server says what is missing
    if (!item.client_key) item.client_key = newKey();
    if (!store(QUEUE, [...stored(QUEUE, []).filter((one) => one.client_key !== item.client_key), item])) return;
    event.preventDefault();
    store(DRAFT, null);
    clearTimeout(timer);
    if (asked) asked.abort();
    clear();
    form().setAttribute("aria-busy", "true");
    await flush();
    form().removeAttribute("aria-busy");
  }

  // --- wiring -------------------------------------------------------------------------------------------------------

  box.addEventListener("submit", submit);
  box.addEventListener("compositionstart", () => {
    composing = true;
  });
  box.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  box.addEventListener("input", (event) => {
    store(DRAFT, isEmpty() ? null : values());
    if (!composing && ["name", "uscc"].includes(event.target.name)) later();
  });
  window.addEventListener("online", flush);

  const draft = stored(DRAFT, null);
  if (draft && isEmpty()) {
    for (const [name, value] of Object.entries(draft)) {
      if (field(name)) field(name).value = value;
    }
    later();
  }
  flush();

  /** Unfold shows the page only when its own scripts have started: `autofocus` came too early. */
  function focusWhenShown(tries) {
    if (document.activeElement !== document.body) return;
    field("name").focus();
    if (document.activeElement === document.body && tries) requestAnimationFrame(() => focusWhenShown(tries - 1));
  }
  focusWhenShown(120);
})();
