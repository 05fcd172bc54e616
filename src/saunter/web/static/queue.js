// The queue as it changes: rows come and go by themselves, and the seconds run.

import { follow } from "/static/base.js";
import { inWords } from "/static/people.js";

const WHY = { doubt: "a receipt waits for this", audit: "random check of a settled receipt", dispute: "a shopper disputes a line" };
const rows = document.getElementById("queue-rows");
let readAt = performance.now();

function cell(kind, ...inside) {
  const made = document.createElement("td");
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
}

function badge(text, kind = "") {
  const made = document.createElement("span");
  made.className = `badge ${kind}`;
  made.textContent = text;
  return made;
}

function link(row) {
  const made = document.createElement("a");
  made.className = "look";
  made.href = `/review/questions/${row.id}`;
  const where = document.createElement("span");
  where.className = "sr";
  where.textContent = ` at ${row.place}`;
  made.append(row.mine ? "go on" : "look", where);
  return made;
}

function draw(queue) {
  readAt = performance.now();
  document.getElementById("waiting").textContent = queue.waiting;
  document.getElementById("take").disabled = queue.free === 0;
  document.getElementById("queue-empty").hidden = queue.rows.length > 0;
  document.getElementById("queue-table").hidden = queue.rows.length === 0;
  rows.replaceChildren(...queue.rows.map((row) => {
    const made = document.createElement("tr");
    const left = cell("amount", `${row.left_s} s`);
    left.dataset.left = row.left_s;
    const why = row.again ? [WHY[row.purpose] || row.purpose, " ", badge("second look", "accent")] : [WHY[row.purpose] || row.purpose];
    made.append(cell("", ...why), cell("", row.place), left, cell("amount", row.taken ? badge("being looked at") : link(row)));
    return made;
  }));
  count();
}

function count() {
  for (const left of rows.querySelectorAll("[data-left]")) {
    const seconds = Math.max(0, Number(left.dataset.left) - Math.floor((performance.now() - readAt) / 1000));
    left.textContent = inWords(seconds);
  }
}

follow("/api/review/events", { queue: draw });
setInterval(count, 1000);
count();
