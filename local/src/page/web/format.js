// Numbers and times as people read them.

const count = new Intl.NumberFormat();
const units = ["B", "KB", "MB", "GB", "TB"];

export const number = (value) => count.format(value);

export function bytes(value) {
  const at = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const scaled = value / 1024 ** at;
  return `${scaled.toLocaleString(undefined, { maximumFractionDigits: scaled < 10 && at > 0 ? 1 : 0 })} ${units[at]}`;
}

/** An amount to the smallest unit, which some currencies are mostly written without. */
export function money(value, currency) {
  const isWhole = Number.isInteger(Number(value));
  const digits = isWhole ? { maximumFractionDigits: 0 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, { style: "currency", currency, ...digits }).format(value);
}

export function duration(seconds) {
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const at = Math.max(parts.findIndex(([, length]) => seconds >= length), 0);
  if (seconds < 1) return "0 s";
  const [[unit, length], next] = [parts[at], parts[at + 1]];
  const rest = next ? Math.floor((seconds % length) / next[1]) : 0;
  return `${Math.floor(seconds / length)} ${unit}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

/** A time of the server's country, from RFC 3339 with its offset: as written there, whatever the reader's zone is. */
export const when = (text) => text ? `${text.slice(0, 10)} ${text.slice(11, 16)}` : "";

export const weekday = (day) =>
  new Date(`${day}T12:00:00Z`).toLocaleDateString(undefined, { weekday: "short", timeZone: "UTC" });
