/** The mark of Maze in JupyterLab. */

import { LabIcon } from "@jupyterlab/ui-components";

const box = (inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">${inside}</svg>`;
// JupyterLab gives its own colour to what has the class and a fill or a stroke of its own.
const line = (path: string) => `<path class="jp-icon3" stroke="#616161" stroke-width="1.3" style="fill:none" d="${path}"/>`;
const area = (path: string) => `<path class="jp-icon3" fill="#616161" d="${path}"/>`;
const ball = (x: number, y: number, r = 1.9) => `<circle class="jp-icon3" fill="#616161" cx="${x}" cy="${y}" r="${r}"/>`;

export const mazeIcon = new LabIcon({
  name: "maze-nb:maze",
  svgstr: box(
    line("M4.6 4.2 11 3.6M4.4 5l6.4 6.6M4.6 11.8l6.4.4") +
      ball(3.4, 4.2) + ball(12.4, 3.5) + ball(3.4, 11.8) + ball(12.4, 12.3),
  ),
});

export const markIcon = new LabIcon({
  name: "maze-nb:mark",
  svgstr: box(line("M3.5 3.5h9a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z") + ball(5.4, 8, 1.5) + area("M8 7.4h3.8v1.2H8z")),
});

export const runIcon = new LabIcon({
  name: "maze-nb:run",
  svgstr: box(area("M7 3.5v9L14 8z") + ball(3.2, 4.2, 1.5) + ball(3.2, 11.8, 1.5) + line("M3.2 4.2v7.6")),
});
