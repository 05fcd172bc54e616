// The store as it lives: people on the map, plates that change, and panels that are fetched again when their content did.

import { follow } from "/static/base.js";
import { drawPeople } from "/static/people.js";

/** Milliseconds that changes of a panel are gathered: carts change many times a second. */
const GATHER_MS = 400;
/** Milliseconds between two readings of the table beside the map: fast enough to follow, slow enough to read. */
const TABLE_MS = 1500;
const map = document.querySelector("#map .floor-map");
const plates = new Map([...map.querySelectorAll("[data-plate]")].map((plate) => [plate.dataset.plate, plate]));
const waiting = new Map();
/** Read aloud where something is to be done or an alarm came: one short sentence, not the whole panel. */
const said = document.getElementById("said");
let lit = new Set();
let tableAt = 0;

function floor(now) {
  drawPeople(map, now.people.map((each) => ({
    ...each,
    kind: each.who === "shopper" ? "" : each.who === "staff" ? "staff" : "unknown",
  })));
  const changed = new Set(Object.keys(now.plates || {}));
  for (const name of lit) if (!changed.has(name)) plates.get(name)?.setAttribute("class", "plate");
  for (const name of changed) plates.get(name)?.setAttribute("class", `plate ${now.plates[name]}`);
  lit = changed;
  const people = now.people.length;
  document.getElementById("map-said").textContent = people === 1 ? "1 person in sight" : `${people} people in sight`;
  if (performance.now() - tableAt > TABLE_MS) table(now);
}

function table(now) {
  tableAt = performance.now();
  const people = now.people.map((each) => [each.who === "shopper" ? each.letter : each.who, each.near, each.hands.length ? "yes" : "no"]);
  fill("people-rows", people, 3, "nobody in sight");
  fill("plate-rows", Object.entries(now.plates || {}), 2, "all quiet");
}

function fill(name, rows, wide, otherwise) {
  const made = (rows.length ? rows : [[otherwise]]).map((row) => {
    const line = document.createElement("tr");
    for (const text of row) {
      const cell = document.createElement("td");
      cell.textContent = text;
      if (row.length === 1) cell.colSpan = wide;
      line.append(cell);
    }
    return line;
  });
  document.getElementById(name).replaceChildren(...made);
}

/** Fetches a panel again, soon; not while somebody is filling in its form or has the focus inside it on a button. */
function changed(panels) {
  for (const name of panels) {
    if (waiting.has(name)) continue;
    waiting.set(name, setTimeout(() => { waiting.delete(name); refresh(name); }, GATHER_MS));
  }
}

async function refresh(name) {
  const panel = document.getElementById(`panel-${name}`);
  if (busy(panel)) return changed([name]);
  const response = await fetch(`/store/panels/${name}`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response || !response.ok || busy(panel)) return;
  const before = remembered(panel);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const same = fresh.body.innerHTML.trim() === panel.innerHTML.trim();
  if (same) return;
  panel.replaceChildren(...fresh.body.childNodes);
  restore(panel, before);
  counts(panel);
}

/** What the reader did in a panel, by the ids of its parts: what is open, typed, focused, and how far it is scrolled. */
function remembered(panel) {
  return {
    open: new Set([...panel.querySelectorAll("details[open][id]")].map((each) => each.id)),
    typed: [...panel.querySelectorAll("input[type=search]")].map((each) => [each.id, each.value]),
    scrolled: [...panel.querySelectorAll("[tabindex][id]")].map((each) => [each.id, each.scrollTop]),
    focused: panel.contains(document.activeElement) ? document.activeElement.closest("[id]") : null,
    inSummary: document.activeElement?.tagName === "SUMMARY",
    caret: document.activeElement?.selectionStart,
  };
}

function restore(panel, before) {
  for (const each of panel.querySelectorAll("details[id]")) each.open = before.open.has(each.id);
  for (const [id, value] of before.typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  filter(panel);
  for (const [id, top] of before.scrolled) document.getElementById(id)?.scrollTo(0, top);
  const focused = before.focused && panel.contains(document.getElementById(before.focused.id)) ? document.getElementById(before.focused.id) : null;
  (before.inSummary ? focused?.querySelector("summary") : focused)?.focus({ preventScroll: true });
  if (focused?.type === "search") focused.setSelectionRange(before.caret, before.caret);
}

/** Hides what does not hold the words that are searched for. */
function filter(panel) {
  for (const field of panel.querySelectorAll("input[data-filters]")) {
    const list = document.getElementById(field.dataset.filters);
    const words = field.value.trim().toLowerCase();
    let shown = 0;
    for (const each of list.querySelectorAll("[data-words]")) {
      const [letter, ...rest] = each.dataset.words.toLowerCase().split(" ");
      each.hidden = Boolean(words) && letter !== words && !rest.join(" ").includes(words);
      shown += each.hidden ? 0 : 1;
    }
    list.querySelector("[data-none]").hidden = shown > 0;
  }
}

/** The numbers beside the links to a panel. */
function counts(panel) {
  const name = panel.dataset.panel;
  const number = panel.querySelector("[data-count]")?.dataset.count ?? "0";
  const place = document.querySelector(`[data-counts="${name}"]`);
  if (!place) return;
  if (name !== "carts" && place.textContent !== number) said.textContent = `${place.closest("a").firstChild.textContent.trim()}: ${number}`;
  place.textContent = number;
  if (name === "tasks") place.closest("a").hidden = number === "0";
}

/** Whether a person is in the middle of something here: boxes ticked, or a form that says what to do opened. */
function busy(panel) {
  return Boolean(panel.querySelector("input:checked, details.change[open]"));
}

for (const panel of document.querySelectorAll("[data-panel]")) panel.addEventListener("input", () => filter(panel));
follow("/api/store/events", { floor, changed });
