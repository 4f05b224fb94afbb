// SPDX-License-Identifier: Apache-2.0
// Whether something grows: a straight line through measured points, and how far its slope can be believed.

// points: [x, y]. {slope, error} in y for each x; the error is one standard deviation. Neighbouring samples of a process
// are alike, so each says less than an independent one would: their likeness widens the error.
export function line(points) {
  const n = points.length;
  if (n < 4) return { slope: 0, error: Infinity };
  const mean = k => points.reduce((sum, p) => sum + p[k], 0) / n;
  const mx = mean(0), my = mean(1);
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / sxx;
  const rest = points.map(([x, y]) => y - my - slope * (x - mx));
  const square = rest.reduce((sum, r) => sum + r * r, 0);
  const alike = square > 0 ? rest.slice(1).reduce((sum, r, i) => sum + r * rest[i], 0) / square : 0;
  const rho = Math.min(0.9, Math.max(0, alike));
  return { slope, error: Math.sqrt(square / (n - 2) / sxx * (1 + rho) / (1 - rho)) };
}

// grows: surely above the bound; flat: surely not above it; unsure: measured too short to tell.
export function verdict({ slope, error }, bound) {
  if (slope - 2 * error > bound) return 'grows';
  return slope + 2 * error <= bound ? 'flat' : 'unsure';
}

export function quantile(list, q) {
  if (list.length === 0) return NaN;
  const sorted = Float64Array.from(list).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
