// Elements, and how a view is replaced without taking the reader's place away.

/** An element. `props` are attributes; `on…` are listeners, `--…` are custom properties. Text is text, never HTML. */
export function el(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) element.style.setProperty(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** A table. A head is its words, or `[words, class of the column]`; a cell is text or an element, the first one the head of its row. */
export function table(caption, heads, rows) {
  const [names, classes] = [heads.map((head) => [head].flat()[0]), heads.map((head) => [head].flat()[1])];
  const kind = (content, at) => [classes[at], content === "0" ? "zero" : null].filter(Boolean).join(" ") || null;
  const cell = (content, at) =>
    at === 0 ? el("th", { scope: "row" }, content) : el("td", { class: kind(content, at), "data-label": names[at] }, content ?? "");
  return el("table", {},
    caption && el("caption", {}, caption),
    el("thead", {}, el("tr", {}, names.map((name, at) => el("th", { scope: "col", class: classes[at] }, name)))),
    el("tbody", {}, rows.map((row) => row instanceof Element ? row : el("tr", {}, row.map(cell)))));
}

/** A state as a coloured word: the word says it, the colour only helps. */
export const state = (word, kind) => el("span", { class: `state ${kind ?? ""}` }, word);

/** Replaces what a view shows; what has the focus there keeps it, by its `data-key`. */
export function show(view, ...nodes) {
  const place = document.querySelector(`[data-view="${view}"]`);
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...nodes.flat().filter(Boolean));
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
