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
  const opened = [...panel.querySelectorAll("details")].map((each) => each.open);
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const same = fresh.body.innerHTML.trim() === panel.innerHTML.trim();
  if (same) return;
  panel.replaceChildren(...fresh.body.childNodes);
  panel.querySelectorAll("details").forEach((each, index) => { each.open = Boolean(opened[index]); });
  if (focused) document.getElementById(focused)?.focus();
}

/** Whether a person is in the middle of something here: boxes ticked, or a form that says what to do opened. */
function busy(panel) {
  return Boolean(panel.querySelector("input:checked, details.change[open]"));
}

follow("/api/store/events", { floor, changed });
