// The public side of a Tintuc as a page or an app would use it. All types come from the OpenAPI document, so that this
// stops compiling when the API no longer answers what is read here.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Card = components["schemas"]["ArticleCard"];
export type Article = components["schemas"]["Article"];
export type FrontPage = components["schemas"]["FrontPage"];
export type Counted = components["schemas"]["Counted"];
export type SingleArticle = components["schemas"]["SingleArticle"];
export type Feed = components["schemas"]["ChangeFeed"];
export type Change = Feed["data"][number];
export type Problem = components["schemas"]["Problem"];
/** What to follow, and from where. */
export type Following = NonNullable<paths["/api/v1/sync"]["get"]["parameters"]["query"]>;
/** What a list can be narrowed by. Without `fields`, which would make its articles partial. */
export type Filter = Omit<NonNullable<paths["/api/v1/articles"]["get"]["parameters"]["query"]>, "cursor" | "fields">;

/** A request that was refused, with the problem document that says why. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

export class Tintuc {
  readonly #api;

  constructor(readonly base: string) {
    this.#api = createClient<paths>({ baseUrl: base, headers: { "Accept-Language": "en" } });
  }

  /** The articles of a list, page after page for as long as the caller goes on. */
  async *articles(filter: Filter = {}): AsyncGenerator<Card> {
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const query = cursor ? { ...filter, cursor } : filter;
      const page = answered(await this.#api.GET("/api/v1/articles", { params: { query } }));
      // Whole cards, as no `fields` were asked for.
      yield* page.data as Card[];
      cursor = page.links.next ? (new URL(page.links.next, this.base).searchParams.get("cursor") ?? undefined) : undefined;
    }
  }

  /** A front page in one answer: what is urgent and featured, the newest of these categories, and what is read most. */
  async front(categories: string[], perCategory = 5): Promise<FrontPage> {
    const query = { categories: categories.join(","), per_category: perCategory };
    return answered(await this.#api.GET("/api/v1/front", { params: { query } })).data;
  }

  /** One article, by id or slug. A slug that changed is followed. */
  async article(key: string): Promise<Article> {
    return answered(await this.#api.GET("/api/v1/articles/{key}", { params: { path: { key } } })).data;
  }

  /** What has changed since a token, or the first page of all there is. `wait` keeps the question until something has. */
  async changes(query: Following = {}): Promise<Feed> {
    return answered(await this.#api.GET("/api/v1/sync", { params: { query } }));
  }

  /** Counts a view: once in half an hour for the same visitor, whom only the caller knows by this name. */
  async view(key: string, visitor: string): Promise<Counted> {
    const how = { params: { path: { key } }, body: { visitor } };
    return answered(await this.#api.POST("/api/v1/articles/{key}/views", how)).data;
  }
}

function answered<Body>(outcome: { data?: Body; error?: Problem; response: Response }): Body {
  if (outcome.error) throw new Refused(outcome.error);
  if (outcome.data === undefined) throw new Error(`${outcome.response.status} without a body`);
  return outcome.data;
}
