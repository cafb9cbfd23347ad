/** Has the kernel of a notebook load Maze, or says why it cannot. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { Refusal } from "./refusal.ts";

const LOAD = 'get_ipython().extension_manager.load_extension("maze_nb")';

export async function loadMaze({ sessionContext }: NotebookPanel): Promise<void> {
  await sessionContext.ready;
  const kernel = sessionContext.session?.kernel ?? null;
  if (kernel === null) throw new Refusal("this notebook has no kernel: choose one, and try again");
  const { language_info } = await kernel.info;
  if (language_info.name !== "python") {
    throw new Refusal(`this notebook's kernel speaks ${language_info.name}: tasks need one of Python`);
  }
  const request = { code: LOAD, silent: true, store_history: false, allow_stdin: false, stop_on_error: false };
  const { content } = await kernel.requestExecute(request).done;
  if (content.status === "ok") return;
  if (content.status !== "error") throw new Refusal("the kernel was interrupted before it had loaded Maze");
  const { ename, evalue } = content;
  if (ename === "ModuleNotFoundError" && /'maze_nb'/.test(evalue)) {
    throw new Refusal("maze_nb is not installed in this kernel: run %pip install maze-nb in a cell, and try again");
  }
  throw new Refusal(`%load_ext maze_nb failed in this kernel: ${ename}: ${evalue}`);
}
