// Bundles the two hosts of the views, style sheets included, and prints their sizes: the anywidget
// module as one file, the JupyterLab extension as a federated one that shares JupyterLab's modules.
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { copyFile, cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { workerAsText } from "./worker_as_text.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const viewFile = here("../maze_nb/widgets/static/view.js");
const labFolder = here("../maze_nb/labextension");

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

const kB = (n) => `${(n / 1000).toFixed(1)} kB`;

async function printSize(name, files) {
  const parts = await Promise.all(files.map((file) => readFile(file)));
  const sum = (size) => kB(parts.reduce((total, part) => total + size(part), 0));
  console.log(`${name} ${sum((part) => part.length)}, ${sum((part) => gzipSync(part).length)} gzipped`);
}

/** Has the bundle become an extension, all of it beside its place: JupyterLab's modules are asked of JupyterLab. */
async function federate(staging) {
  const own = join(staging, "extension");
  await copyFile(here("package.json"), join(own, "package.json"));
  await cp(here("schema"), join(own, "schema"), { recursive: true });
  const require = createRequire(import.meta.url);
  const builder = require.resolve("@jupyter/builder/lib/build-labextension.js");
  const core = require.resolve("@jupyterlab/core-meta/core.package.json");
  const command = [builder, "--core-package-file", core, own];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: own, encoding: "utf8" });
  if (status !== 0) throw new Error(`the JupyterLab extension was not built:\n${stdout}${stderr}`);
  const built = join(staging, "maze_nb/labextension");
  await copyFile(here("install.json"), join(built, "install.json"));
  await putInPlace(built, labFolder);
}

/**
 * Moves the files of a folder to where others are read, first those that its package.json names, then
 * that, and takes away the old ones last: a JupyterLab that runs finds a whole extension at any time.
 */
async function putInPlace(from, to) {
  const isEntry = (name) => name === "package.json";
  const names = (await filesIn(from)).sort((a, b) => isEntry(a) - isEntry(b));
  for (const name of names) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await rename(join(from, name), join(to, name));
  }
  const old = (await filesIn(to)).filter((name) => !names.includes(name));
  await Promise.all(old.map((name) => rm(join(to, name), { force: true })));
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const after = (name, act) => ({
  name,
  setup(build) {
    build.onEnd(async ({ errors }) => {
      if (errors.length === 0) await act();
    });
  },
});

const shared = {
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

await mkdir(here("lib"), { recursive: true });
// Laid out as the repository is, so that the paths in package.json mean the same in it.
const staging = await mkdtemp(here("lib/build-"));

const hosts = [
  {
    ...shared,
    entryPoints: [here("src/hosts/anywidget.ts")],
    outfile: viewFile,
    plugins: [styleAsText, workerAsText, after("print-size", () => printSize("view.js", [viewFile]))],
  },
  {
    ...shared,
    entryPoints: [here("src/hosts/lab/index.ts")],
    outfile: join(staging, "extension/lib/lab.js"),
    external: ["@jupyterlab/*", "@lumino/*"],
    plugins: [
      styleAsText,
      workerAsText,
      after("federate", async () => {
        await federate(staging);
        const built = join(labFolder, "static");
        const names = (await readdir(built)).filter((name) => name.endsWith(".js"));
        await printSize("labextension", names.map((name) => join(built, name)));
      }),
    ],
  },
];

if (process.argv.includes("--watch")) {
  for (const options of hosts) await (await esbuild.context(options)).watch();
} else {
  try {
    for (const options of hosts) await esbuild.build(options);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
