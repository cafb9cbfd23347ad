/** Copying text, and saying so on the button that was pressed. */

import { setText } from "../dom.ts";

export async function copyText(pressed: HTMLElement, text: string): Promise<void> {
  const label = pressed.textContent ?? "";
  const isCopied = await put(text);
  setText(pressed, isCopied ? "copied" : "cannot copy here");
  setTimeout(() => setText(pressed, label), 1200);
}

async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that is not served securely has no clipboard of its own.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand?.("copy") ?? false;
    area.remove();
    return isCopied;
  }
}
