// Writes src/wire/types.ts from the schema beside it.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The types of what is in a schema, as TypeScript. */
export function typesOf(schema) {
  return compile(structuredClone(schema), "ViewMessages", {
    additionalProperties: false,
    bannerComment: "/** What views are told and what they send. Written by `make types`; do not edit. */",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schema = JSON.parse(await readFile(here("src/wire/schema.json"), "utf8"));
  await writeFile(here("src/wire/types.ts"), await typesOf(schema));
}
