// The first page as it lives: numbers always, the floor and receipts where the shop is a pretend one.

import { follow } from "/static/base.js";
import { drawPeople } from "/static/people.js";

const map = document.querySelector("#map .floor-map");
const plates = new Map([...(map?.querySelectorAll("[data-plate]") ?? [])].map((plate) => [plate.dataset.plate, plate]));
let lit = [];

function floor(now) {
  if (!map) return;
  drawPeople(map, now.people.map((each) => ({ ...each, kind: { shopper: "", staff: "staff" }[each.who] ?? "unknown" })));
  for (const name of lit) plates.get(name)?.setAttribute("class", "plate");
  lit = Object.keys(now.plates);
  for (const name of lit) plates.get(name)?.setAttribute("class", `plate ${now.plates[name]}`);
}

function put(id) {
  return (piece) => {
    const place = document.getElementById(id);
    if (place && place.innerHTML.trim() !== piece.html.trim()) place.innerHTML = piece.html;
  };
}

follow("/live", { floor, numbers: put("numbers"), receipts: put("receipts") });
