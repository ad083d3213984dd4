/* A follow-up that survives a hall without network. The pages work without this file.

   1. A chip fills the day; a day typed by hand lets go of the chip.
   2. What is typed is kept on the device as a draft of that record until it is sent.
   3. On submit it goes into a queue on the device, then to the server. Without network it stays there and is sent when
      the network is back, from any page that has this file. Its `client_key` makes it arrive once. One that the server
      refuses becomes a draft of its record again, and a link leads there.
   Drafts belong to the person who typed them: another person on the same device neither sees nor sends them. */
(() => {
  "use strict";

  const box = document.querySelector("[data-follow-up-queue]");
  if (!box) return;
  const QUEUE = `pinghu-follow-up-queue:${box.dataset.person}`;
  const DRAFT = `pinghu-follow-up-draft:${box.dataset.person}:`;
  const SUBJECTS = ["lead", "project", "counterpart", "enterprise"];
  const TYPED = ["happened", "next_step", "none_because"];
  const TIMEOUT_MS = 20000;
  const RETRY_MS = 30000;
  let retry = 0;
  let sending = false;

  const form = () => document.getElementById("follow-up-form");
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

  /** "lead=<public id>": what an item is about, as the address of its page says it. */
  function subjectOf(item) {
    const name = SUBJECTS.find((one) => item[one]);
    return `${name}=${item[name]}`;
  }

  function values() {
    const found = Object.fromEntries(new FormData(form()));
    delete found.csrfmiddlewaretoken;
    return found;
  }

  function isEmpty() {
    return TYPED.every((name) => !field(name) || !field(name).value.trim());
  }

  function say(pattern) {
    const waiting = stored(QUEUE, []).length;
    const state = box.querySelector("[data-follow-up-state]");
    state.textContent = waiting && pattern ? pattern.replace("{count}", String(waiting)) : "";
  }

  function forget(item) {
    store(
      QUEUE,
      stored(QUEUE, []).filter((one) => one.client_key !== item.client_key)
    );
  }

  function parsed(html, selector) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(selector);
  }

  function fill(item) {
    for (const [name, value] of Object.entries(item)) {
      if (!field(name) || SUBJECTS.includes(name)) continue;
      if (name === "chip") choose(value);
      else field(name).value = value;
    }
  }

  /** Take the chip of that day, else the one for another day. */
  function choose(day) {
    const chips = Array.from(field("chip") || []);
    const chosen = chips.find((chip) => chip.value === day) || chips.find((chip) => !chip.value);
    if (chosen) chosen.checked = true;
  }

  function clear() {
    for (const name of [...TYPED, "next_on"]) if (field(name)) field(name).value = "";
    choose("");
    field("client_key").value = newKey();
  }

  // --- sending ------------------------------------------------------------------------------------------------------

  /** The answer's status and text; null without network. */
  async function post(item) {
    const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ ...item, csrfmiddlewaretoken: token });
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(box.dataset.url, {
        method: "POST",
        body,
        headers: { "X-Follow-Up": "1" },
        signal: stop.signal,
      });
      // 404: the record is not there for this person any more; what was typed must not be lost.
      const known = !answer.redirected && [201, 404, 422].includes(answer.status);
      return { status: known ? answer.status : 0, html: known ? await answer.text() : "" };
    } catch {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }

  function refused(item, html) {
    store(DRAFT + subjectOf(item), item);
    forget(item);
    const part = parsed(html, "[data-follow-up-part]");
    if (part && form() && form().dataset.subject === subjectOf(item) && isEmpty()) {
      document.querySelector("[data-follow-up-part]").replaceWith(part);
      return;
    }
    const link = document.createElement("a");
    link.href = `${box.dataset.url}?${subjectOf(item)}`;
    link.textContent = box.dataset.msgRefused;
    box.querySelector("[data-follow-up-state]").replaceChildren(link);
  }

  /** Send what waits, oldest first; stop at the first that cannot be sent. Returns the last one that arrived. */
  async function flush() {
    if (sending) return null;
    sending = true;
    clearTimeout(retry);
    let done = null;
    try {
      for (const item of stored(QUEUE, [])) {
        const answer = await post(item);
        if (answer === null || answer.status === 0) {
          say(answer === null ? box.dataset.msgKept : box.dataset.msgSignIn);
          break;
        }
        if (answer.status === 201) {
          forget(item);
          say("");
          done = { item, line: parsed(answer.html, "[data-follow-up-done]") };
          if (done.line) box.append(done.line);
        } else {
          refused(item, answer.html);
        }
      }
    } finally {
      sending = false;
      if (stored(QUEUE, []).length) retry = setTimeout(flush, RETRY_MS);
    }
    return done;
  }

  async function submit(event) {
    if (event.target !== form()) return;
    const item = values();
    if (!item.happened.trim()) return; // the server says what is missing
    if (!item.client_key) item.client_key = newKey();
    if (!store(QUEUE, [...stored(QUEUE, []).filter((one) => one.client_key !== item.client_key), item])) return;
    event.preventDefault();
    store(DRAFT + subjectOf(item), null);
    clear();
    form().setAttribute("aria-busy", "true");
    const done = await flush();
    form().removeAttribute("aria-busy");
    if (done && done.line && done.item.client_key === item.client_key) window.location.assign(done.line.dataset.url);
  }

  // --- wiring -------------------------------------------------------------------------------------------------------

  if (form()) {
    document.addEventListener("submit", submit);
    document.addEventListener("input", (event) => {
      if (!form().contains(event.target)) return;
      const { name, value } = event.target;
      if (name === "chip" && value) field("next_on").value = value;
      if (name === "next_on") {
        choose(value);
      }
      store(DRAFT + form().dataset.subject, isEmpty() ? null : values());
    });
    const draft = stored(DRAFT + form().dataset.subject, null);
    if (draft && isEmpty()) fill(draft);
  }
  window.addEventListener("online", flush);
  flush();
})();
