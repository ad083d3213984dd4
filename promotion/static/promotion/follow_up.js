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
  const { stored, store, newKey, parsed, post, queueOf } = window.pinghuDrafts;
  const QUEUE = `pinghu-follow-up-queue:${box.dataset.person}`;
  const DRAFT = `pinghu-follow-up-draft:${box.dataset.person}:`;
  const SUBJECTS = ["lead", "project", "counterpart", "enterprise"];
  const TYPED = ["happened", "next_step", "none_because"];
  let done = null; // the last one that arrived

  const form = () => document.getElementById("follow-up-form");
  const field = (name) => form().elements.namedItem(name);

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
    const waiting = queue.count();
    const state = box.querySelector("[data-follow-up-state]");
    state.textContent = waiting && pattern ? pattern.replace("{count}", String(waiting)) : "";
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

  function refused(item, html) {
    store(DRAFT + subjectOf(item), item);
    queue.forget(item);
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

  const send = (item) =>
    post(box.dataset.url, Object.entries(item), {
      token: box.querySelector("[name=csrfmiddlewaretoken]").value,
      header: "X-Follow-Up",
      // 404: the record is not there for this person any more; what was typed must not be lost.
      known: [201, 404, 422],
    });

  function take(item, answer) {
    if (answer.status !== 201) {
      refused(item, answer.html);
      return;
    }
    queue.forget(item);
    say("");
    done = { item, line: parsed(answer.html, "[data-follow-up-done]") };
    if (done.line) box.append(done.line);
  }

  const stuck = (answer) => say(answer === null ? box.dataset.msgKept : box.dataset.msgSignIn);
  const queue = queueOf(QUEUE, { send, take, stuck });

  async function submit(event) {
    if (event.target !== form()) return;
    const item = values();
    if (!item.happened.trim()) return; // the server says what is missing
    if (!item.client_key) item.client_key = newKey();
    if (!queue.put(item)) return;
    event.preventDefault();
    store(DRAFT + subjectOf(item), null);
    clear();
    form().setAttribute("aria-busy", "true");
    await queue.flush();
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
  queue.flush();
})();
