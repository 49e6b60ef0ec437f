// Small charts as SVG text: lines, bars and dots against axes with units. Colours come from the page's variables.

export interface Axis {
  readonly label: string;
  readonly format: (value: number) => string;
}

export interface Chart {
  readonly title: string;
  /** One sentence for who cannot see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 84;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 46;
const TICKS = 5;

export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function scaleOf(values: readonly number[], o: { zero?: boolean } = {}): Scale {
  let low = o.zero ? 0 : Number.POSITIVE_INFINITY;
  let high = o.zero ? 0 : Number.NEGATIVE_INFINITY;
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (!Number.isFinite(low)) return { low: 0, high: 1 };
  return low === high ? { low: low - 1, high: high + 1 } : { low, high };
}

/** About five round numbers (1, 2, 2.5 or 5 times a power of ten apart) that hold the scale between them. */
function roundScale({ low, high }: Scale): Scale & { readonly ticks: readonly number[] } {
  const raw = (high - low) / (TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((k) => k * power >= raw * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { low: first * step, high: last * step, ticks };
}

const xAt = (v: number, s: Scale): number => LEFT + ((v - s.low) / (s.high - s.low)) * (WIDTH - LEFT - RIGHT);
const yAt = (v: number, s: Scale): number =>
  HEIGHT - BOTTOM - ((v - s.low) / (s.high - s.low)) * (HEIGHT - TOP - BOTTOM);
const px = (v: number): string => v.toFixed(1);

function frame(chart: Chart, xs: Scale, ys: Scale, inside: string, o: { xTicks?: boolean } = {}): string {
  const steps = Array.from({ length: TICKS }, (_, i) => i / (TICKS - 1));
  const gridY = roundScale(ys).ticks.map((value) => {
    const y = px(yAt(value, ys));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/><text class="tick" x="${LEFT - 8}" y="${y}" text-anchor="end" dominant-baseline="middle">${escapeHtml(chart.y.format(value))}</text>`;
  });
  const gridX = (o.xTicks === false ? [] : steps).map((k) => {
    const value = xs.low + k * (xs.high - xs.low);
    const anchor = k === 0 ? "start" : k === 1 ? "end" : "middle";
    return `<text class="tick" x="${px(xAt(value, xs))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="${anchor}">${escapeHtml(chart.x.format(value))}</text>`;
  });
  const labels = `<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(chart.x.label)}</text><text class="axis" transform="rotate(-90)" x="${-(TOP + HEIGHT - BOTTOM) / 2}" y="13" text-anchor="middle">${escapeHtml(chart.y.label)}</text>`;
  return `<figure><figcaption>${escapeHtml(chart.title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${chart.title}. ${chart.description}`)}">${gridY.join("")}${gridX.join("")}${labels}${inside}</svg></figure>`;
}

export function lineChart(
  chart: Chart,
  points: readonly (readonly [number, number])[],
  o: { area?: boolean; level?: number } = {},
): string {
  const xs = scaleOf(points.map(([x]) => x));
  const ys = roundScale(
    scaleOf(
      points.map(([, y]) => y),
      { zero: true },
    ),
  );
  const path = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(xAt(x, xs))} ${px(yAt(y, ys))}`).join("");
  const zero = px(yAt(0, ys));
  const across = (y: string, style: string): string =>
    `<line class="${style}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`;
  const level = o.level === undefined ? "" : across(px(yAt(o.level, ys)), "level");
  const area =
    o.area && points.length > 0
      ? `<path class="area" d="${path}L${px(xAt(xs.high, xs))} ${zero}L${px(xAt(xs.low, xs))} ${zero}Z"/>`
      : "";
  return frame(chart, xs, ys, `${area}${across(zero, "zero")}${level}<path class="line" d="${path}"/>`);
}

export function barChart(chart: Chart, bars: readonly { readonly name: string; readonly value: number }[]): string {
  const ys = roundScale(
    scaleOf(
      bars.map(({ value }) => value),
      { zero: true },
    ),
  );
  const width = (WIDTH - LEFT - RIGHT) / Math.max(1, bars.length);
  const zero = yAt(0, ys);
  const inside = bars.map(({ name, value }, i) => {
    const x = LEFT + i * width;
    const y = yAt(value, ys);
    const box = `<rect class="bar" x="${px(x + width * 0.1)}" width="${px(width * 0.8)}" y="${px(Math.min(y, zero))}" height="${px(Math.abs(y - zero))}"><title>${escapeHtml(`${name}: ${chart.y.format(value)}`)}</title></rect>`;
    return `${box}<text class="tick" x="${px(x + width / 2)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${escapeHtml(name)}</text>`;
  });
  return frame(chart, { low: 0, high: 1 }, ys, inside.join(""), { xTicks: false });
}

/** Dots sized by their count against the diagonal: what was said, and what came. */
export function reliabilityChart(
  chart: Chart,
  dots: readonly { readonly said: number; readonly came: number; readonly count: number }[],
): string {
  const unit = { low: 0, high: 1 };
  const most = Math.max(1, ...dots.map(({ count }) => count));
  const inside = dots.map(
    ({ said, came, count }) =>
      `<circle class="dot" cx="${px(xAt(said, unit))}" cy="${px(yAt(came, unit))}" r="${px(2 + 8 * Math.sqrt(count / most))}"><title>${escapeHtml(`said ${chart.x.format(said)}, came ${chart.y.format(came)}, ${count} times`)}</title></circle>`,
  );
  const diagonal = `<line class="zero" x1="${px(xAt(0, unit))}" y1="${px(yAt(0, unit))}" x2="${px(xAt(1, unit))}" y2="${px(yAt(1, unit))}"/>`;
  return frame(chart, unit, unit, diagonal + inside.join(""));
}
