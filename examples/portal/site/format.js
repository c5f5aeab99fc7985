// Days, sizes and lengths as readers write them. Days and hours are those of Vietnam, wherever the reader is.
import { language, t } from "./texts.js";

const DAYS = ["Chủ nhật", "Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7"];
/** @param {Intl.DateTimeFormatOptions} options */
const english = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", ...options });

/** Its parts in Vietnam, where the clock is never changed. @param {string} time */
function vietnam(time) {
  const at = new Date(Date.parse(time) + 7 * 3600_000);
  const [date = "", clock = ""] = at.toISOString().split("T");
  return { weekday: DAYS[at.getUTCDay()] ?? "", day: date.split("-").reverse().join("/"), hour: clock.slice(0, 5) };
}

/** 07/04/2020 @param {string} time */
export function day(time) {
  return language() === "vi" ? vietnam(time).day : english({ dateStyle: "long" }).format(Date.parse(time));
}

/** Thứ 3, Ngày 07/04/2020, 17:00 @param {string} time */
export function dayAndHour(time) {
  const { weekday, day, hour } = vietnam(time);
  if (language() === "vi") return `${weekday}, Ngày ${day}, ${hour}`;
  return `${english({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(Date.parse(time))}, ${hour}`;
}

/** @param {number} count */
export function number(count) {
  return new Intl.NumberFormat(language()).format(count);
}

/** 1,4 MB @param {number} bytes */
export function size(bytes) {
  const [unit, divisor] = bytes < 1000_000 ? ["kB", 1000] : ["MB", 1000_000];
  return `${new Intl.NumberFormat(language(), { maximumFractionDigits: bytes < 1000_000 ? 0 : 1 }).format(bytes / divisor)} ${unit}`;
}

/** 1:05 @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Words are syllables in Vietnamese, of which people read some 250 a minute. @param {string} text */
export function readingTime(text) {
  const words = text.trim().split(/\s+/).length;
  return t("minutes", Math.max(1, Math.round(words / 250)));
}

/** A tag's slug, made as the API makes it of a name. @param {string} name */
export function slug(name) {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
