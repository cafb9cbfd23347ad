/** Being told when an element on the page is of another size. */

export function watchSize(element: HTMLElement, onResize: () => void, signal: AbortSignal): void {
  if (typeof ResizeObserver === "undefined") return;
  let [width, height] = [0, 0];
  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = element;
    if ((clientWidth === width && clientHeight === height) || clientWidth === 0) return;
    [width, height] = [clientWidth, clientHeight];
    onResize();
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}
