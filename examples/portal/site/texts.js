// What the portal itself says, in Vietnamese and English. What articles say comes from the API in their own language.

const TEXTS = {
  site: ["Cổng tin tức tỉnh", "Provincial News"],
  home: ["Trang chủ", "Front page"],
  skip: ["Đến nội dung chính", "Skip to the content"],
  sections: ["Chuyên mục", "Sections"],
  search: ["Tìm kiếm", "Search"],
  searchFor: ["Tìm tin tức", "Search the news"],
  switch: ["English", "Tiếng Việt"],
  archive: ["Lưu trữ", "Archive"],
  offlinePages: ["Đọc ngoại tuyến", "Read offline"],
  footer: ["Trang mẫu, dựng trên giao diện lập trình công khai của Tintuc.", "A sample portal, built on the public API of Tintuc."],
  podcast: ["Tin bằng giọng đọc (podcast)", "Podcast"],
  loading: ["Đang tải…", "Loading…"],
  urgent: ["Tin khẩn", "Urgent"],
  featured: ["Tin nổi bật", "Featured"],
  mostViewed: ["Đọc nhiều", "Most read"],
  more: ["Xem thêm: $", "More: $"],
  smaller: ["Giảm cỡ chữ (A−)", "Smaller text (A−)"],
  normal: ["Cỡ chữ mặc định (A)", "Default text size (A)"],
  larger: ["Tăng cỡ chữ (A+)", "Larger text (A+)"],
  fontSize: ["Cỡ chữ", "Font size"],
  minutes: ["$ phút đọc", "$ min read"],
  views: ["Lượt người xem:", "Views:"],
  share: ["Chia sẻ", "Share"],
  shareBy: ["Chia sẻ qua $", "Share by $"],
  email: ["thư điện tử", "e-mail"],
  copy: ["Sao chép liên kết", "Copy the link"],
  copied: ["Đã sao chép liên kết.", "The link is copied."],
  notCopied: ["Không sao chép được. Liên kết: $", "It could not be copied. The link: $"],
  print: ["In bài viết", "Print"],
  others: ["Tin khác", "Other news"],
  newer: ["Mới hơn", "Newer"],
  older: ["Cũ hơn", "Older"],
  related: ["Tin liên quan", "Related"],
  tags: ["Từ khóa", "Tags"],
  tag: ["Từ khóa: $", "Tag: $"],
  author: ["Tác giả: $", "Author: $"],
  attachments: ["Tệp đính kèm", "Attachments"],
  listen: ["Nghe bài viết", "Listen"],
  speed: ["Tốc độ đọc", "Speed"],
  back15: ["Lùi 15 giây", "Back 15 seconds"],
  on15: ["Tới 15 giây", "Forward 15 seconds"],
  corrections: ["Đính chính", "Corrections"],
  source: ["Nguồn:", "Source:"],
  elsewhere: ["Xem toàn văn tại $", "Read the whole text at $"],
  otherLanguages: ["Ngôn ngữ khác:", "Other languages:"],
  player: ["Xem video tại $: $", "Watch at $: $"],
  foreignPicture: ["Xem ảnh tại $", "See the picture at $"],
  table: ["Bảng, cuộn ngang được", "Table, scrolls sideways"],
  rss: ["Nguồn tin RSS", "RSS feed"],
  below: ["Trong chuyên mục này", "In this section"],
  articles: ["$ tin", "$ articles"],
  nextPage: ["Trang sau", "Next page"],
  firstPage: ["Về trang đầu", "First page"],
  nothing: ["Chưa có tin nào.", "There is no news yet."],
  month: ["Tháng $", "$"],
  year: ["Năm $", "$"],
  results: ["$ kết quả cho “$”", "$ results for “$”"],
  nearly: ["Không có tin nào đúng hết các từ; đây là kết quả của từ gần giống.", "Nothing has these very words; here is what has nearly the same."],
  noResults: ["Không tìm thấy tin nào cho “$”.", "Nothing was found for “$”."],
  searchHint: ["Gõ có dấu hoặc không dấu đều được; đặt trong ngoặc kép để tìm đúng cụm từ.", "Type with or without marks; quotation marks look for a phrase."],
  suggestions: ["Gợi ý", "Suggestions"],
  suggested: ["$ gợi ý", "$ suggestions"],
  isTag: ["từ khóa", "tag"],
  notFound: ["Không tìm thấy trang", "Page not found"],
  notFoundText: ["Trang này không có, hoặc đã được gỡ.", "There is no such page, or it was taken down."],
  gone: ["Bài viết đã được rút", "This article was withdrawn"],
  goneAt: ["Rút ngày $.", "Withdrawn on $."],
  trouble: ["Chưa xem được trang này", "This page cannot be shown now"],
  again: ["Thử lại", "Try again"],
  offline: ["Không có kết nối mạng", "No network"],
  offlineText: ["Trang này chưa được lưu trên máy. Khi có mạng, hãy thử lại. Những bài sau đọc được ngay:", "This page is not kept here. Try again with a network. These can be read now:"],
  keptHere: ["Các bài đã đọc được lưu trên máy này, và đọc được khi không có mạng:", "Articles you have read are kept here, to be read without a network:"],
  nothingKept: ["Chưa có bài nào được lưu.", "No article is kept yet."],
  keptAt: ["Đang xem bản lưu lúc $ – không có kết nối mạng.", "This was kept on $ – there is no network."],
  newVersion: ["Trang có bản mới.", "There is a new version of this page."],
  reload: ["Tải lại", "Reload"],
};

/** @typedef {keyof typeof TEXTS} TextKey */

/** @type {"vi" | "en"} */
let chosen = "vi";

/** `?lang=` in the address, else what was chosen before. */
export function chooseLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? remembered("lang");
  setLanguage(asked === "en" ? "en" : "vi");
}

/** @param {"vi" | "en"} wanted */
export function setLanguage(wanted) {
  chosen = wanted;
  document.documentElement.lang = wanted;
  remember("lang", wanted);
}

export function language() {
  return chosen;
}

/**
 * A text, with what stands for each `$`.
 * @param {TextKey} key
 * @param {...(string | number)} values
 */
export function t(key, ...values) {
  return (TEXTS[key][chosen === "en" ? 1 : 0] ?? "").replace(/\$/g, () => String(values.shift() ?? ""));
}

/** Texts that index.html has in Vietnamese. */
export function translatePage() {
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(key(element, "data-t"));
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(key(element, "data-t-label")));
}

/** @param {Element} element @param {string} attribute */
function key(element, attribute) {
  return /** @type {TextKey} */ (element.getAttribute(attribute));
}

/** Where a browser keeps nothing, a choice is good for one page. @param {string} name */
export function remembered(name) {
  try {
    return localStorage.getItem(`tintuc-${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`tintuc-${name}`, value);
  } catch {
    // Then not.
  }
}
