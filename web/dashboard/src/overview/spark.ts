// A sparkline: one canvas, drawn only when its points changed. Gaps where the region was not live.

const WIDTH = 112;
const HEIGHT = 28;
const PAD = 3;

export class Spark {
  readonly canvas = document.createElement("canvas");
  #drawn = "";

  constructor() {
    this.canvas.className = "spark";
    this.canvas.setAttribute("aria-hidden", "true");
    const scale = Math.min(3, window.devicePixelRatio || 1);
    this.canvas.width = WIDTH * scale;
    this.canvas.height = HEIGHT * scale;
    this.canvas.getContext("2d")?.scale(scale, scale);
  }

  /** @param points oldest first, NaN = gap
   *  @param room how many points fill the width */
  draw(points: readonly number[], room: number, color: string): void {
    const state = `${color} ${points.join()}`;
    if (state === this.#drawn) return;
    this.#drawn = state;
    const g = this.canvas.getContext("2d");
    if (!g) return;
    g.clearRect(0, 0, WIDTH, HEIGHT);
    const real = points.filter((value) => !Number.isNaN(value));
    if (!real.length) return;
    const low = Math.min(...real);
    const high = Math.max(...real);
    const x = (i: number): number => WIDTH - PAD - ((points.length - 1 - i) / (room - 1)) * (WIDTH - 2 * PAD);
    const y = (v: number): number =>
      high === low ? HEIGHT / 2 : HEIGHT - PAD - ((v - low) / (high - low)) * (HEIGHT - 2 * PAD);
    g.strokeStyle = g.fillStyle = color;
    g.lineWidth = 1.25;
    g.lineJoin = "round";
    g.beginPath();
    let isDown = false;
    points.forEach((value, i) => {
      if (Number.isNaN(value)) isDown = false;
      else if (isDown) g.lineTo(x(i), y(value));
      else {
        g.moveTo(x(i), y(value));
        isDown = true;
      }
    });
    g.stroke();
    const last = points.at(-1)!;
    if (Number.isNaN(last)) return;
    g.beginPath();
    g.arc(x(points.length - 1), y(last), 1.9, 0, 7);
    g.fill();
  }
}
