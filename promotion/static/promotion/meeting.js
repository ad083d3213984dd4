/* While the meeting runs: a resolution is written where its project stands. The page works without this file.

   1. A link brings the line for a resolution to its project, with its officer chosen, or with the help it asks for.
   2. A chip fills the day; a day typed by hand lets go of the chip.
   3. Enter sends it; what was decided appears below the project, and the line is empty for the next one. Where it is
      refused the line comes back with what is missing; without network nothing typed is lost. */
(() => {
  "use strict";

  const page = document.querySelector("[data-meeting]");
  const home = document.querySelector("[data-decide-home]");
  if (!page || !home) return;
  const TIMEOUT_MS = 20000;
  let sending = false;

  const form = () => page.querySelector("[data-decide-form]");
  const field = (name) => form().elements.namedItem(name);
  const listOf = (project) => page.querySelector(`[data-decided="${CSS.escape(project)}"]`);

  function say(text) {
    page.querySelector("[data-meeting-status]").textContent = text;
  }

  function choose(day) {
    for (const chip of form().querySelectorAll("[name=chip]")) chip.checked = chip.value === day;
  }

  function bring(link) {
    const place = link.closest("article, li").querySelector("[data-decide-slot]");
    place.append(form());
    field("project").value = link.dataset.decide;
    form().querySelector("[data-decide-name]").textContent = link.dataset.name;
    if (link.dataset.person) field("person").value = link.dataset.person;
    if (link.dataset.text) field("text").value = link.dataset.text;
    if (link.dataset.due) {
      field("due_on").value = link.dataset.due;
      choose(link.dataset.due);
    }
    field("text").focus();
  }

  function keep(html) {
    const row = new DOMParser().parseFromString(html, "text/html").querySelector("[data-item]");
    const list = listOf(field("project").value);
    if (!row || !list) return;
    const known = list.querySelector(`[data-item="${CSS.escape(row.dataset.item)}"]`);
    if (known) known.replaceWith(row);
    else list.append(row);
    say(row.textContent.replace(/\s+/g, " ").trim());
    field("text").value = "";
    for (const error of form().querySelectorAll(".errorlist, [data-form-errors]")) error.remove();
    field("text").focus();
  }

  /** The line as it was refused, where it stands; the token of the page goes on holding. */
  function refused(html) {
    const answer = new DOMParser().parseFromString(html, "text/html").querySelector("[data-decide-form]");
    if (!answer) return say(page.dataset.msgFailed);
    form().replaceWith(answer);
    say("");
    const wrong = answer.querySelector("[aria-invalid=true]") || field("text");
    wrong.focus();
  }

  async function send() {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(form().action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form())),
        headers: { "X-Meeting": "1" },
        signal: stop.signal,
      });
      if (answer.redirected || ![201, 422].includes(answer.status)) say(page.dataset.msgFailed);
      else if (answer.status === 201) keep(await answer.text());
      else refused(await answer.text());
    } catch {
      say(page.dataset.msgFailed);
    } finally {
      clearTimeout(clock);
    }
  }

  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-decide]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    bring(link);
  });

  page.addEventListener("input", (event) => {
    if (!form().contains(event.target)) return;
    const { name, value } = event.target;
    if (name === "chip") field("due_on").value = value;
    if (name === "due_on") choose(value);
  });

  page.addEventListener("submit", async (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    form().setAttribute("aria-busy", "true");
    await send();
    form().removeAttribute("aria-busy");
    sending = false;
  });
})();
