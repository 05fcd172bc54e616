// A receipt that is still going to change (somebody looks at a dispute, money is on its way): fetched anew when there is news,
// unless somebody is just writing on it.

import { follow } from "/static/base.js";

follow("/me/live", {
  now: () => { if (!document.querySelector("details.dispute[open]")) location.replace(location.pathname); },
});
