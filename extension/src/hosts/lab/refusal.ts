/** What a command says when it cannot do what was asked: what is wrong, and what to do. */

import { Notification } from "@jupyterlab/apputils";

export class Refusal extends Error {
  override readonly name = "Refusal";
}

const SHOWN_MS = 10_000;

/** Does something for a person, and tells them if it cannot be done. */
export async function attempt(act: () => Promise<unknown> | unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (!(error instanceof Refusal)) console.error("maze:", error);
    Notification.error(`Maze: ${text}`, { autoClose: SHOWN_MS });
  }
}
