/** What holds for every file of tests. */

import { setMaxListeners } from "node:events";
import { afterAll } from "vitest";

// A view has more than ten listeners on its one signal; Node would call that a leak.
setMaxListeners(100);

// Views that tests leave open end with the page, which takes its functions from their timers.
type Timer = ReturnType<typeof setTimeout>;
const started = new Set<Timer>();
for (const name of ["setTimeout", "setInterval"] as const) {
  const start: (call: () => void, pause?: number) => Timer = globalThis[name];
  const noted = (call: () => void, pause?: number) => {
    const timer = start(call, pause);
    started.add(timer);
    return timer;
  };
  Object.assign(globalThis, { [name]: noted });
}
afterAll(() => {
  for (const timer of started) clearTimeout(timer);
});
