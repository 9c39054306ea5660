// The editor of the rules page: a <textarea data-editor> becomes CodeMirror 6, and stays what the form sends.
//
// It stands in a shadow root, where CodeMirror gives its styles as constructed style sheets: so the
// pages keep a policy that allows no style of their own. What may be written comes from
// data-catalogue (JSON Schema and names), what is wrong with it from data-check (a part of the page
// with one [data-line] for each fault). Without this file the textarea is edited as it is.
import { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completions, describe } from "./vocabulary.mjs";

const PAUSE = 400; // milliseconds of silence after which the text is checked

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.86rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", minHeight: "26rem", maxHeight: "72vh" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sunken)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--info-soft)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "6px" },
  ".cm-tooltip-hover, .cm-completionInfo": { padding: "0.4rem 0.7rem", maxWidth: "30rem", fontFamily: "system-ui, sans-serif", lineHeight: "1.45" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "inherit", fontStyle: "normal" },
  ".cm-panel input, .cm-panel button": { color: "var(--ink)", backgroundColor: "var(--surface)", backgroundImage: "none", border: "1px solid var(--line-strong)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", color: "var(--muted)", border: "0" },
  // in place of pictures from data: addresses, which the pages' policy does not allow
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy var(--info)", textUnderlineOffset: "0.2em" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecorationColor: "var(--warn)" },
  ".cm-lintRange-info, .cm-lintRange-hint, .cm-lintRange-active": { backgroundImage: "none" },
  ".cm-lint-marker": { content: "normal", width: "0.7em", height: "0.7em", margin: "0.4em 0.15em", borderRadius: "50%", backgroundColor: "var(--info)" },
  ".cm-lint-marker-error": { content: "normal", backgroundColor: "var(--bad)" },
  ".cm-lint-marker-warning": { content: "normal", backgroundColor: "var(--warn)" },
  ".cm-lint-marker-info": { content: "normal" },
  ".cm-diagnostic": { fontFamily: "system-ui, sans-serif" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.lineComment, tags.comment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.attributeValue], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--info)" },
  { tag: [tags.labelName, tags.typeName], color: "var(--ask)" },
]);

function edit(area) {
  const form = area.form;
  const token = form.elements.token.value;
  const findings = document.getElementById(area.dataset.findings);
  let catalogue = null;
  let timer = 0;
  let asked = 0;

  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  const root = host.attachShadow({ mode: "open" });

  const show = (view) => {
    const lines = view.state.doc.lines;
    const found = [...findings.querySelectorAll("[data-line]")].map((each) => {
      const line = view.state.doc.line(Math.min(Math.max(Number(each.dataset.line), 1), lines));
      const from = Math.min(line.from + Math.max(Number(each.dataset.column) - 1, 0), line.to);
      const word = /^[^\s:#,[\]{}]+/.exec(view.state.sliceDoc(from, line.to));
      const to = word ? from + word[0].length : line.to;
      return { from, to, severity: each.dataset.severity, message: each.querySelector("[data-message]").textContent.trim() };
    });
    view.dispatch(setDiagnostics(view.state, found.sort((a, b) => a.from - b.from)));
  };

  const check = async (view, reason) => {
    const mine = ++asked;
    findings.setAttribute("aria-busy", "true");
    const said = new URLSearchParams({ token, text: view.state.doc.toString() });
    if (reason) said.set("reason", "1");
    try {
      const answer = await fetch(area.dataset.check, { method: "POST", body: said, headers: { "HX-Request": "true" } });
      const part = await answer.text();
      if (mine !== asked) return;
      findings.innerHTML = part; // rendered by our own server, everything in it escaped; a refusal says why
      show(view);
    } catch {
      if (mine === asked) findings.textContent = "It could not be checked: the service does not answer. What you typed stays, and is checked with the next change.";
    } finally {
      if (mine === asked) findings.removeAttribute("aria-busy");
    }
  };

  const changed = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    area.value = update.state.doc.toString();
    document.dispatchEvent(new CustomEvent("muster:edited"));
    window.clearTimeout(timer);
    timer = window.setTimeout(() => check(update.view, false), PAUSE);
  });

  const hover = hoverTooltip((view, at) => {
    const found = catalogue && describe(catalogue, view.state, at);
    if (!found) return null;
    return {
      pos: found.from,
      end: found.to,
      create: () => {
        const dom = document.createElement("div");
        dom.textContent = found.text;
        return { dom };
      },
    };
  });

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
        bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
        yaml(), syntaxHighlighting(colours), theme, hover, changed,
        autocompletion({ override: [(context) => catalogue && completions(catalogue, context)], icons: false }),
        EditorView.contentAttributes.of({ "aria-label": area.dataset.label, tabindex: "0" }),
        EditorState.readOnly.of(area.readOnly),
        keymap.of([
          { key: "Mod-s", run: () => (form.requestSubmit(), true) },
          { key: "Escape", run: (v) => (v.contentDOM.blur(), true) },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap,
          ...completionKeymap, ...lintKeymap, indentWithTab,
        ]),
      ],
    }),
  });
  area.hidden = true;
  host.view = view; // for those who drive the page from outside

  document.addEventListener("click", (event) => {
    const place = event.target.closest?.("[data-goto]");
    if (place) {
      event.preventDefault();
      const line = view.state.doc.line(Math.min(Number(place.dataset.goto), view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    } else if (event.target.closest?.("[data-reason]")) check(view, true);
  });
  fetch(area.dataset.catalogue).then((answer) => answer.json()).then((found) => (catalogue = found));
  show(view);
}

document.querySelectorAll("textarea[data-editor]").forEach(edit);
