// Days, sizes and lengths as readers write them. Days and hours are those of Vietnam, wherever the reader is.
import { language, t } from "./texts.js";

const DAYS = ["Chủ nhật", "Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7"];
/** @type {(time: string, options: Intl.DateTimeFormatOptions) => string} */
const english = (time, options) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", ...options }).format(Date.parse(time));
/** The same clock time as if it were UTC: in Vietnam clocks are never changed. @type {(time: string) => Date} */
const vietnam = (time) => new Date(Date.parse(time) + 7 * 3600_000);

/** 07/04/2020 @type {(time: string) => string} */
export function day(time) {
  return language() === "en" ? english(time, { dateStyle: "long" }) : vietnam(time).toISOString().slice(0, 10).split("-").reverse().join("/");
}

/** Thứ 3, Ngày 07/04/2020, 17:00 @type {(time: string) => string} */
export function dayAndHour(time) {
  const at = vietnam(time);
  const date = language() === "en" ? english(time, { dateStyle: "full" }) : `${DAYS[at.getUTCDay()]}, Ngày ${day(time)}`;
  return `${date}, ${at.toISOString().slice(11, 16)}`;
}

/** @type {(count: number, digits?: number) => string} */
export const number = (count, digits = 0) => new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(count);
/** 1,4 MB @type {(bytes: number) => string} */
export const size = (bytes) => (bytes < 1000_000 ? `${number(bytes / 1000)} kB` : `${number(bytes / 1000_000, 1)} MB`);
/** 1:05 @type {(milliseconds: number) => string} */
export const duration = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 19).replace(/^00:0?/, "");
/** Words are syllables in Vietnamese, of which people read some 250 a minute. @type {(text: string) => string} */
export const readingTime = (text) => t("minutes", Math.max(1, Math.round(text.trim().split(/\s+/).length / 250)));
/** A tag's slug, as the API makes it of a name. @type {(name: string) => string} */
export const slug = (name) => plain(name).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
/** Without marks and capitals. @type {(text: string) => string} */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");
