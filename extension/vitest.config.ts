import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], testTimeout: 20_000, setupFiles: ["src/testing/quiet.ts"] },
});
