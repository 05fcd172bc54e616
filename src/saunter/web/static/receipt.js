// A receipt with a dispute that somebody still looks at: it is fetched anew as soon as there is news.

import { follow } from "/static/base.js";

follow("/me/live", { now: () => { location.replace(location.pathname); } });
