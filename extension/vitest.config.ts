import { defineConfig } from "vitest/config";

/** There are no workers in the tests' page, so nothing is bundled for one. */
const noWorker = {
  name: "no-worker",
  enforce: "pre" as const,
  load: (id: string) => (id.endsWith("?source") ? 'export default "";' : null),
};

export default defineConfig({
  plugins: [noWorker],
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], testTimeout: 20_000, setupFiles: ["src/testing/surroundings.ts"] },
});
