import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OfflineStore } from "./store.js";
import { Refused, Tintuc, type Card } from "./tintuc.js";

const tintuc = new Tintuc(process.argv[2] ?? "http://127.0.0.1:8080");

async function some(cards: AsyncIterable<Card>, most: number): Promise<Card[]> {
  const found: Card[] = [];
  for await (const card of cards) {
    found.push(card);
    if (found.length === most) break;
  }
  return found;
}

function show(cards: Card[]): void {
  for (const card of cards) console.log(`  ${card.published_at.slice(0, 10)}  ${card.title}  (${card.category.name})`);
}

console.log("Latest:");
// Three to a page, so that the fourth shows how pages follow each other.
const latest = await some(tintuc.articles({ limit: 3 }), 5);
show(latest);

const [newest] = latest;
if (newest) {
  const front = await tintuc.front([newest.category.slug], 2);
  console.log(`Front page: ${front.urgent.length} urgent, ${front.featured.length} featured, and in ${newest.category.name}:`);
  for (const section of front.categories) show(section.articles);

  console.log(`In ${newest.category.name}:`);
  show(await some(tintuc.articles({ category: newest.category.slug }), 3));

  // Marks may be left out: "dan van" finds "Dân vận".
  const words = newest.title.split(" ").slice(0, 2).join(" ");
  console.log(`Search for "${words}":`);
  show(await some(tintuc.articles({ q: words }), 3));

  const article = await tintuc.article(newest.slug);
  console.log(`Article: ${article.title}\n  ${article.summary ?? "no summary"}\n  ${article.body?.length ?? 0} characters of HTML`);

  const { views, counted } = await tintuc.view(article.id, randomUUID());
  console.log(`Views: ${views}, this one ${counted ? "counted" : "not counted"}`);
}

const folder = await mkdtemp(join(tmpdir(), "tintuc-"));
const store = await OfflineStore.open(folder);
console.log(`Kept to be read without a network: ${await store.update(tintuc)} changes taken over`);
const again = await (await OfflineStore.open(folder)).update(tintuc);
console.log(`  ${(await store.articles()).length} articles; at the next contact ${again} changes`);
await rm(folder, { recursive: true });

try {
  await tintuc.article("khong-co-bai-nay");
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(`What is not there: ${error.message}`);
}
