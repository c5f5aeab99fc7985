// What the portal itself says, in Vietnamese and English. What articles say comes from the API in their own language.
import { remember, remembered } from "./store.js";

const TEXTS = {
  site: ["Cổng tin tức tỉnh", "Provincial News"], home: ["Trang chủ", "Front page"], skip: ["Đến nội dung chính", "Skip to the content"],
  sections: ["Chuyên mục", "Sections"], search: ["Tìm kiếm", "Search"], searchFor: ["Tìm tin tức", "Search the news"],
  switch: ["English", "Tiếng Việt"], archive: ["Lưu trữ", "Archive"], offlinePages: ["Đọc ngoại tuyến", "Read offline"],
  footer: ["Trang mẫu, dựng trên giao diện lập trình công khai của Tintuc.", "A sample portal, built on the public API of Tintuc."],
  podcast: ["Tin bằng giọng đọc (podcast)", "Podcast"], loading: ["Đang tải…", "Loading…"], rss: ["Nguồn tin RSS", "RSS feed"],
  urgent: ["Tin khẩn", "Urgent"], featured: ["Tin nổi bật", "Featured"], mostViewed: ["Đọc nhiều", "Most read"],
  more: ["Xem thêm: $", "More: $"], nothing: ["Chưa có tin nào.", "There is no news yet."], articles: ["$ tin", "$ articles"],

  fontSize: ["Cỡ chữ", "Font size"], smaller: ["A− Giảm cỡ chữ", "A− Smaller text"],
  normal: ["Cỡ chữ mặc định (A)", "Default text size (A)"], larger: ["A+ Tăng cỡ chữ", "A+ Larger text"],
  minutes: ["$ phút đọc", "$ min read"], views: ["Lượt người xem:", "Views:"], tags: ["Từ khóa", "Tags"],
  share: ["Chia sẻ", "Share"], shareBy: ["Chia sẻ qua $", "Share by $"], email: ["E-mail (thư điện tử)", "E-mail"],
  copy: ["Sao chép liên kết", "Copy the link"], copied: ["Đã sao chép liên kết.", "The link is copied."],
  notCopied: ["Không sao chép được. Liên kết: $", "It could not be copied. The link: $"], print: ["In bài viết", "Print"],
  others: ["Tin khác", "Other news"], newer: ["Mới hơn", "Newer"], older: ["Cũ hơn", "Older"], related: ["Tin liên quan", "Related"],
  attachments: ["Tệp đính kèm", "Attachments"], corrections: ["Đính chính", "Corrections"], source: ["Nguồn:", "Source:"],
  listen: ["Nghe bài viết", "Listen"], speed: ["Tốc độ đọc", "Speed"],
  back: ["−15 s: lùi 15 giây", "−15 s: back 15 seconds"], on: ["+15 s: tới 15 giây", "+15 s: forward 15 seconds"],
  elsewhere: ["Xem toàn văn tại $", "Read the whole text at $"], otherLanguages: ["Ngôn ngữ khác:", "Other languages:"],
  player: ["Xem video tại $: $", "Watch at $: $"], foreignFile: ["Xem tại $", "See it at $"],
  table: ["Bảng, cuộn ngang được", "Table, scrolls sideways"],

  tag: ["Từ khóa: $", "Tag: $"], author: ["Tác giả: $", "Author: $"], month: ["Tháng $", "$"], year: ["Năm $", "$"],
  below: ["Trong chuyên mục này", "In this section"], pages: ["Các trang", "Pages"],
  nextPage: ["Trang sau", "Next page"], firstPage: ["Về trang đầu", "First page"],
  results: ["$ kết quả cho “$”", "$ results for “$”"], noResults: ["Không tìm thấy tin nào cho “$”.", "Nothing was found for “$”."],
  nearly: ["Không có tin nào đúng hết các từ; đây là kết quả của từ gần giống.", "Nothing has these very words; nearly the same have:"],
  searchHint: ["Gõ có dấu hay không dấu đều được; ngoặc kép để tìm đúng cụm từ.", "With or without marks; quotation marks find a phrase."],
  suggestions: ["Gợi ý", "Suggestions"], suggested: ["$ gợi ý", "$ suggestions"], isTag: ["từ khóa", "tag"],

  notFound: ["Không tìm thấy trang", "Page not found"], again: ["Thử lại", "Try again"],
  notFoundText: ["Trang này không có, hoặc đã được gỡ.", "There is no such page, or it was taken down."],
  gone: ["Bài viết đã được rút", "This article was withdrawn"], goneAt: ["Rút ngày $.", "Withdrawn on $."],
  trouble: ["Chưa xem được trang này", "This page cannot be shown now"], offline: ["Không có kết nối mạng", "No network"],
  offlineText: ["Trang này chưa được lưu trên máy. Những bài sau đọc được ngay:", "This page is not kept here. These can be read now:"],
  keptHere: ["Các bài đã đọc được lưu trên máy này, đọc được khi không có mạng:", "Articles that were read are kept here, for no network:"],
  nothingKept: ["Chưa có bài nào được lưu.", "No article is kept yet."],
  keptAt: ["Không có kết nối mạng. Đang xem bản lưu lúc: $.", "There is no network. This was kept on $."],
  newVersion: ["Trang có bản mới.", "There is a new version of this page."], reload: ["Tải lại", "Reload"],
};

/** @typedef {keyof typeof TEXTS} Text */

// render.mjs says the same, and has no address.
const asked = new URLSearchParams(globalThis.location?.search).get("lang") ?? remembered("language");
let chosen = asked === "en" ? "en" : "vi";

export const language = () => chosen;
/** A text, with what stands for each `$`. @type {(text: Text, ...values: (string | number)[]) => string} */
export const t = (text, ...values) => (TEXTS[text][chosen === "en" ? 1 : 0] ?? "").replace(/\$/g, () => String(values.shift() ?? ""));

/** The page speaks this language from now on, and next time. @type {(wanted: string) => void} */
export function speak(wanted) {
  document.documentElement.lang = chosen = wanted;
  remember("language", wanted);
  // Texts that index.html has in Vietnamese.
  for (const element of document.querySelectorAll("[data-t], [data-t-label]")) {
    const { t: text, tLabel: label } = /** @type {HTMLElement & { dataset: { t?: Text, tLabel?: Text } }} */ (element).dataset;
    if (text) element.textContent = t(text);
    if (label) element.setAttribute("aria-label", t(label));
  }
}
