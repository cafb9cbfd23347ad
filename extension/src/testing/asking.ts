/** A store whose questions are answered by a test. */

import { AskError, type Asked } from "../questions.ts";
import type { RunStore } from "../model/store.ts";

type Answers = Readonly<Record<string, unknown>>;

/** Answers each question by its name; an `Error` is thrown. Returns what was asked. */
export function answering(store: RunStore, answers: Answers): [string, Asked][] {
  const asked: [string, Asked][] = [];
  store.carryQuestion = async (what, given) => {
    asked.push([what, given]);
    if (!(what in answers)) throw new AskError(`nobody answers ${what}`);
    const answer = answers[what];
    if (answer instanceof Error) throw new AskError(answer.message);
    return answer;
  };
  return asked;
}

/** Lets what was answered be shown. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}
