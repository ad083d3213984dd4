/* One's notes for the meeting. The page works without this file.

   1. What was planned last week or logged since becomes a button that takes it over into its line.
   2. Each project is saved on its own, without the page being loaded anew; Ctrl+Enter saves the one that is written.
   3. Whoever leaves with something unsaved is asked. */
(() => {
  "use strict";

  const page = document.querySelector("[data-notes]");
  if (!page) return;
  const TIMEOUT_MS = 20000;
  const unsaved = new Set();

  function offer(card) {
    for (const hint of card.querySelectorAll("span[data-take]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.take = hint.dataset.take;
      button.textContent = hint.textContent;
      hint.replaceWith(button);
    }
  }

  function take(button) {
    const line = document.getElementById(button.dataset.take);
    const text = button.textContent.trim();
    if (!line.value.includes(text)) line.value = [line.value.trim(), text].filter(Boolean).join("\n");
    line.dispatchEvent(new Event("input", { bubbles: true }));
    line.focus();
  }

  function say(card, text) {
    card.querySelector("[data-note-status]").textContent = text;
  }

  async function save(form) {
    const card = form.closest("[data-note]");
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), TIMEOUT_MS);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-My-Notes": "1" },
        signal: stop.signal,
      });
      if (answer.redirected || ![201, 422].includes(answer.status)) return say(card, page.dataset.msgFailed);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-note]");
      card.replaceWith(fresh);
      offer(fresh);
      if (answer.status === 201) unsaved.delete(card.id);
      (fresh.querySelector("[aria-invalid=true]") || fresh.querySelector("button[type=submit]")).focus();
    } catch {
      say(card, page.dataset.msgFailed);
    } finally {
      clearTimeout(clock);
      form.removeAttribute("aria-busy");
    }
    return null;
  }

  page.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-take]");
    if (button) take(button);
  });

  page.addEventListener("input", (event) => {
    const card = event.target.closest("[data-note]");
    if (!card) return;
    unsaved.add(card.id);
    say(card, "");
  });

  page.addEventListener("keydown", (event) => {
    const form = event.target.closest(".note-form");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  page.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target.getAttribute("aria-busy") !== "true") save(event.target);
  });

  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });

  page.querySelectorAll("[data-note]").forEach(offer);
})();
