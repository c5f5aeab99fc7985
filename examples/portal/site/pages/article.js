// An article, with all that the content type holds. What can come later, does: counts, neighbours, words for machines.
import { local, read } from "../api.js";
import { playerOf } from "../audio.js";
import { bodyOf, host } from "../body.js";
import { articleAddress, cardList, categoryAddress, headlines, isUrgent, languageOf, PORTAL, section } from "../cards.js";
import { h } from "../dom.js";
import { fontSizeOf } from "../fontsize.js";
import { day, dayAndHour, number, readingTime, size, slug } from "../format.js";
import { describeArticle } from "../metadata.js";
import { keepPictures } from "../offline.js";
import { picture } from "../picture.js";
import { shareOf } from "../share.js";
import { t } from "../texts.js";
import { countWhenRead } from "../views.js";

/** @typedef {import("../api.js").Article} Article */

/** @param {string} key @returns {Promise<import("../app.js").Page>} */
export async function articlePage(key) {
  const path = { key };
  // Asked at once: none waits for another.
  const [others, views, metadata] = [
    read("/api/v1/articles/{key}/others", { path, query: { limit: 4 } }, { keeps: true }).catch(() => null),
    read("/api/v1/articles/{key}/views", { path }).catch(() => null),
    read("/api/v1/articles/{key}/metadata", { path }).catch(() => null),
  ];
  const { body, keptAt } = await read("/api/v1/articles/{key}", { path }, { keeps: true });
  const article = body.data;
  const count = h("span", { class: "count" }, "…");
  const elsewhere = h("div", { class: "others" });
  const content = h("div", { class: "with-others" }, articleOf(article, count), elsewhere);
  return {
    title: article.seo?.title ?? article.title,
    description: article.seo?.description ?? article.summary,
    content,
    keptAt,
    article: article.id,
    address: articleAddress(article) + location.search,
    shown() {
      const tell = (/** @type {{ views: number }} */ { views }) => {
        count.textContent = number(views);
      };
      views.then((answer) => answer && count.textContent === "…" && tell(answer.body.data));
      metadata.then((answer) => answer && content.isConnected && describeArticle(answer.body.data));
      others.then((answer) => answer && elsewhere.append(...othersOf(answer.body.data)));
      keepPictures(article.id, content);
      return countWhenRead(article.id, tell);
    },
  };
}

/** @param {Article} article @param {HTMLElement} count */
function articleOf(article, count) {
  const { category, image, description_image } = article;
  // What stands on cards is not shown twice.
  const second = description_image && description_image.media_id !== image?.media_id ? description_image : null;
  const text = article.body == null ? null : bodyOf(article.body);
  const reading = text?.textContent ? readingTime(text.textContent) : null;
  return h(
    "article",
    { class: "article", ...languageOf(article) },
    h("div", { class: "section-head" }, h("p", { class: "section" }, h("a", { href: categoryAddress(category) }, category.name)), h("p", null, h("time", { datetime: article.published_at }, dayAndHour(article.published_at)))),
    h(
      "header",
      null,
      isUrgent(article) && h("p", null, h("strong", { class: "urgent" }, t("urgent"))),
      article.kicker && h("p", { class: "kicker" }, article.kicker),
      h("h1", { tabindex: -1 }, article.title),
      h("div", { class: "about" }, h("time", { datetime: article.published_at }, day(article.published_at)), authorOf(article), reading && h("span", null, reading), fontSizeOf()),
      article.summary && h("p", { class: "summary" }, article.summary),
    ),
    article.corrections.length > 0 &&
      h(
        "aside",
        { class: "corrections", "aria-labelledby": "heading-corrections" },
        h("h2", { id: "heading-corrections" }, t("corrections")),
        h("ul", null, article.corrections.map(({ at, note }) => h("li", null, h("time", { datetime: at }, day(at)), ": ", note))),
      ),
    image && figureOf(image, true),
    article.audio && playerOf(article.audio),
    h("div", { class: "body" }, text, second && figureOf(second, !image)),
    article.external_url && h("p", null, h("a", { class: "button primary", href: article.external_url }, t("elsewhere", host(article.external_url)))),
    article.attachments.length > 0 && attachmentsOf(article.attachments),
    h(
      "footer",
      null,
      article.source && h("p", null, `${t("source")} `, article.source.url ? h("a", { href: article.source.url }, article.source.name) : article.source.name),
      article.translations.length > 0 &&
        h("p", null, `${t("otherLanguages")} `, article.translations.map((other) => h("a", { href: articleAddress(other), hreflang: other.locale, ...languageOf(other) }, other.title))),
      article.tags.length > 0 && h("ul", { class: "tags", "aria-label": t("tags") }, article.tags.map((tag) => h("li", null, h("a", { href: `${PORTAL}the/${slug(tag)}` }, tag)))),
      h("p", { class: "views" }, `${t("views")} `, count),
    ),
    shareOf(article.title, articleAddress(article)),
    article.related.length > 0 && section(t("related"), "related", cardList(article.related)),
  );
}

/** @param {Article} article */
function authorOf({ author }) {
  return author && h("a", { href: `${PORTAL}tac-gia/${author.id}`, rel: "author" }, author.name);
}

/** @param {import("../api.js").Picture} shown @param {boolean} first */
function figureOf(shown, first) {
  const whole = picture(shown, { sizes: "(min-width: 48rem) 46rem, 100vw", first });
  return h("figure", null, whole, shown.caption && h("figcaption", null, shown.caption));
}

/** @param {import("../api.js").File[]} files */
function attachmentsOf(files) {
  const kind = (/** @type {string} */ name) => name.split(".").pop()?.toUpperCase() ?? "";
  return section(
    t("attachments"),
    "attachments",
    h("ul", null, files.map((file) => h("li", null, h("a", { href: local(file.url), download: file.file_name }, file.title ?? file.file_name), h("span", null, ` ${kind(file.file_name)}, ${size(file.size)}`)))),
  );
}

/** "Tin khác" @param {import("../api.js").Schemas["OtherArticles"]} others */
function othersOf({ newer, older }) {
  if (!newer.length && !older.length) return [];
  const part = (/** @type {string} */ heading, /** @type {import("../api.js").Card[]} */ cards) => cards.length > 0 && h("div", null, h("h3", null, heading), headlines(cards));
  return [section(t("others"), "other-news", part(t("newer"), newer), part(t("older"), older))];
}
