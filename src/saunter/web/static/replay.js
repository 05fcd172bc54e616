// A moment played back: people on the floor, hands at the front of the shelf, and the playhead in the trace.

import { colour, drawPeople, numbers, shape } from "/static/people.js";

/** Seconds after which a body that is not seen any more is gone from the picture. */
const GONE_S = 1.0;
/** Seconds before the moment at which a replay begins. */
const LEAD_S = 2.0;
/** Metres before a front within which people and hands are shown on it. */
const BEFORE_M = 1.4;

/** One moment with its controls. `play`, `scrub(by)` and `show` are what the keys do. */
export class Replay {
  constructor(section) {
    this.section = section;
    this.data = JSON.parse(section.querySelector(".replay-data").textContent);
    this.floor = section.querySelector(".floor-map");
    this.front = section.querySelector(".front-map");
    this.trace = section.querySelector(".trace");
    this.button = section.querySelector(".play");
    this.position = section.querySelector(".position");
    this.clock = section.querySelector(".clock");
    this.pace = section.querySelector(".pace");
    this.frames = this.data.frames.map(([at, bodies]) => ({ at, bodies: named(bodies) }));
    this.at = Math.max(0, this.data.started_s - LEAD_S);
    this.playing = false;
    this.button.addEventListener("click", () => this.play(!this.playing));
    this.position.addEventListener("input", () => { this.play(false); this.show(Number(this.position.value)); });
    this.show(this.at);
  }

  /** Plays or pauses; at the end it begins again. */
  play(on = true) {
    if (on === this.playing) return;
    this.playing = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.button.querySelector(".play-sign").textContent = on ? "❚❚" : "▶";
    this.button.querySelector(".play-word").textContent = on ? "Pause" : "Play";
    if (!on) return;
    if (this.at >= this.data.duration_s - 0.01) this.show(Math.max(0, this.data.started_s - LEAD_S));
    let last = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      const next = this.at + ((now - last) / 1000) * Number(this.pace.value);
      last = now;
      this.show(Math.min(next, this.data.duration_s));
      if (next >= this.data.duration_s) this.play(false);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Moves by some seconds and stays there. */
  scrub(by) {
    this.play(false);
    this.show(Math.min(Math.max(this.at + by, 0), this.data.duration_s));
  }

  /** Shows one instant. */
  show(at) {
    this.at = at;
    this.position.value = at;
    this.position.setAttribute("aria-valuetext", `${at.toFixed(1)} seconds`);
    this.clock.textContent = `${at.toFixed(1)} s`;
    const people = this.people(at);
    if (this.floor) drawPeople(this.floor, people);
    if (this.front) this.drawFront(people);
    const head = this.trace && this.trace.querySelector("[data-playhead]");
    if (head) {
      const { left, right, duration } = numbers(this.trace, ["left", "right", "duration"]);
      const x = left + ((right - left) * at) / duration;
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
    }
  }

  /** Everybody at an instant, between the frames where they were seen. */
  people(at) {
    let index = this.frames.findIndex((frame) => frame.at > at);
    if (index < 0) index = this.frames.length;
    const before = this.frames[index - 1], after = this.frames[index];
    if (!before || at - before.at > GONE_S) return [];
    const part = after ? (at - before.at) / (after.at - before.at) : 0;
    return before.bodies.map((body) => {
      const next = after && after.bodies.find((other) => other.key === body.key);
      const between = (a, b) => a + (b - a) * part;
      const hands = body.hands.map((hand, n) => (next && next.hands[n] ? hand.map((value, axis) => between(value, next.hands[n][axis])) : hand));
      const kind = body.letter === "staff" ? "staff" : colour(body.letter) ? "" : "unknown";
      return {
        letter: body.letter === "staff" ? "S" : body.letter, kind, colour: colour(body.letter), hands,
        x: next ? between(body.x, next.x) : body.x, y: next ? between(body.y, next.y) : body.y,
        ringed: Boolean(this.data.payer) && body.letter === this.data.payer,
      };
    });
  }

  drawFront(people) {
    const { left, top, scale, margin } = numbers(this.front, ["left", "top", "scale", "margin"]);
    const [origin, along, away] = ["origin", "along", "away"].map((name) => this.front.dataset[name].split(" ").map(Number));
    const wide = this.front.viewBox.baseVal.width, high = this.front.viewBox.baseVal.height;
    const local = (x, y, axis) => (x - origin[0]) * axis[0] + (y - origin[1]) * axis[1];
    const across = (x, y) => (local(x, y, along) - left) * scale + margin;
    const parts = [];
    for (const person of people) {
      const x = across(person.x, person.y);
      if (Math.abs(local(person.x, person.y, away)) > BEFORE_M || x < 20 || x > wide - 20) continue;
      const kind = person.kind || `party-${person.colour}`;
      for (const [hx, hy, hz] of person.hands) {
        const cx = across(hx, hy), cy = (top - (hz - origin[2])) * scale + margin;
        parts.push(shape("line", { class: "sight", x1: x, y1: high - 34, x2: cx, y2: cy }), shape("circle", { class: `hand ${kind}`, cx, cy, r: 13 }));
      }
      parts.push(shape("circle", { class: `body ${kind}`, cx: x, cy: high - 24, r: 20 }), shape("text", { class: "name", x, y: high - 17 }, person.letter));
    }
    this.front.querySelector("[data-people]").replaceChildren(...parts);
  }
}

/** Bodies with a key that stays theirs: the letter, and a number where several have the same. */
function named(bodies) {
  const seen = new Map();
  return bodies.map(([letter, x, y, hands]) => {
    const number = (seen.get(letter) || 0) + 1;
    seen.set(letter, number);
    return { key: `${letter}${number}`, letter, x, y, hands: hands || [] };
  });
}
