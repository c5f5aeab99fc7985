// An article, with all that the content type holds. What can come later, does: counts, and words for machines.
/** @import { Article, Card, File, Picture, Schemas } from "../api.js" */
import { local, read } from "../api.js";
import { playerOf } from "../audio.js";
import { bodyOf, host } from "../body.js";
import { articleAddress, cardList, categoryLink, headlines, languageOf, PORTAL, section, timeOf, urgent } from "../cards.js";
import { h } from "../dom.js";
import { fontSizeOf } from "../fontsize.js";
import { dayAndHour, number, readingTime, size, slug } from "../format.js";
import { describeArticle } from "../metadata.js";
import { keepPictures } from "../offline.js";
import { pictureOf } from "../picture.js";
import { shareOf } from "../share.js";
import { t } from "../texts.js";
import { countWhenRead } from "../views.js";

/** @type {(key: string) => Promise<import("../app.js").Page>} */
export async function articlePage(key) {
  const path = { key };
  // Asked at once: none waits for another.
  const views = read("/api/v1/articles/{key}/views", { path }).catch(() => null);
  const metadata = read("/api/v1/articles/{key}/metadata", { path }).catch(() => null);
  const others = read("/api/v1/articles/{key}/others", { path, query: { limit: 4 } }, true).catch(() => null);
  const { body, keptAt } = await read("/api/v1/articles/{key}", { path }, true);
  const article = body.data;
  const neighbours = await others;
  const count = h("span", { class: "count" }, "…");
  const content = h("div", null, articleOf(article, count), neighbours && othersOf(neighbours.body.data));
  const tell = (/** @type {{ views: number }} */ { views }) => void (count.textContent = number(views));
  const shown = () => {
    views.then((answer) => answer && count.textContent === "…" && tell(answer.body.data));
    metadata.then((answer) => answer && content.isConnected && describeArticle(answer.body.data));
    keepPictures(article.id, content);
    return countWhenRead(article.id, tell);
  };
  const { title, description } = article.seo ?? {};
  const address = articleAddress(article) + location.search;
  return { title: title ?? article.title, description: description ?? article.summary, content, keptAt, article: article.id, address, shown };
}

/** @type {(article: Article, count: Element) => Element} */
function articleOf(article, count) {
  const { author, image, description_image, source } = article;
  // What stands on cards is not shown twice.
  const second = description_image?.media_id === image?.media_id ? null : description_image;
  const text = article.body == null ? null : bodyOf(article.body);
  const reading = text?.textContent && h("span", { lang: null }, readingTime(text.textContent));
  return h("article", { class: "article", ...languageOf(article) },
    h("div", { class: "section-head" },
      h("p", { class: "section" }, categoryLink(article.category)), h("p", null, timeOf(article.published_at, dayAndHour))),
    h("header", null,
      h("p", { class: "kicker" }, urgent(article), article.kicker),
      h("h1", { tabindex: -1 }, article.title),
      h("div", { class: "about" }, timeOf(article.published_at),
        author && h("a", { href: `${PORTAL}tac-gia/${author.id}`, rel: "author" }, author.name), reading, fontSizeOf()),
      article.summary && h("p", { class: "summary" }, article.summary)),
    article.corrections.length > 0 && section(t("corrections"), "corrections",
      h("ul", null, article.corrections.map(({ at, note }) => h("li", null, timeOf(at), `: ${note}`)))),
    image && figureOf(image, true),
    article.audio && playerOf(article.audio),
    h("div", { class: "body" }, text, second && figureOf(second, !image)),
    article.external_url &&
      h("p", null, h("a", { class: "button primary", href: article.external_url }, t("elsewhere", host(article.external_url)))),
    article.attachments.length > 0 && section(t("attachments"), "attachments", h("ul", null, article.attachments.map(attachmentOf))),
    h("footer", null,
      source && h("p", null, `${t("source")} `, source.url ? h("a", { href: source.url }, source.name) : source.name),
      article.translations.length > 0 && h("p", null, `${t("otherLanguages")} `, article.translations.map((other) =>
        h("a", { href: articleAddress(other), hreflang: other.locale, ...languageOf(other) }, other.title))),
      article.tags.length > 0 && h("ul", { class: "tags", "aria-label": t("tags") },
        article.tags.map((tag) => h("li", null, h("a", { href: `${PORTAL}the/${slug(tag)}`, rel: "tag" }, tag)))),
      h("p", { class: "views" }, `${t("views")} `, count)),
    shareOf(article.title, articleAddress(article)),
    article.related.length > 0 && section(t("related"), "related", cardList(article.related)));
}

/** @type {(shown: Picture, first: boolean) => Element} */
const figureOf = (shown, first) =>
  h("figure", null, pictureOf(shown, { sizes: "(min-width: 48rem) 46rem, 100vw", first }), shown.caption && h("figcaption", null, shown.caption));

/** @type {(file: File) => Element} */
function attachmentOf({ url, file_name, title, size: bytes }) {
  const link = h("a", { href: local(url), download: file_name }, title ?? file_name);
  return h("li", null, link, h("span", null, ` ${file_name.split(".").pop()?.toUpperCase()}, ${size(bytes)}`));
}

/** "Tin khác" @type {(others: Schemas["OtherArticles"]) => Element | false} */
function othersOf({ newer, older }) {
  const part = (/** @type {string} */ heading, /** @type {Card[]} */ cards) =>
    cards.length > 0 && h("div", null, h("h3", null, heading), headlines(cards));
  return newer.length + older.length > 0 && section(t("others"), "other-news", part(t("newer"), newer), part(t("older"), older));
}
