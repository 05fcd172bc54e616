// A receipt that is still going to change (somebody looks at a dispute, money is on its way) is fetched anew when there is news,
// unless somebody is just writing on it.

import { follow } from "/static/base.js";

const paper = () => document.querySelector("article");

/** Looks whether the receipt says anything else by now; what happened before the stream was open would be missed otherwise. */
async function renew() {
  if (document.querySelector("details.dispute[open]")) return;
  const response = await fetch(location.href).catch(() => null);
  if (!response || !response.ok) return;
  const newest = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("article");
  if (newest && newest.textContent !== paper().textContent) location.replace(location.pathname);
}

follow("/me/live", { now: renew }).addEventListener("open", renew);
