// What may be written where, read from the JSON Schema of rulebooks.
//
// The place of the cursor is told by indentation, which also works in a text that is not whole yet:
// the keys above it, each further to the left than the one below. Schemas of one place are all looked
// at together (anyOf and the like): a key that any of them has is offered.

const KEY = /^(\s*)((?:-\s+)*)(?:(["']?)([^\s"'#][^:#]*?)\3\s*:(?=\s|$))?/;

/** The keys that lead to a line, outermost first; "-" for an item of a list. */
export function pathTo(doc, number, column) {
  const path = [];
  let left = column;
  for (let n = number - 1; n >= 1 && left > 0; n--) {
    const [, space, dashes, , key] = KEY.exec(doc.line(n).text);
    if (doc.line(n).text.trim() === "" || doc.line(n).text.trim().startsWith("#")) continue;
    const inner = space.length + dashes.length;
    if (key !== undefined && inner < left) {
      path.unshift(key);
      left = inner;
    }
    if (dashes && space.length < left && inner <= left) {
      path.unshift("-");
      left = space.length;
      // the key that holds the list may stand as far to the left as its dashes
      for (let m = n - 1; m >= 1; m--) {
        const [, before, marks, , name] = KEY.exec(doc.line(m).text);
        if (name !== undefined && !marks && before.length <= left) {
          path.unshift(name);
          left = before.length;
          n = m;
          break;
        }
        if (name !== undefined && marks && before.length + marks.length <= left && before.length < left) break;
      }
    }
  }
  return path;
}

/** Every schema that a place may have. */
function schemasAt(root, path) {
  let here = spread(root, [root]);
  for (const step of path) {
    const next = [];
    for (const schema of here) {
      if (step === "-") {
        if (schema.items) next.push(schema.items);
        if (schema.prefixItems) next.push(...schema.prefixItems);
      } else if (schema.properties?.[step]) next.push(schema.properties[step]);
      else if (schema.additionalProperties && typeof schema.additionalProperties === "object") next.push(schema.additionalProperties);
    }
    here = spread(root, next);
  }
  return here;
}

function spread(root, found, seen = new Set()) {
  const all = [];
  for (const schema of found) {
    if (!schema || typeof schema !== "object" || seen.has(schema)) continue;
    seen.add(schema);
    all.push(schema);
    const more = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? []), schema.then, schema.else];
    if (schema.$ref) more.push(schema.$ref.slice(2).split("/").reduce((node, part) => node?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")], root));
    all.push(...spread(root, more, seen));
  }
  return all;
}

const said = (schema) => schema.description ?? schema.title ?? "";

/** Where a cursor stands in the maps and lists that a line writes as {…} and […], from a column on; null: in none. */
function inline(text, start, at) {
  const open = [];
  let quote = "";
  for (let n = start; n < at; n++) {
    const sign = text[n];
    const here = open.at(-1);
    if (quote) quote = sign === quote ? "" : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === "#" && /\s/.test(text[n - 1] ?? " ")) return null;
    else if (sign === "{" || sign === "[") open.push({ list: sign === "[", from: n + 1, key: undefined });
    else if (sign === "}" || sign === "]") open.pop();
    else if (here && sign === ",") Object.assign(here, { from: n + 1, key: undefined });
    else if (here && !here.list && sign === ":" && here.key === undefined && /^\s|^$/.test(text.slice(n + 1))) {
      here.key = text.slice(here.from, n).trim().replace(/^(["'])(.*)\1$/, "$2");
    }
  }
  const last = open.pop();
  if (!last) return null;
  const path = open.map((each) => (each.list ? "-" : each.key));
  if (last.list || last.key !== undefined) return { path: [...path, last.list ? "-" : last.key], value: true };
  const [whole, before, key] = /^(\s*["']?)([^{}[\],:"']+)["']?\s*:(?=\s|$)/.exec(text.slice(last.from)) ?? ["", ""];
  return { path, value: false, key: whole && key.trimEnd(), column: last.from + before.length };
}

/** The keys that lead to the cursor, whether it stands in the value of the last one, and the key that it stands at. */
function place(state, at) {
  const { line, column, key, path } = block(state, at);
  const colon = key === undefined || /[{[]/.test(line.text[column]) ? column - 1 : line.text.indexOf(":", column);
  const inner = inline(line.text, colon + 1, at - line.from);
  const above = colon < column ? path : [...path, key];
  if (inner) return { line, ...inner, path: [...above, ...inner.path] };
  const value = colon >= column && at - line.from > colon;
  return { line, column, key, value, path: value ? above : path };
}

/** As `place`, for what lines say by their indentation. */
function block(state, at) {
  const line = state.doc.lineAt(at);
  const [, space, dashes, , key] = KEY.exec(line.text);
  const column = space.length + dashes.length;
  const path = pathTo(state.doc, line.number, dashes ? space.length : column);
  if (dashes) {
    const above = pathTo(state.doc, line.number, space.length + 1);
    return { line, column, key, path: [...(above.at(-1) === "-" ? above.slice(0, -1) : above), "-"] };
  }
  return { line, column, key, path };
}

/** What can be written at the cursor. */
export function completions({ schema, names }, context) {
  const { line, value, path } = place(context.state, context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = context.matchBefore(/[^\s:,[\]{}"']*/);
  if (before.includes("#") || (!context.explicit && word.from === word.to)) return null;
  const options = new Map();
  const offer = (label, info, detail, apply) => options.has(label) || options.set(label, { label, info: info || undefined, detail, apply });
  for (const found of schemasAt(schema, path)) {
    for (const one of value ? [found, ...(found.items ? spread(schema, [found.items]) : [])] : []) {
      for (const each of one.enum ?? []) offer(String(each), said(one));
      if (one.const !== undefined) offer(String(one.const), said(one));
      if (one.type === "boolean") ["true", "false"].forEach((each) => offer(each, said(one)));
    }
    if (!value) for (const [name, each] of Object.entries(found.properties ?? {})) offer(name, spread(schema, [each]).map(said).find(Boolean), undefined, `${name}: `);
  }
  if (value || path.at(-1) === "-") for (const [kind, list] of Object.entries(names)) list.forEach((each) => offer(each, "", kind));
  return options.size ? { from: word.from, options: [...options.values()], validFor: /^[^\s:,[\]{}"']*$/ } : null;
}

/** What the schema says of the key under the pointer. */
export function describe({ schema }, state, at) {
  const { line, column, key, value, path } = place(state, at);
  if (value || !key || at < line.from + column || at > line.from + column + key.length) return null;
  const text = schemasAt(schema, [...path, key]).map(said).find(Boolean);
  return text ? { from: line.from + column, to: line.from + column + key.length, text } : null;
}
