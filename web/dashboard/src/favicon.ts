// Totals in the tab: title and icon say what is wrong while the tab is behind others.
import { effect } from "@preact/signals";
import type { Engine } from "./engine.ts";
import { visible } from "./format.ts";

const COLORS = ["#22a06b", "#7a8594", "#d98a00", "#e5484d"] as const;

export function startFavicon(engine: Engine): void {
  let drawn = "";
  effect(() => {
    const { bad, doubtful, live, all } = engine.totals.value;
    const { state, daemon, instance } = engine.link.value;
    const down = state !== "live" || daemon === "stopping";
    const severity = down || bad ? 3 : doubtful ? 2 : live ? 0 : 1;
    const problems = bad + doubtful;
    const name = instance ? `${visible(instance, 32)} · pagecast` : "pagecast";
    let what = all ? `${live}/${all} live` : "";
    if (down) what = state === "connecting" ? "connecting" : state === "live" ? "daemon stopped" : "disconnected";
    else if (problems) what = `${problems} problem${problems > 1 ? "s" : ""}, ${live}/${all} live`;
    document.title = what ? `${what} · ${name}` : name;
    const mark = down ? "!" : problems ? (problems > 9 ? "9+" : String(problems)) : "";
    if (drawn === `${severity}${mark}`) return;
    drawn = `${severity}${mark}`;
    draw(severity, mark);
  });
}

function draw(severity: 0 | 1 | 2 | 3, mark: string): void {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const g = canvas.getContext("2d");
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!g || !link) return;
  g.fillStyle = "#1f2733";
  g.beginPath();
  g.roundRect(0, 0, 64, 64, 14);
  g.fill();
  g.fillStyle = COLORS[severity];
  g.beginPath();
  // Shape as well as colour: a disc, a triangle, an octagon.
  if (severity <= 1) g.arc(32, 32, 17, 0, 7);
  else {
    const corners = severity === 2 ? 3 : 8;
    const turn = severity === 2 ? -Math.PI / 2 : Math.PI / 8;
    const radius = severity === 2 ? 28 : 24;
    for (let i = 0; i < corners; i++) {
      const angle = turn + (i / corners) * 2 * Math.PI;
      g.lineTo(32 + radius * Math.cos(angle), (severity === 2 ? 37 : 32) + radius * Math.sin(angle));
    }
  }
  g.fill();
  if (severity === 1) {
    g.fillStyle = "#1f2733";
    g.beginPath();
    g.arc(32, 32, 9, 0, 7);
    g.fill();
  }
  g.fillStyle = "#fff";
  g.font = `bold ${mark.length > 1 ? 26 : 32}px sans-serif`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(mark, 32, severity === 2 ? 41 : 34);
  link.type = "image/png";
  link.href = canvas.toDataURL();
}
