/* A visit that survives a plant without network (drafts.js). The page works without this file.

   1. While a name is typed, the enterprises that it may mean are fetched and shown; Enter takes the only one.
   2. Cards for problems open one after the other.
   3. On submit the visit goes into the queue. One that the server refuses opens in the form again with its errors, at
      once or when the form is empty. */
(() => {
  "use strict";

  const box = document.getElementById("quick-visit");
  if (!box) return;
  const { stored, store, newKey, parsed, post, formQueue } = window.pinghuDrafts;
  const DRAFT = `pinghu-visit-draft:${box.dataset.person}:${box.dataset.subject}`;
  const QUEUE = `pinghu-visit-queue:${box.dataset.person}`;
  const TYPED = ["named", "seen", "promise", "promise_on", "on", "met"];
  const MOST = Number(box.dataset.most);
  const DEBOUNCE_MS = 250;
  let timer = 0;
  let asked = null;
  let composing = false;
  let today = box.dataset.today;

  const form = () => box.querySelector("#quick-visit-form");
  const field = (name) => form().elements.namedItem(name);
  const found = () => box.querySelector("[data-visit-found]");
  const cards = () => Array.from(box.querySelectorAll("[data-visit-card]"));
  const radios = (name) => Array.from(form().querySelectorAll(`input[type=radio][name="${name}"]`));
  const chosen = () => radios("enterprise").find((radio) => radio.checked);

  /** Names and values as the browser would send them, and the chosen enterprise's name for its chip. */
  function values() {
    const pairs = Array.from(new FormData(form())).filter(([name]) => name !== "csrfmiddlewaretoken");
    const chip = chosen();
    const label = chip ? chip.parentElement.querySelector("span").firstChild.textContent.trim() : "";
    return { client_key: field("client_key").value, label, pairs };
  }

  function isEmpty() {
    const texts = [...TYPED.map(field), ...cards().map((card) => card.querySelector("textarea"))];
    return !field("is_quiet").checked && texts.every((one) => !one.value.trim());
  }

  function choose(name, value) {
    for (const radio of radios(name)) radio.checked = radio.value === value;
  }

  // --- cards --------------------------------------------------------------------------------------------------------

  /** Empty cards beyond the first wait behind the button. */
  function fold() {
    cards().forEach((card, place) => {
      card.hidden = place > 0 && !card.querySelector("textarea").value.trim();
    });
    box.querySelector("[data-visit-another]").hidden = false;
  }

  function another() {
    let card = cards().find((one) => one.hidden);
    if (!card && cards().length < MOST) {
      const last = cards().at(-1);
      card = last.cloneNode(true);
      card.querySelector("textarea").value = "";
      card.querySelector("select").selectedIndex = 0;
      for (const part of card.querySelectorAll("[aria-label]")) {
        part.setAttribute("aria-label", part.getAttribute("aria-label").replace(/\d+/, String(cards().length + 1)));
      }
      last.after(card);
    }
    if (card) {
      card.hidden = false;
      card.querySelector("textarea").focus();
    }
    box.querySelector("[data-visit-another]").hidden = cards().length >= MOST && !cards().some((one) => one.hidden);
  }

  // --- the form -----------------------------------------------------------------------------------------------------

  function say(pattern) {
    const waiting = queue.count();
    const state = box.querySelector("[data-visit-waiting]");
    state.textContent = waiting && pattern ? pattern.replace("{count}", String(waiting)) : "";
  }

  function clear() {
    for (const part of form().querySelectorAll(".errors, .errornote, .text-red-600")) {
      if (part.matches(".errors")) part.classList.remove("errors");
      else part.remove();
    }
    for (const one of form().querySelectorAll("textarea, input[type=text], input[type=date]")) one.value = "";
    for (const one of form().querySelectorAll("input[type=checkbox]")) one.checked = false;
    for (const one of form().querySelectorAll("select")) one.selectedIndex = 0;
    for (const radio of radios("enterprise")) radio.checked = false;
    choose("day", today);
    choose("promise_chip", "");
    choose("manner", radios("manner")[0].value);
    field("client_key").value = newKey();
    found().replaceChildren();
    fold();
  }

  function show(html) {
    const part = parsed(html, "[data-visit-part]");
    if (!part) return false;
    part.querySelectorAll("[data-visit-done]").forEach((line) => line.remove());
    box.querySelector("[data-visit-part]").replaceWith(part);
    fold();
    return true;
  }

  /** A draft back into the form; an enterprise that has no chip here gets one. */
  function fill(draft) {
    const texts = draft.pairs.filter(([name]) => name === "problem").map((pair) => pair[1]);
    const kinds = draft.pairs.filter(([name]) => name === "problem_kind").map((pair) => pair[1]);
    while (cards().length < texts.length) another();
    cards().forEach((card, place) => {
      card.querySelector("textarea").value = texts[place] || "";
      card.querySelector("select").value = kinds[place] || "";
    });
    for (const [name, value] of draft.pairs) {
      if (name === "enterprise" && !radios(name).some((radio) => radio.value === value)) {
        const chip = document.createElement("label");
        const radio = document.createElement("input");
        Object.assign(radio, { type: "radio", name, value });
        const words = document.createElement("span");
        words.textContent = draft.label || value;
        chip.append(radio, words);
        found().prepend(chip);
      }
      if (radios(name).length) choose(name, value);
      else if (name === "is_quiet") field(name).checked = true;
      else if (name === "along") {
        for (const one of form().querySelectorAll("input[name=along]")) one.checked = one.checked || one.value === value;
      } else if (!name.startsWith("problem")) field(name).value = value;
    }
    fold();
  }

  /** A page that was left open overnight: what says "today" is today. */
  function freshDays() {
    const now = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
    if (document.hidden || now <= today || !isEmpty()) return;
    const before = new Date(`${now}T12:00:00Z`);
    before.setUTCDate(before.getUTCDate() - 1);
    const days = [now, before.toISOString().slice(0, 10)];
    radios("day").forEach((radio, place) => {
      if (!days[place]) return;
      radio.value = days[place];
      radio.parentElement.querySelector("small").textContent = days[place].slice(5);
    });
    today = now;
    choose("day", today);
  }

  // --- which enterprise ---------------------------------------------------------------------------------------------

  async function search() {
    if (asked) asked.abort();
    const text = field("named").value.trim();
    if (!text) {
      if (!chosen() || !found().contains(chosen())) found().replaceChildren();
      return;
    }
    asked = new AbortController();
    const url = new URL(box.dataset.enterprisesUrl, window.location.href);
    url.search = new URLSearchParams({ q: text }).toString();
    const place = found();
    try {
      const answer = await fetch(url, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      if (place.isConnected && field("named").value.trim() === text) place.innerHTML = html;
    } catch (error) {
      if (error.name !== "AbortError" && place.isConnected) place.textContent = box.dataset.msgOffline;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(search, DEBOUNCE_MS);
  }

  function take(radio) {
    radio.checked = true;
    field("named").value = "";
    // The others that were proposed have served.
    if (found().contains(radio)) found().replaceChildren(radio.parentElement);
    else found().replaceChildren();
  }

  // --- sending ------------------------------------------------------------------------------------------------------

  const send = (item) =>
    post(form().action, item.pairs, {
      token: field("csrfmiddlewaretoken").value,
      header: "X-Quick-Visit",
      known: [201, 422],
    });

  const queue = formQueue(QUEUE, DRAFT, {
    box,
    send,
    done: "[data-visit-done]",
    sent: "[data-visit-sent]",
    values,
    isEmpty,
    show,
    say,
  });

  async function submit(event) {
    if (event.target !== form()) return;
    if (isEmpty() && !chosen()) return; // the server says what is missing
    if (!field("client_key").value) field("client_key").value = newKey();
    if (!queue.put(values())) return;
    event.preventDefault();
    store(DRAFT, null);
    clearTimeout(timer);
    if (asked) asked.abort();
    clear();
    box.scrollIntoView({ block: "start" });
    form().setAttribute("aria-busy", "true");
    await queue.flush();
    form().removeAttribute("aria-busy");
  }

  // --- wiring -------------------------------------------------------------------------------------------------------

  box.addEventListener("submit", submit);
  box.addEventListener("compositionstart", () => {
    composing = true;
  });
  box.addEventListener("compositionend", (event) => {
    composing = false;
    if (event.target.name === "named") later();
  });
  box.addEventListener("input", (event) => {
    const { name, value } = event.target;
    if (name === "named") {
      for (const radio of radios("enterprise")) radio.checked = false;
      if (!composing) later();
    }
    if (name === "enterprise") take(event.target);
    if (name === "promise_chip" && value) field("promise_on").value = "";
    if (name === "promise_on") choose("promise_chip", "");
    if (name === "day" && value) field("on").value = "";
    if (name === "on") choose("day", value ? "" : today);
    store(DRAFT, isEmpty() ? null : values());
  });
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-visit-another]")) another();
    // A thumb chose the enterprise: the next thing is what was seen. Arrow keys only walk through the chips.
    if (event.target.name === "enterprise" && event.detail > 0) field("seen").focus();
  });
  box.addEventListener("keydown", async (event) => {
    if (event.target.name !== "named" || event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    clearTimeout(timer);
    await search();
    const only = found().querySelectorAll("input");
    if (only.length !== 1) return;
    take(only[0]);
    store(DRAFT, isEmpty() ? null : values());
    field("seen").focus();
  });
  document.addEventListener("visibilitychange", freshDays);

  fold();
  const draft = stored(DRAFT, null);
  if (draft && isEmpty()) fill(draft);
  freshDays();
  queue.flush();
})();
