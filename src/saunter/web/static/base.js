// What every page shares: the form token for requests, and live streams that come back by themselves.

/** The form token of this page. */
export function token() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

/** Sends JSON to the shop and returns its answer; what the shop says against it becomes the error's message. */
export async function post(place, body = {}) {
  const response = await fetch(place, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token() },
    body: JSON.stringify(body),
  });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(said.detail || response.statusText), { status: response.status });
  return said;
}

/** Follows a live stream: `handlers` by event name get the parsed data. The browser reconnects; a line says so meanwhile. */
export function follow(place, handlers) {
  const source = new EventSource(place);
  const offline = document.getElementById("offline");
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  source.addEventListener("open", () => { if (offline) offline.hidden = true; });
  source.addEventListener("error", () => { if (offline) offline.hidden = false; });
  addEventListener("pagehide", () => source.close());
  return source;
}
