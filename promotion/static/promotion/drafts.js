/* What is typed outlives a place without network: shared by quick_add.js, follow_up.js and quick_visit.js, loaded before.

   A draft is kept on the device until it is sent; on submit it goes into a queue there, and from the queue to the
   server. Without network it stays and is sent when the network is back. Its `client_key` makes it arrive once, however
   often it is sent. Keys of the storage name the person: another one on the same device neither sees nor sends them. */
(() => {
  "use strict";

  const TIMEOUT_MS = 20000;
  const RETRY_MS = 30000;

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

  function parsed(html, selector) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(selector);
  }

  /** The answer to `pairs` (names and values): its status, if it is one of `known`, and text; else status 0, without
      a session for one. null without network. */
  async function post(url, pairs, { token, header, known }) {
    const body = new URLSearchParams(pairs);
    body.set("csrfmiddlewaretoken", token);
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { [header]: "1" }, signal: stop.signal });
      const isKnown = !answer.redirected && known.includes(answer.status);
      return { status: isKnown ? answer.status : 0, html: isKnown ? await answer.text() : "" };
    } catch {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }

  /** The queue under `key`. `send(item)` answers as `post` does; `take(item, answer)` deals with what the server said;
      `stuck(answer)` is told when nothing can be sent now. */
  function queueOf(key, { send, take, stuck }) {
    let retry = 0;
    let sending = false;
    const all = () => stored(key, []);
    const without = (item) => all().filter((one) => one.client_key !== item.client_key);

    /** Send what waits, oldest first, each once; what is put in meanwhile follows. */
    async function flush() {
      if (sending) return;
      sending = true;
      clearTimeout(retry);
      const tried = new Set();
      try {
        let item = null;
        while ((item = all().find((one) => !tried.has(one.client_key)))) {
          tried.add(item.client_key);
          const answer = await send(item);
          if (answer === null || answer.status === 0) {
            stuck(answer);
            break;
          }
          take(item, answer);
        }
      } finally {
        sending = false;
        if (all().length) retry = setTimeout(flush, RETRY_MS);
      }
    }

    window.addEventListener("online", flush);
    return {
      flush,
      count: () => all().length,
      put: (item) => store(key, [...without(item), item]),
      forget: (item) => store(key, without(item)),
    };
  }

  /** The queue of a page's form in `box`. Of what arrived, the line `done` of the answer goes to the top of the list
      `sent`. What the server asks about or refuses opens in the form once that is empty, as the draft that it was. */
  function formQueue(key, draft, { box, send, done, sent, values, isEmpty, show, say }) {
    const SHOWN = 5;

    function take(item, answer) {
      if (answer.status === 201) {
        queue.forget(item);
        const line = parsed(answer.html, done);
        const list = box.querySelector(sent);
        if (line) list.prepend(line);
        while (list.children.length > SHOWN) list.lastElementChild.remove();
        if (isEmpty()) show(answer.html);
        say("");
      } else if (!isEmpty()) {
        say(box.dataset.msgWaiting);
      } else if (show(answer.html)) {
        queue.forget(item);
        store(draft, values());
        say("");
      }
    }

    const stuck = (answer) => say(answer === null ? box.dataset.msgKept : box.dataset.msgSignIn);
    const queue = queueOf(key, { send, take, stuck });
    return queue;
  }

  window.pinghuDrafts = { stored, store, newKey, parsed, post, queueOf, formQueue };
})();
