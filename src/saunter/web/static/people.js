// People as dots on a floor plan: letters, party colours, lines from the body to the hands. Used live and in replays.

const SVG = "http://www.w3.org/2000/svg";

/** Which of the eight party colours goes with a letter; 0: none. The same rule as `marks.py`. */
export function colour(letter) {
  const at = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".indexOf(letter.slice(-1));
  return letter && at >= 0 && /^[A-Z]{1,2}$/.test(letter) ? (at % 8) + 1 : 0;
}

/** Seconds as people say them: 28 s, 5 min, 23 h. */
export function inWords(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** An SVG element with attributes. */
export function shape(name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

/** Where a floor point lies in a drawing made by `floor_map`. */
export function placer(svg) {
  const { left, top, scale, margin } = numbers(svg, ["left", "top", "scale", "margin"]);
  return (x, y) => [(x - left) * scale + margin, (top - y) * scale + margin];
}

/** Numbers from an element's data attributes. */
export function numbers(element, names) {
  return Object.fromEntries(names.map((name) => [name, Number(element.dataset[name])]));
}

/** Draws everybody anew into the drawing's group: `people` are {letter, colour, kind, x, y, hands: [[x, y], ...], ringed}. */
export function drawPeople(svg, people) {
  const group = svg.querySelector("[data-people]");
  const at = placer(svg);
  const parts = [];
  for (const person of people) {
    const [x, y] = at(person.x, person.y);
    for (const hand of person.hands) {
      const [hx, hy] = at(hand[0], hand[1]);
      parts.push(shape("line", { class: "reach", x1: x, y1: y, x2: hx, y2: hy }), shape("circle", { class: "hand", cx: hx, cy: hy, r: 8 }));
    }
    if (person.ringed) parts.push(shape("circle", { class: "ring", cx: x, cy: y, r: 29 }));
    const kind = person.kind || `party-${person.colour}`;
    parts.push(shape("circle", { class: `body ${kind}`, cx: x, cy: y, r: 22 }), shape("text", { class: "name", x, y: y + 7 }, person.letter));
  }
  group.replaceChildren(...parts);
}
