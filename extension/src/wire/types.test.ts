import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
// @ts-expect-error it is a plain script
import { typesOf } from "../../types.mjs";

const here = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

it("has the types that the schema says", async () => {
  expect(here("types.ts"), "run `make types`").toBe(await typesOf(JSON.parse(here("schema.json"))));
});
