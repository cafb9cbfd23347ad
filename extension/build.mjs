// Bundles the anywidget host and its style sheet into one ES module, and prints its size.
import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = here("../maze_nb/widgets/static/view.js");

/** A style sheet is imported as minified text, so that a host can put it in its own root. */
const styleAsText = {
  name: "style-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
      });
      return { contents: code, loader: "text" };
    });
  },
};

const printSize = {
  name: "print-size",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length > 0) return;
      const bytes = await readFile(outfile);
      const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
      console.log(`view.js ${kB(bytes.length)}, ${kB(gzipSync(bytes).length)} gzipped`);
    });
  },
};

const options = {
  entryPoints: [here("src/hosts/anywidget.ts")],
  outfile,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [styleAsText, printSize],
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
