/* The search box of the admin as a dialog over any page. Nothing here is needed: the links lead to its page.

   Ctrl K (⌘ K), or / outside a field, opens it. What is typed is searched after a moment's pause, never while an input
   method composes. The first hit is chosen by itself: type, Enter. The arrows choose another, Ctrl Enter opens it in a
   new tab, Esc closes. */
(() => {
  "use strict";

  const DEBOUNCE_MS = 150;
  const dialog = document.getElementById("finder");
  if (!dialog || typeof dialog.showModal !== "function") return;
  const form = dialog.querySelector("form");
  const input = form.querySelector("input");
  const list = document.getElementById("finder-hits");
  const status = dialog.querySelector("[role=status]");

  let options = [];
  let active = -1;
  let shown = "";
  let composing = false;
  let openWhenShown = false;
  let timer = 0;
  let request = null;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  function cancel() {
    clearTimeout(timer);
    timer = 0;
    if (request) request.abort();
    request = null;
  }

  function activate(index) {
    if (options[active]) options[active].setAttribute("aria-selected", "false");
    active = index;
    if (!options[active]) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  /** Lists of links as the page shows them become the groups and options of a listbox. */
  function show(html, typed) {
    list.innerHTML = html;
    for (const section of list.querySelectorAll("section")) section.setAttribute("role", "group");
    for (const part of list.querySelectorAll("ul, li")) part.setAttribute("role", "presentation");
    options = Array.from(list.querySelectorAll("[data-finder-hit]"));
    options.forEach((option, index) => {
      option.id = `finder-option-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.tabIndex = -1;
    });
    shown = typed;
    active = -1;
    input.setAttribute("aria-expanded", String(options.length > 0));
    const words = options.length ? dialog.dataset.msgCount : dialog.dataset.msgNone;
    status.textContent = typed ? words.replace("{count}", String(options.length)) : "";
    activate(options.length ? 0 : -1);
    if (openWhenShown && options.length) open(false);
    openWhenShown = false;
  }

  async function search() {
    const typed = input.value.trim();
    cancel();
    if (!typed) {
      show("", "");
      return;
    }
    if (typed === shown) return;
    request = new AbortController();
    const url = new URL(form.action, window.location.href);
    url.search = new URLSearchParams({ q: typed, _fragment: "1" }).toString();
    try {
      const answer = await fetch(url, { signal: request.signal });
      // Signed out meanwhile, or a defect: the page itself says so.
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const html = await answer.text();
      if (input.value.trim() === typed) show(html, typed);
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = "";
      if (openWhenShown) form.submit();
    }
  }

  function later() {
    cancel();
    openWhenShown = false;
    timer = setTimeout(search, DEBOUNCE_MS);
  }

  function open(inNewTab) {
    const option = options[active];
    if (!option) return;
    if (inNewTab) window.open(option.href, "_blank", "noopener");
    else window.location.assign(option.href);
  }

  function openDialog() {
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
  }

  input.addEventListener("compositionstart", () => {
    composing = true;
    cancel();
  });
  input.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  input.addEventListener("input", () => {
    if (!composing) later();
  });
  input.addEventListener("keydown", (event) => {
    // Enter and arrows belong to the input method while it composes (keyCode 229 on Safari's last Enter).
    if (composing || event.isComposing || event.keyCode === 229) return;
    const last = options.length - 1;
    if (event.key === "ArrowDown") activate(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") activate(active <= 0 ? last : active - 1);
    else if (event.key === "Escape") dialog.close(); // at once: browsers first empty the field
    else if (event.key === "Enter") {
      if (!input.value.trim()) return;
      if (input.value.trim() === shown) {
        if (!options.length) return;
        open(event.ctrlKey || event.metaKey);
      } else {
        // Faster than the answer: its first hit opens when it is there.
        search();
        openWhenShown = true;
      }
    } else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (composing || !input.value.trim()) event.preventDefault();
  });
  dialog.querySelector("[data-finder-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("cancel", (event) => {
    if (composing) event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    cancel();
    openWhenShown = false;
  });

  document.addEventListener("keydown", (event) => {
    if (composing || event.isComposing) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable='true']");
    const isShortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!isShortcut && !(event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)) return;
    event.preventDefault();
    openDialog();
  });
  for (const link of document.querySelectorAll("[data-finder-open]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openDialog();
    });
  }
})();
