// The phone: an entry code that renews itself, then the cart as it changes, then the receipt.

import { follow, post } from "/static/base.js";

/** Milliseconds before its end that a code is renewed, and that a failed renewal waits. */
const EARLY_MS = 8000;
const AGAIN_MS = 10000;
/** Milliseconds after the last press of + or − that a code for so many people is made: a family of five is one code, not five. */
const STEP_MS = 500;
const page = document.getElementById("me");
const people = document.getElementById("people");
const parts = Object.fromEntries(["picture", "code-text", "left", "bar", "failed", "now", "code-page"].map((id) => [id, document.getElementById(id)]));
const most = Number(people.dataset.max);
let ends = 0;
let lasts = 1;
let renewing = false;
let stepping = 0;
let stream = null;

async function renew() {
  if (renewing || page.dataset.stage !== "code" || document.hidden) return;
  renewing = true;
  clearTimeout(stepping);
  stepping = 0;
  const wanted = people.value;
  try {
    const code = await post("/api/me/codes", { people: Number(wanted) });
    parts.picture.innerHTML = code.picture;
    parts["code-text"].textContent = code.code;
    lasts = code.seconds * 1000;
    ends = Date.now() + lasts;
    parts.failed.hidden = true;
    listen();
  } catch (problem) {
    parts.failed.textContent = page.dataset.failed.replace("%", problem.message);
    parts.failed.hidden = false;
    ends = Date.now() + AGAIN_MS + EARLY_MS;
    lasts = ends - Date.now();
  } finally {
    renewing = false;
  }
  if (people.value !== wanted && !stepping) renew();
}

function tick() {
  if (page.dataset.stage !== "code") return;
  const left = Math.max(0, ends - Date.now());
  const seconds = Math.ceil(left / 1000);
  parts.left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  parts.bar.value = left / lasts;
  if (left < EARLY_MS) renew();
}

/** Follows our own visits; a new code is a new party, so the stream is opened anew. */
function listen() {
  stream?.close();
  stream = follow("/me/live", { now: show });
}

function show(now) {
  page.dataset.stage = now.stage;
  parts["code-page"].hidden = now.stage !== "code";
  if (parts.now.innerHTML.trim() !== now.html.trim()) parts.now.innerHTML = now.html;
}

function step(by) {
  const wanted = Math.min(most, Math.max(1, Number(people.value) + by));
  if (wanted === Number(people.value)) return;
  people.value = wanted;
  clearTimeout(stepping);
  stepping = setTimeout(() => { stepping = 0; renew(); }, STEP_MS);
}

document.getElementById("fewer").addEventListener("click", () => step(-1));
document.getElementById("more").addEventListener("click", () => step(1));
document.getElementById("again").addEventListener("click", renew);
document.addEventListener("visibilitychange", tick);
if (page.dataset.stage === "code") renew();
else listen();
setInterval(tick, 250);
