/** Sizes and times as a person reads them. */

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];
const SPANS: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  if (power === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.floor(value)} ${UNITS[power]}`;
}

/** How far a moment is from now in its largest unit, rounded, such as "in 30 days". */
export function fromNow(moment: number, now: number): string {
  const seconds = Math.round(moment - now);
  const [length, unit] = SPANS.find(([span]) => Math.abs(seconds) >= span) ?? [1, "second"];
  return seconds === 0 ? "now" : relative.format(Math.round(seconds / length), unit);
}

export function at(moment: number): string {
  return absolute.format(moment * 1000);
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h ${Math.ceil((seconds % 3_600) / 60)} min`;
}

export function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.min(100, Math.floor((100 * part) / whole));
}

export function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}
