/** Copying text, and saying so on the button that was pressed. */

import { setText } from "../dom.ts";
import { PLAIN_HOST, type Host } from "../host.ts";

export async function copyText(pressed: HTMLElement, text: string, host: Host = PLAIN_HOST): Promise<void> {
  const label = pressed.textContent ?? "";
  const isCopied = await host.copy(text);
  setText(pressed, isCopied ? "copied" : "cannot copy here");
  setTimeout(() => setText(pressed, label), 1200);
}
