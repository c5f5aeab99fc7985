// Articles that are kept to be read without a network, by the change feed: what was withdrawn is gone here at the next contact.
// A phone has IndexedDB for this; here it is a folder. What matters is the order: changes first, then the token behind them.
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Refused, type Change, type SingleArticle, type Tintuc } from "./tintuc.js";

/** How far a store has come, and of what. */
interface State {
  token: string | null;
  /** Which full pass: each has a folder of its own, so that none is shown half. */
  pass: number;
  complete: boolean;
}

export class OfflineStore {
  #state: State = { token: null, pass: 1, complete: false };

  private constructor(
    readonly folder: string,
    readonly filter: { category?: string },
  ) {}

  /** The store in this folder, as it was left. */
  static async open(folder: string, filter: { category?: string } = {}): Promise<OfflineStore> {
    const store = new OfflineStore(folder, filter);
    await mkdir(folder, { recursive: true });
    const kept = await readFile(join(folder, "state.json"), "utf8").catch(() => null);
    if (kept) store.#state = JSON.parse(kept) as State;
    await mkdir(store.#articles, { recursive: true });
    return store;
  }

  /** Takes over what has changed, to the end of what there is. Answers how many changes. */
  async update(tintuc: Tintuc): Promise<number> {
    let taken = 0;
    for (let more = true; more; ) {
      try {
        const page = await tintuc.changes({ ...this.filter, ...(this.#state.token ? { token: this.#state.token } : {}) });
        for (const change of page.data) await this.#take(change);
        more = page.meta.has_more;
        await this.#keep({ token: page.meta.next_token, complete: this.#state.complete || !more });
        taken += page.data.length;
      } catch (error) {
        // Too long ago: all of it again, beside what there is.
        if (!(error instanceof Refused) || error.problem.code !== "gone") throw error;
        await this.#keep({ token: null, pass: this.#state.pass + 1, complete: false });
        await mkdir(this.#articles, { recursive: true });
      }
    }
    for (const name of await readdir(this.folder)) {
      if (name.startsWith("pass-") && join(this.folder, name) !== this.#articles) await rm(join(this.folder, name), { recursive: true });
    }
    return taken;
  }

  /** The articles that are kept. */
  async articles(): Promise<SingleArticle[]> {
    const names = (await readdir(this.#articles)).filter((name) => name.endsWith(".json"));
    return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(this.#articles, name), "utf8")) as SingleArticle));
  }

  get #articles(): string {
    return join(this.folder, `pass-${this.#state.pass}`);
  }

  async #take(change: Change): Promise<void> {
    if (change.change === "delete") return rm(join(this.#articles, `${change.id}.json`), { force: true });
    // Nobody asked for news items.
    if (!("article" in change)) return;
    // Whole, as no `fields` were asked for.
    const article = change.article as SingleArticle;
    await put(join(this.#articles, `${article.id}.json`), article);
  }

  async #keep(changes: Partial<State>): Promise<void> {
    this.#state = { ...this.#state, ...changes };
    await put(join(this.folder, "state.json"), this.#state);
  }
}

/** Whole or not at all. */
async function put(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value));
  await rename(`${path}.new`, path);
}
