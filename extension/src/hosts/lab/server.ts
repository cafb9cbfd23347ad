/** The server extension as JupyterLab reaches it: its addresses, its socket, its lists. */

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import { decodeRunsPage } from "../../model/decode_runs.ts";
import type { RunsSource } from "../../panels/runs_source.ts";
import type { Channel } from "../../session.ts";
import { openSocketChannel } from "./socket_channel.ts";

export class ServerError extends Error {
  override readonly name = "ServerError";
}

export interface Server {
  /** A channel of its own for a view, open until the signal aborts. */
  open(signal: AbortSignal): Channel;
  /** Raises a `ServerError` whose message is meant for people. */
  list(what: "runs" | "nodes", asked?: Readonly<Record<string, string | readonly string[]>>): Promise<unknown>;
}

export function createServer(settings: ServerConnection.ISettings): Server {
  return {
    open(signal) {
      const address = URLExt.join(settings.wsUrl, "maze", "view");
      const token = settings.appendToken && settings.token !== "" ? `?token=${encodeURIComponent(settings.token)}` : "";
      return openSocketChannel(() => new settings.WebSocket(address + token), signal);
    },
    async list(what, asked = {}) {
      const query = new URLSearchParams(
        Object.entries(asked).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])),
      );
      const address = `${URLExt.join(settings.baseUrl, "maze", "api", what)}?${query}`;
      let answer: Response;
      try {
        answer = await ServerConnection.makeRequest(address, {}, settings);
      } catch {
        throw new ServerError("the Jupyter server does not answer");
      }
      if (answer.status === 404) {
        throw new ServerError("the server has no Maze: install maze-nb where Jupyter Server runs, and start it anew");
      }
      if (!answer.ok) throw new ServerError(`the server refused: ${answer.status} ${answer.statusText}`);
      return answer.json();
    },
  };
}

/** The runs that the server finds in its run store. */
export function listedRuns(server: Server): RunsSource {
  return {
    async page({ search, statuses, offset, limit }) {
      const asked = { search, status: statuses, offset: String(offset), limit: String(limit) };
      return decodeRunsPage(await server.list("runs", asked)).value;
    },
  };
}
