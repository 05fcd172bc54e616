// A gate: what is typed or scanned is asked about, and the answer stands there big for some seconds.

/** Milliseconds that an answer stays. */
const SHOWN_MS = 7000;
const gate = document.getElementById("gate");
const sign = document.getElementById("sign");
const title = document.getElementById("sign-title");
const words = document.getElementById("sign-words");
const ready = [title.textContent, words.textContent];
const code = document.getElementById("code");
let back = 0;

function show(outcome, heading, text) {
  clearTimeout(back);
  if (outcome) sign.dataset.outcome = outcome;
  else delete sign.dataset.outcome;
  title.textContent = heading;
  words.textContent = text;
  if (outcome && outcome !== "asking") back = setTimeout(() => show("", ...ready), SHOWN_MS);
}

async function ask(what, body) {
  show("asking", gate.dataset.asking, "");
  const headers = { "Content-Type": "application/json" };
  const secret = document.getElementById("secret");
  if (secret) headers["X-Gate-Secret"] = secret.value;
  try {
    const place = `/api/gates/${encodeURIComponent(gate.dataset.gate)}/${what}`;
    const response = await fetch(place, { method: "POST", headers, body: JSON.stringify(body) });
    const said = await response.json();
    if (response.ok) show(said.outcome, said.title, said.words);
    else show("denied", gate.dataset.denied, said.detail);
  } catch {
    show("denied", gate.dataset.denied, document.getElementById("offline").textContent);
  }
}

document.getElementById("codes").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("codes", { code: code.value });
  code.value = "";
  code.focus();
});

document.getElementById("cards").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("cards", {
    token: event.target.dataset.token,
    last_four: document.getElementById("last-four").value,
    people: Number(document.getElementById("people").value),
    review: document.getElementById("review").checked,
  });
});
