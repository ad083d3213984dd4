/* The number of unread notices at the bell in the head of every page. Asked apart from the page, so that no page waits
   for it; without script the bell is a link. */

(() => {
  const show = (bell, count) => {
    const place = bell.querySelector(".inbox-bell-count");
    place.textContent = count > 99 ? "99+" : String(count);
    place.hidden = count === 0;
    place.title = `${count} ${bell.dataset.unread}`;
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const bell = document.querySelector(".inbox-bell[data-count-url]");
    if (!bell) return;
    try {
      const answer = await fetch(bell.dataset.countUrl, { headers: { Accept: "application/json" } });
      if (answer.ok) show(bell, (await answer.json()).unread);
    } catch {
      // No network in the hall: the bell stays a link.
    }
  });
})();
