/** Reads an answer that has older messages. */

import { readMessage } from "./decode.ts";
import { Reader } from "./reader.ts";
import type { Message } from "./run.ts";

export function decodeMessages(raw: unknown): readonly Message[] {
  const reader = new Reader();
  const fields = reader.fields(raw, "messages") ?? {};
  const messages = reader.list(fields["messages"], "messages").map((item) => readMessage(reader, item));
  // Where they stand is known only of those that have a number.
  return messages.filter((message) => !Number.isNaN(message.seq));
}
