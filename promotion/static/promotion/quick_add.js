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
  const { stored, store, newKey, parsed, post, formQueue } = window.pinghuDrafts;
  const DRAFT = `pinghu-lead-draft:${box.dataset.person}`;
  const QUEUE = `pinghu-lead-queue:${box.dataset.person}`;
  const TYPED = ["name", "origin", "business", "uscc"];
  const DEBOUNCE_MS = 250;
  let timer = 0;
  let asked = null;
  let composing = false;

  const form = () => box.querySelector("#quick-add-form");
  const field = (name) => form().elements.namedItem(name);

  function values() {
    const found = Object.fromEntries(new FormData(form()));
    delete found.csrfmiddlewaretoken;
    return found;
  }

  function isEmpty() {
    return TYPED.every((name) => !field(name).value.trim());
  }

  function say(pattern) {
    const waiting = queue.count();
    const state = box.querySelector("[data-quick-add-waiting]");
    state.textContent = waiting && pattern ? pattern.replace("{count}", String(waiting)) : "";
  }

  function clear() {
    for (const name of TYPED) field(name).value = "";
    field("confirmed").value = "";
    field("client_key").value = newKey();
    box.querySelector("[data-quick-add-matches]").replaceChildren();
    field("name").focus();
  }

  function show(html) {
    const part = parsed(html, "[data-quick-add-part]");
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

  const send = (item) =>
    post(form().action, Object.entries(item), {
      token: field("csrfmiddlewaretoken").value,
      header: "X-Quick-Add",
      known: [201, 409, 422],
    });

  const queue = formQueue(QUEUE, DRAFT, {
    box,
    send,
    done: "[data-quick-add-done]",
    sent: "[data-quick-add-sent]",
    values,
    isEmpty,
    show,
    say,
  });

  async function submit(event) {
    if (event.target !== form()) return;
    const item = values();
    if (!item.name.trim()) return; // the server says what is missing
    if (!item.client_key) item.client_key = newKey();
    if (!queue.put(item)) return;
    event.preventDefault();
    store(DRAFT, null);
    clearTimeout(timer);
    if (asked) asked.abort();
    clear();
    form().setAttribute("aria-busy", "true");
    await queue.flush();
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

  const draft = stored(DRAFT, null);
  if (draft && isEmpty()) {
    for (const [name, value] of Object.entries(draft)) {
      if (field(name)) field(name).value = value;
    }
    later();
  }
  queue.flush();

  /** Unfold shows the page only when its own scripts have started: `autofocus` came too early. */
  function focusWhenShown(tries) {
    if (document.activeElement !== document.body) return;
    field("name").focus();
    if (document.activeElement === document.body && tries) requestAnimationFrame(() => focusWhenShown(tries - 1));
  }
  focusWhenShown(120);
})();
