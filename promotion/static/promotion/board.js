/* Cards of the board that are moved: by dragging, by the arrow keys, or from a list in a dialog. Without this file the
   “Move” of each card leads to the page that moves it.

   Every way posts to that page. It answers 204, or the form with what is missing: that form opens in the dialog, and a
   dialog that is closed puts the card back. After a move the heads of all columns and the card come fresh from the server.
   1. Drag a card onto a column.
   2. Space on “Move” picks the card up; left and right choose a column, Enter moves, Escape puts it back.
   3. Enter on “Move” shows where the card may go. */
(() => {
  "use strict";

  const board = document.querySelector("[data-board]");
  if (!board) return;
  const dialog = board.querySelector("[data-board-dialog]");
  const body = dialog.querySelector("[data-board-dialog-body]");
  const heading = dialog.querySelector("[data-board-dialog-title]");
  const tokenForm = board.querySelector("[data-board-token]");
  /** The card under way: {card, home, next, carried}; one at a time. */
  let under = null;

  const columns = () => Array.from(board.querySelectorAll("[data-board-column]"));
  const columnOf = (card) => card.closest("[data-board-column]");
  const listOf = (column) => column.querySelector("[data-board-cards]");
  const moveOf = (card) => card.querySelector("[data-board-move]");

  function say(message, card, column) {
    const text = (board.dataset[message] || message)
      .replace("{card}", card ? card.dataset.name : "")
      .replace("{stage}", column ? column.dataset.name : "");
    board.querySelector("[data-board-said]").textContent = text;
  }

  function focusOn(card) {
    const link = card.isConnected && moveOf(card);
    if (link) link.focus();
  }

  function mark(column) {
    for (const one of columns()) one.classList.toggle("is-target", one === column);
  }

  // --- where the card stands meanwhile ------------------------------------------------------------------------------

  function lift(card) {
    under = { card, home: columnOf(card), next: card.nextElementSibling, carried: false };
    card.classList.add("is-under-way");
  }

  function place(column) {
    if (columnOf(under.card) !== column) listOf(column).prepend(under.card);
  }

  function putBack(message) {
    if (!under) return;
    const { card, home, next } = under;
    settle();
    if (columnOf(card) !== home) listOf(home).insertBefore(card, next && next.isConnected ? next : null);
    if (message) say(message, card, home);
    focusOn(card);
  }

  function settle() {
    under.card.classList.remove("is-under-way", "is-picked-up");
    under = null;
    mark(null);
  }

  // --- asking the server --------------------------------------------------------------------------------------------

  function withQuery(url, values) {
    const address = new URL(url, window.location.href);
    for (const [name, value] of Object.entries(values)) address.searchParams.set(name, value);
    return address;
  }

  /** The answer's status and text; 0 without network, 401 where the session is over. */
  async function ask(url, data) {
    try {
      const answer = await fetch(url, data ? { method: "POST", body: data } : {});
      return { status: answer.redirected ? 401 : answer.status, html: await answer.text() };
    } catch {
      return { status: 0, html: "" };
    }
  }

  function failed(answer) {
    const known = { 0: "msgFailed", 401: "msgSignIn", 403: "msgRefused", 404: "msgRefused" };
    if (dialog.open) dialog.close();
    putBack(known[answer.status] || "msgFailed");
  }

  async function move(stage) {
    const { card } = under;
    const data = new FormData(tokenForm);
    data.set("target", stage);
    data.set("if_version", card.dataset.version);
    await send(moveOf(card).href, data);
  }

  async function send(url, data) {
    data.set("_fragment", "1");
    data.set("next", board.dataset.url);
    board.setAttribute("aria-busy", "true");
    // What is typed while the answer is awaited would be lost with the form that the answer replaces.
    const here = document.activeElement;
    const fields = [...body.querySelectorAll("input, select, textarea, button")].filter((field) => !field.disabled);
    for (const field of fields) field.disabled = true;
    const answer = await ask(url, data);
    for (const field of fields) field.disabled = false;
    if (body.contains(here)) here.focus();
    board.removeAttribute("aria-busy");
    if (answer.status === 204) await moved();
    else if (answer.status === 200) {
      open(answer.html);
      say("msgAsks", under.card);
    } else failed(answer);
  }

  /** Heads and card as they stand now; a card that the filters leave out goes. */
  async function moved() {
    const { card } = under;
    const answer = await ask(withQuery(board.dataset.url, { _fragment: "1", card: card.dataset.boardCard }));
    if (dialog.open) dialog.close("moved");
    settle();
    if (answer.status !== 200) {
      window.location.reload();
      return;
    }
    const part = new DOMParser().parseFromString(answer.html, "text/html");
    for (const head of part.querySelectorAll("[data-board-head]")) {
      const known = board.querySelector(`[data-board-head="${head.dataset.boardHead}"]`);
      if (known) known.replaceWith(head);
    }
    const fresh = part.querySelector("[data-board-card]");
    const column = fresh && board.querySelector(`[data-board-column="${fresh.dataset.stage}"]`);
    card.remove();
    if (column) {
      fresh.classList.add("is-moved");
      listOf(column).prepend(fresh);
      focusOn(fresh);
    }
    say(Array.from(part.querySelectorAll("[data-board-text]"), (line) => line.textContent).join(" "));
  }

  // --- the dialog ---------------------------------------------------------------------------------------------------

  function open(html) {
    heading.textContent = under.card.dataset.name;
    body.innerHTML = html;
    dress();
    if (!dialog.open) dialog.showModal();
    const wrong = body.querySelector("[aria-invalid=true]");
    const first = wrong || body.querySelector("a, input:not([type=hidden]), select, textarea, button");
    if (first) first.focus();
  }

  /** The admin's own calendar and search boxes open behind a dialog: the browser's calendar, and a list inside it. */
  function dress() {
    for (const input of body.querySelectorAll("input.vDateField")) {
      const value = input.value.replaceAll("/", "-");
      input.type = "date";
      input.value = value;
    }
    const jQuery = window.django && window.django.jQuery;
    for (const select of body.querySelectorAll("select.admin-autocomplete")) {
      select.dataset.dropdownParent = `#${dialog.id}`;
      if (jQuery) jQuery(select).djangoAdminSelect2();
    }
  }

  async function show(url) {
    const answer = await ask(withQuery(url, { _fragment: "1", next: board.dataset.url }));
    if (answer.status === 200) open(answer.html);
    else failed(answer);
  }

  dialog.addEventListener("close", () => {
    body.replaceChildren();
    if (dialog.returnValue !== "moved") putBack("msgBack");
    dialog.returnValue = "";
  });

  dialog.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (event.target.closest("[data-board-close], [data-cancel]")) {
      event.preventDefault();
      dialog.close();
    } else if (link && link.closest(".project-targets")) {
      event.preventDefault();
      show(link.href);
    }
  });

  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target.action, new FormData(event.target));
  });

  // --- dragging -----------------------------------------------------------------------------------------------------

  board.addEventListener("dragstart", (event) => {
    const card = event.target.closest("[data-board-card]");
    if (!card || !card.draggable) return;
    if (under) {
      event.preventDefault();
      return;
    }
    lift(card);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.name);
  });

  board.addEventListener("dragover", (event) => {
    const column = under && !dialog.open && event.target.closest("[data-board-column]");
    if (!column) return;
    event.preventDefault();
    mark(column);
  });

  board.addEventListener("drop", (event) => {
    const column = under && !dialog.open && event.target.closest("[data-board-column]");
    if (!column) return;
    event.preventDefault();
    mark(null);
    drop(column);
  });

  board.addEventListener("dragend", () => {
    if (under && !under.dropped) putBack("");
  });

  function drop(column) {
    if (column === under.home) {
      putBack(under.carried ? "msgBack" : "");
      return;
    }
    under.dropped = true;
    place(column);
    move(column.dataset.boardColumn);
  }

  // --- keyboard and clicks ------------------------------------------------------------------------------------------

  board.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-board-move], [data-board-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.matches("[data-board-more]")) {
      await more(link);
    } else if (!under) {
      lift(link.closest("[data-board-card]"));
      under.dropped = true;
      show(link.href);
    }
  });

  board.addEventListener("keydown", (event) => {
    if (dialog.open) return;
    if (under && under.carried) carry(event);
    else if (!under && event.key === " " && event.target.matches("[data-board-move]")) {
      event.preventDefault();
      const card = event.target.closest("[data-board-card]");
      lift(card);
      under.carried = true;
      under.over = under.home;
      card.classList.add("is-picked-up");
      mark(under.home);
      say("msgPickedUp", card, under.home);
    }
  });

  function carry(event) {
    const { card } = under;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = columns();
      under.over = all[Math.min(Math.max(all.indexOf(under.over) + step, 0), all.length - 1)];
      mark(under.over);
      under.over.scrollIntoView({ block: "nearest", inline: "nearest" });
      say("msgOver", card, under.over);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      card.classList.remove("is-picked-up");
      drop(under.over);
    } else if (event.key === "Escape") {
      event.preventDefault();
      putBack("msgBack");
    }
  }

  board.addEventListener("focusout", (event) => {
    if (under && under.carried && !under.dropped && !under.card.contains(event.relatedTarget)) putBack("msgBack");
  });

  async function more(link) {
    const row = link.closest("li");
    const answer = await ask(withQuery(link.href, { _fragment: "1" }));
    if (answer.status !== 200) {
      window.location.assign(link.href);
      return;
    }
    const part = new DOMParser().parseFromString(`<ul>${answer.html}</ul>`, "text/html");
    const known = new Set(Array.from(board.querySelectorAll("[data-board-card]"), (card) => card.dataset.boardCard));
    const rows = Array.from(part.querySelectorAll("ul > li")).filter((one) => !known.has(one.dataset.boardCard));
    row.replaceWith(...rows);
    const first = rows[0] && rows[0].querySelector("a");
    if (first) first.focus();
  }
})();
