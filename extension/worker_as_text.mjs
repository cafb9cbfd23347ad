// Imports of "….ts?source" become the text of that file, bundled as a script of its own: a Web Worker made from it
// needs no second file beside the bundle.
import path from "node:path";
import * as esbuild from "esbuild";

const NAMESPACE = "source-as-text";

export const workerAsText = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /\?source$/ }, ({ path: asked, resolveDir }) => ({
      path: path.resolve(resolveDir, asked.replace(/\?source$/, "")),
      namespace: NAMESPACE,
    }));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path: file }) => {
      const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [file],
        bundle: true,
        minify: true,
        write: false,
        metafile: true,
        format: "iife",
        target: ["es2022"],
        legalComments: "none",
      });
      const watchFiles = Object.keys(metafile.inputs).map((input) => path.resolve(input));
      return { contents: outputFiles[0].text, loader: "text", watchFiles };
    });
  },
};
