// The pages' own keys: an element with data-key="n" is clicked by n, one with data-key="x 1" by x and then 1.
// A field is entered, a folded part is opened and its first field entered. Off while somebody types,
// and as a whole with the box in the list of keys (kept in this browser).
(() => {
  "use strict";
  const PATIENCE = 2000;
  const OFF = "muster-keys-off";
  let typed = "";
  let at = 0;

  const typing = (element) => element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const shown = (element) => !element.disabled && element.getClientRects().length > 0;
  const named = (keys) => [...document.querySelectorAll("[data-key]")].filter(shown).find((e) => e.dataset.key === keys);
  const begins = (keys) => [...document.querySelectorAll("[data-key]")].some((e) => e.dataset.key.startsWith(keys + " "));

  // What is typed of a key of two is shown while it waits for the second.
  const show = () => {
    if (typed) document.body.dataset.typed = typed;
    else delete document.body.dataset.typed;
  };
  const forget = () => {
    if (Date.now() - at < PATIENCE) return;
    typed = "";
    show();
  };

  const act = (element) => {
    if (element.matches("details")) {
      element.open = true;
      element.querySelector("input, button")?.focus();
    } else if (element.matches("input:not([type=checkbox]), select, textarea")) element.focus();
    else element.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.composedPath()[0]) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
    typed = typed && Date.now() - at < PATIENCE ? `${typed} ${event.key}` : event.key;
    at = Date.now();
    const found = named(typed) ?? named(event.key);
    if (found) {
      event.preventDefault();
      typed = "";
      act(found);
    } else if (!begins(typed)) typed = "";
    else window.setTimeout(forget, PATIENCE);
    show();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  });

  const box = document.getElementById("keys-on");
  if (box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  }

  // Whoever is at work keeps what they work on; whoever has left it, in this window or altogether, does not.
  let active = Date.now();
  for (const kind of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(kind, () => (active = Date.now()), { passive: true });
  }
  for (const element of document.querySelectorAll("[data-renew]")) {
    const every = Number(element.dataset.renew) * 1000;
    window.setInterval(() => {
      if (!document.hidden && Date.now() - active < 2 * every) element.dispatchEvent(new CustomEvent("renew"));
    }, every);
  }
})();
