/* Small enhancements of pages that already work. No dependency; nothing here is needed to use the site.

   1. form[data-suggest-url]: the search input becomes a combobox (ARIA 1.2, list autocomplete, manual selection).
   2. form[data-autosubmit]: a changed facet applies at once; its button is hidden.
   3. details.filters: open on a wide screen in browsers whose CSS cannot keep it open.
   4. [data-refresh-url]: the progress of an import is fetched again until the answer no longer asks for it.
   5. button[data-print]: prints. */
(() => {
  "use strict";

  const DEBOUNCE_MS = 150;
  let serial = 0;

  /** Text with [start, end) code-point ranges in <mark>. */
  function marked(text, ranges) {
    const fragment = document.createDocumentFragment();
    const points = Array.from(text);
    let at = 0;
    for (const [start, end] of ranges || []) {
      if (start < at || end <= start) continue;
      fragment.append(points.slice(at, start).join(""));
      const mark = document.createElement("mark");
      mark.textContent = points.slice(start, end).join("");
      fragment.append(mark);
      at = end;
    }
    fragment.append(points.slice(at).join(""));
    return fragment;
  }

  /** The name under which an item was found, when it is not the name shown. */
  function otherName(item) {
    const match = item.match;
    return match && match.value && match.value !== item.name ? match : null;
  }

  function combobox(form) {
    const input = form.querySelector("input[type=search]");
    const row = input && input.closest(".search-row");
    if (!row) return;
    const id = `suggestions-${(serial += 1)}`;
    const list = document.createElement("ul");
    list.id = id;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.suggestLabel || "");
    list.hidden = true;
    const status = document.createElement("p");
    status.className = "sr-only";
    status.setAttribute("role", "status");
    row.append(list);
    form.append(status);

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", id);
    input.setAttribute("autocomplete", "off");

    let items = [];
    let active = -1;
    let composing = false;
    let timer = 0;
    let request = null;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function cancel() {
      clearTimeout(timer);
      if (request) request.abort();
      request = null;
    }

    function activate(index) {
      const options = list.children;
      if (active >= 0 && options[active]) options[active].setAttribute("aria-selected", "false");
      active = index;
      if (active < 0) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }

    function choose(index) {
      const item = items[index];
      const pattern = form.dataset.itemUrl;
      cancel();
      close();
      if (pattern && item.id) {
        window.location.assign(pattern.replace("{id}", encodeURIComponent(item.id)));
        return;
      }
      input.value = item.name;
      form.requestSubmit();
    }

    function show(found) {
      items = found;
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.replaceChildren(
        ...items.map((item, index) => {
          const option = document.createElement("li");
          option.id = `${id}-${index}`;
          option.setAttribute("role", "option");
          option.setAttribute("aria-selected", "false");
          const other = otherName(item);
          const name = document.createElement("span");
          name.append(marked(item.name, other ? [] : item.match && item.match.ranges));
          option.append(name);
          if (other) {
            const second = document.createElement("span");
            second.className = "note";
            second.append(marked(other.value, other.ranges));
            option.append(second);
          }
          // mousedown, not click: the input must not lose its focus first
          option.addEventListener("mousedown", (event) => event.preventDefault());
          option.addEventListener("click", () => choose(index));
          return option;
        })
      );
      const open = items.length > 0;
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      const words = open ? form.dataset.msgCount : form.dataset.msgNone;
      status.textContent = (words || "").replace("{count}", String(items.length));
    }

    async function fetchSuggestions() {
      const typed = input.value.trim();
      cancel();
      if (!typed) {
        status.textContent = "";
        close();
        return;
      }
      request = new AbortController();
      const url = new URL(form.dataset.suggestUrl, window.location.href);
      url.searchParams.set("q", typed);
      try {
        const answer = await fetch(url, { signal: request.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const body = await answer.json();
        if (input.value.trim() === typed && document.activeElement === input) show(body.items || []);
      } catch (error) {
        // Without suggestions the form still searches; an aborted request was replaced by a newer one.
        if (error.name !== "AbortError") close();
      }
    }

    function later() {
      clearTimeout(timer);
      timer = setTimeout(fetchSuggestions, DEBOUNCE_MS);
    }

    input.addEventListener("compositionstart", () => {
      composing = true;
    });
    input.addEventListener("compositionend", () => {
      composing = false;
      later();
    });
    input.addEventListener("input", () => {
      if (!composing) later();
    });
    input.addEventListener("blur", () => {
      cancel();
      close();
    });
    input.addEventListener("keydown", (event) => {
      // Enter and arrows belong to the input method while it composes (keyCode 229 on Safari's last Enter).
      if (composing || event.isComposing || event.keyCode === 229) return;
      const open = !list.hidden;
      const last = items.length - 1;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!open) {
          if (event.key === "ArrowDown") fetchSuggestions();
          else return;
        } else if (event.key === "ArrowDown") activate(active >= last ? -1 : active + 1);
        else activate(active < 0 ? last : active - 1);
        event.preventDefault();
      } else if (event.key === "Enter" && open && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        cancel();
        close();
      } else if ((event.key === "Home" || event.key === "End") && open) {
        activate(-1);
      }
    });
    form.addEventListener("submit", () => {
      cancel();
      close();
    });
  }

  const FOCUS_KEY = "pinghu-facet";

  /** The page loads anew: the reader's place in the facets is kept over it. */
  function autosubmit(form) {
    form.querySelectorAll("[data-autosubmit-hide]").forEach((button) => {
      button.hidden = true;
    });
    form.addEventListener("change", (event) => {
      const input = event.target;
      if (!input.matches("input[type=checkbox], select")) return;
      try {
        sessionStorage.setItem(FOCUS_KEY, input.id);
      } catch {
        // Storage may be forbidden; only the focus is lost.
      }
      form.requestSubmit();
    });
    try {
      const id = sessionStorage.getItem(FOCUS_KEY);
      sessionStorage.removeItem(FOCUS_KEY);
      const input = id && document.getElementById(id);
      if (input && form.contains(input)) {
        const fold = input.closest("details");
        if (fold) fold.open = true;
        input.focus({ preventScroll: false });
      }
    } catch {
      // As above.
    }
  }

  function refresh(box) {
    setTimeout(async () => {
      try {
        const answer = await fetch(box.dataset.refreshUrl, { headers: { "HX-Request": "true" } });
        if (answer.ok) {
          const next = new DOMParser()
            .parseFromString(await answer.text(), "text/html")
            .querySelector(`#${CSS.escape(box.id)}`);
          if (next) {
            box.replaceWith(next);
            if (next.dataset.refreshUrl) refresh(next);
            return;
          }
        }
      } catch {
        // The network may be gone for a moment: ask again.
      }
      refresh(box);
    }, 2000);
  }

  document.querySelectorAll("form[data-suggest-url]").forEach(combobox);
  document.querySelectorAll("form[data-autosubmit]").forEach(autosubmit);
  document.querySelectorAll("[data-refresh-url][id]").forEach(refresh);
  document.querySelectorAll("button[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  if (!CSS.supports("selector(::details-content)") && window.matchMedia("(min-width: 56em)").matches) {
    document.querySelectorAll("details.filters").forEach((box) => {
      box.open = true;
    });
  }
})();
