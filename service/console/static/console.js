// Times in the reader's own zone.
// The server sends UTC in <time datetime>; without this file the page still reads, in UTC.
(() => {
  "use strict";
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  const ago = (at) => {
    const seconds = (at - Date.now()) / 1000;
    for (const [unit, size] of units) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return relative.format(Math.trunc(seconds), "second");
  };

  const localise = (root) => {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      element.textContent = { ago, date: (at) => day.format(at) }[element.dataset.form]?.(at) ?? exact.format(at);
      element.title = full.format(at);
    }
  };

  localise(document);
  // The server counts days in the reader's zone (service/console/visit.py), forms say times in it.
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (here) document.cookie = `muster_zone=${encodeURIComponent(here)}; path=/; max-age=31536000; samesite=lax`;
  const zone = document.querySelector("[data-zone]");
  if (zone) zone.value = here || zone.value;
  // A long name is cut in a heading (console.css): whole where it is pointed at, or has the focus.
  const heading = document.querySelector(".page-head h1");
  if (heading && heading.scrollHeight > heading.clientHeight + 2) {
    heading.title = heading.textContent.trim();
    heading.tabIndex = 0;
  }
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.addEventListener("change", (event) => {
    const field = event.target;
    const own = field.matches("[data-period]") && field.value === "own";
    if (field.matches("[data-period]")) {
      for (const each of field.form.querySelectorAll(".own-days")) each.hidden = !own;
    }
    if (field.matches("[data-submit]") && !own) field.form.requestSubmit();
  });

  // Rules that were typed and are not saved are not left without a question.
  const draft = document.querySelector("textarea[data-editor]");
  let sent = false;
  draft?.form.addEventListener("submit", () => (sent = true));
  window.addEventListener("pageshow", () => (sent = false));
  window.addEventListener("beforeunload", (event) => {
    if (draft && !sent && ("unsaved" in draft.dataset || draft.value !== draft.defaultValue)) event.preventDefault();
  });

  // Charts: arrow keys go from column to column, and what is there is read out; Enter opens its list.
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  document.addEventListener("keydown", (event) => {
    const chart = event.target.closest?.("[data-chart]");
    if (!chart || event.target !== chart) return;
    const columns = [...chart.querySelectorAll(".column")];
    const at = columns.findIndex((each) => each.classList.contains("read"));
    if (event.key === "Enter" && at >= 0) columns[at].click();
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = at < 0 ? 0 : Math.min(Math.max(at + steps[event.key], 0), columns.length - 1);
    columns[at]?.classList.remove("read");
    columns[next].classList.add("read");
    chart.parentElement.querySelector("[data-readout]").textContent = columns[next].getAttribute("aria-label");
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("[data-chart]")) event.target.querySelector(".read")?.classList.remove("read");
  });

  document.addEventListener("htmx:after:swap", () => localise(document));
  window.setInterval(() => localise(document), 30000);
})();
