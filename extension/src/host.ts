/**
 * What the place that a view is shown in can do beyond showing it; a panel offers only what there is, and looks
 * each time, as it may come and go.
 */

export interface Host {
  /** Puts code into a new cell below the one in use. */
  readonly insertCell?: ((code: string) => void) | undefined;
  /** Shows a cell of the notebook; false if it is not there any more. */
  readonly goToCell?: ((cellId: string) => boolean) | undefined;
  /** Shows another run in a place of its own. */
  readonly openRun?: (runId: string) => void;
  /** What to say while nobody answers. */
  readonly lost?: string;
  /** Puts text on the clipboard; false where that is forbidden. */
  copy(text: string): Promise<boolean>;
}

export const PLAIN_HOST: Host = { copy };

export async function copy(text: string): Promise<boolean> {
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
