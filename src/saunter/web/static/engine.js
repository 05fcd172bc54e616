// The engineers' page reads its numbers again every two seconds, unless the page is hidden.

const panel = document.getElementById("engine");

async function refresh() {
  if (document.hidden) return;
  const response = await fetch("/engine/panel").catch(() => null);
  if (response && response.ok) {
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    panel.replaceChildren(...fresh.body.childNodes);
  }
}

setInterval(refresh, 2000);
