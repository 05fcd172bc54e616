// The demo's panel: a visitor walks in oneself. What one's body does is asked for every second; the bag is the shop's business.

import { post } from "/static/base.js";

/** Milliseconds between two looks at what the body is doing. */
const LOOK_MS = 1000;
/** Doings after which there is nothing to steer any more. */
const OVER = ["gone", "turned away"];
const [page, hold, panel, mine, goods, search, none, failed, said] =
  ["me", "hold", "walking", "walking-mine", "walking-goods", "walking-search", "walking-none", "walking-failed", "hold-said"].map((id) => document.getElementById(id));
const go = document.getElementById("hold-go");
let shown = "";
let timer = 0;

async function piece(place) {
  const response = await fetch(place);
  if (!response.ok || response.redirected) throw new Error(response.statusText);
  return (await response.text()).trim();
}

/** Looks at what the body is doing, and goes on looking as long as there is one. */
async function look() {
  clearTimeout(timer);
  let isWalking = !panel.hidden;
  try {
    const html = await piece("/me/walking");
    if (html !== shown) show(html);
    const doing = mine.firstElementChild?.dataset.doing;
    isWalking = Boolean(doing) && !OVER.includes(doing);
    if (isWalking && !goods.firstElementChild) goods.innerHTML = await piece("/me/walking/goods");
    if (isWalking) mark((mine.firstElementChild.dataset.soldOut || "").split(" "));
    panel.hidden = !isWalking;
    document.body.classList.toggle("walks", isWalking);
  } catch { /* the network is away: the page says so by its own stream; look again */ }
  if (isWalking) timer = setTimeout(look, LOOK_MS);
}

/** Shows the newest, and leaves the focus where it was. */
function show(html) {
  const at = document.activeElement?.closest("#walking-mine [data-sku]")?.dataset.sku;
  mine.innerHTML = shown = html;
  if (at) (mine.querySelector(`[data-sku="${CSS.escape(at)}"] button`) || search).focus();
}

function mark(soldOut) {
  for (const ware of goods.querySelectorAll("[data-name]")) {
    const isGone = soldOut.includes(ware.dataset.sku);
    ware.querySelector(".gone").hidden = !isGone;
    ware.querySelector("button").disabled = isGone;
  }
}

function find() {
  const words = search.value.trim().toLowerCase();
  for (const place of goods.querySelectorAll(".place")) {
    for (const ware of place.querySelectorAll("[data-name]")) ware.hidden = !ware.dataset.name.includes(words);
    place.hidden = !place.querySelector("[data-name]:not([hidden])");
    if (words) place.open = true;
  }
  none.hidden = Boolean(goods.querySelector(".place:not([hidden])"));
}

/** Holds the code that the page shows to the gate; a code that was refused is replaced by a new one. */
async function holdToGate() {
  const code = document.getElementById("code-text").textContent;
  go.disabled = true;
  tell(hold.dataset.asking);
  try {
    const answer = await post("/api/me/walking/gate", { code });
    tell(`${answer.title}. ${answer.words}`, answer.outcome === "denied" ? "bad" : "");
    if (answer.outcome === "denied") document.getElementById("again").click();
    await look();
  } catch (problem) {
    tell(hold.dataset.failed.replace("%", problem.message), "bad");
  } finally {
    go.disabled = false;
  }
}

function tell(text, kind = "") {
  said.className = `note ${kind}`;
  said.textContent = text;
  said.hidden = false;
}

async function command(button) {
  button.disabled = true;
  failed.hidden = true;
  try {
    await post(`/api/me/walking/${button.dataset.walk}`, button.dataset.sku ? { sku: button.dataset.sku } : {});
  } catch (problem) {
    failed.textContent = failed.dataset.failed.replace("%", problem.message);
    failed.hidden = false;
  } finally {
    button.disabled = false;
  }
  await look();
}

go.addEventListener("click", holdToGate);
panel.addEventListener("click", (event) => {
  const button = event.target.closest("[data-walk]");
  if (button) command(button);
});
search.addEventListener("input", find);
new MutationObserver(() => { if (page.dataset.stage !== "code") said.hidden = true; }).observe(page, { attributeFilter: ["data-stage"] });
look();
