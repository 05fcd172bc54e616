// One question: keys, the answer that is held back a moment so that it can be undone, the time left, and the replays.

import { follow, post } from "/static/base.js";
import { inWords } from "/static/people.js";
import { Replay } from "/static/replay.js";

const review = document.getElementById("review");
const form = document.getElementById("answers");
const began = performance.now();
const replays = [...document.querySelectorAll(".moment")].map((section) => new Replay(section));
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const held = { button: null, timer: 0, until: 0, seconds: 0 };
let shown = 0;
let leftS = Number(review.dataset.left);
let leftAt = performance.now();
let isOver = false;

/** Shows one of the moments and plays it, unless the person asked for little motion. */
function show(index) {
  shown = (index + replays.length) % replays.length;
  replays.forEach((replay, number) => {
    replay.play(false);
    replay.section.hidden = number !== shown;
  });
  document.querySelectorAll("[data-show]").forEach((button, number) => button.setAttribute("aria-pressed", String(number === shown)));
  if (!calm) replays[shown].play(true);
}

/** Holds an answer back for a few seconds. */
function choose(button) {
  if (isOver) return;
  undo();
  held.button = button;
  held.seconds = (performance.now() - began) / 1000;
  held.until = performance.now() + Number(review.dataset.undo) * 1000;
  button.classList.add("chosen");
  const said = button.querySelector("span:last-child").textContent;
  document.getElementById("held-said").textContent = `“${said}” is sent in ${review.dataset.undo} seconds.`;
  document.getElementById("held").hidden = false;
  held.timer = setInterval(tick, 100);
  tick();
}

function tick() {
  const left = Math.max(0, (held.until - performance.now()) / 1000);
  document.getElementById("held-bar").value = left;
  document.getElementById("held-left").textContent = `${Math.ceil(left)} s`;
  if (left === 0) send();
}

/** Takes the answer back. */
function undo() {
  clearInterval(held.timer);
  if (held.button) held.button.classList.remove("chosen");
  held.button = null;
  document.getElementById("held").hidden = true;
}

/** Sends the held answer: the server hands out the next question. */
function send() {
  if (!held.button || isOver) return;
  clearInterval(held.timer);
  const key = document.createElement("input");
  Object.assign(key, { type: "hidden", name: "key", value: held.button.value });
  document.getElementById("seconds").value = held.seconds.toFixed(3);
  form.append(key);
  form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  form.submit();
}

/** The question is over: nothing can be answered any more. */
function end() {
  if (isOver) return;
  isOver = true;
  undo();
  document.getElementById("over").hidden = false;
  form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
}

function count() {
  const left = Math.max(0, leftS - (performance.now() - leftAt) / 1000);
  document.getElementById("left").textContent = `${inWords(left)} left`;
  document.getElementById("left-bar").value = left;
  document.querySelector(".due").classList.toggle("soon", left < 10);
  if (left <= 0) end();
}

/** Keeps the question ours, and learns how long there is still time by the shop's own clock. */
async function hold() {
  if (isOver) return;
  try {
    const said = await post(`/api/review/holds/${review.dataset.question}`);
    leftS = said.left_s;
    leftAt = performance.now();
    if (!said.open) end();
  } catch { /* the network is away: the line at the bottom of the page says so, and the answer will tell */ }
}

/** What a key does; true if it did something. */
function pressed(event) {
  const { key } = event;
  const replay = replays[shown];
  if (/^[0-9]$/.test(key)) {
    const button = form.querySelector(`button[value="${key}"]`);
    if (button) choose(button);
    return Boolean(button);
  }
  if (key === "u" || key === "U") return held.button ? (undo(), true) : false;
  if (key === "Enter") return held.button && !event.target.closest("button, a, summary") ? (send(), true) : false;
  if ((key === "n" || key === "N") && replays.length > 1) return show(shown + 1), true;
  if (!replay) return false;
  if (key === " " && !event.target.closest("button, a, summary, input[type=checkbox]")) return replay.play(!replay.playing), true;
  if (key === "ArrowLeft" || key === "ArrowRight") return replay.scrub((key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 1 : 0.2)), true;
  return false;
}

form.addEventListener("submit", (event) => {
  if (event.submitter && "leave" in event.submitter.dataset) return;
  event.preventDefault();
  if (event.submitter) choose(event.submitter);
});
document.getElementById("undo").addEventListener("click", undo);
document.getElementById("send").addEventListener("click", send);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
  if (!document.getElementById("keys-on").checked || event.target.closest("select, input[type=text]")) return;
  if (pressed(event)) event.preventDefault();
});
document.querySelectorAll("[data-show]").forEach((button, index) => button.addEventListener("click", () => show(index)));
const keysOn = document.getElementById("keys-on");
keysOn.checked = localStorage.getItem("review-keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("review-keys", keysOn.checked ? "on" : "off"));
follow("/api/review/events", { queue: () => hold() });
setInterval(count, 250);
setInterval(hold, (Number(review.dataset.lease) * 1000) / 3);
if (replays.length) show(0);
count();
