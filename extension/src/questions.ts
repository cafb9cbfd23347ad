/** Questions to the kernel that have one answer each: matched by number, and given up after a while. */

import type { Answer, Outgoing } from "./model/talk.ts";

/** What may be sent along with a question. */
export type Asked = Readonly<Record<string, unknown>>;

/** How long an answer may take. */
const ANSWER_BY_MS = 60_000;

export class AskError extends Error {
  override readonly name = "AskError";
}

export interface Questions {
  /** Rejects with an `AskError` whose message is meant for people. */
  ask(what: string, asked: Asked, run_id: string): Promise<unknown>;
  answer(answer: Answer): void;
  /** Gives up what is open: who was asked is gone. */
  drop(why: string): void;
}

interface Open {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AskError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export function createQuestions(send: (message: Outgoing) => void, signal: AbortSignal): Questions {
  const open = new Map<number, Open>();
  let last = Math.floor(Math.random() * 1e9) * 1000;

  const close = (id: number): Open | undefined => {
    const found = open.get(id);
    open.delete(id);
    clearTimeout(found?.timer);
    return found;
  };
  const drop = (why: string) => {
    for (const id of [...open.keys()]) close(id)?.reject(new AskError(why));
  };
  signal.addEventListener("abort", () => drop("the view was closed"), { once: true });

  return {
    ask(what, asked, run_id) {
      const ask_id = (last += 1);
      return new Promise((resolve, reject) => {
        const late = () => close(ask_id)?.reject(new AskError("no answer came: the kernel is busy or gone"));
        open.set(ask_id, { resolve, reject, timer: setTimeout(late, ANSWER_BY_MS) });
        try {
          if (signal.aborted) throw new AskError("the view was closed");
          send({ ...asked, kind: "ask", ask: what, ask_id, run_id });
        } catch {
          close(ask_id)?.reject(new AskError("nobody is there to answer: the connection is lost"));
        }
      });
    },
    answer({ ask_id, error, value }) {
      const found = ask_id === null ? undefined : close(ask_id);
      // Each view of a run hears the answers to all of them.
      if (error === "") found?.resolve(value);
      else found?.reject(new AskError(error));
    },
    drop,
  };
}
