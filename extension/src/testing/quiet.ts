/** A view has more than ten listeners on its one signal; Node would call that a leak. */

import { setMaxListeners } from "node:events";

setMaxListeners(100);
