// Reads what anyone may, with the client that @hey-api/openapi-ts made: a list, an article, a file, and a refusal.
import { getArticle, getFile, listArticles, type ProblemCode } from "../../target/clients/tintuc";
import { client } from "../../target/clients/tintuc/client.gen";

function expect<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`no ${what}`);
  return value;
}

async function main(baseUrl: string): Promise<void> {
  client.setConfig({ baseUrl });

  const page = expect((await listArticles({ query: { limit: 50 } })).data, "list");
  const card = expect(page.data.find((card) => card.image), "article with a picture");
  const image = expect(card.image, "picture");

  const article = expect((await getArticle({ path: { key: expect(card.slug, "slug") } })).data, "article").data;
  if (article.title !== card.title) throw new Error(`"${article.title}" is not "${card.title}"`);

  const name = decodeURIComponent(expect(new URL(image.url, baseUrl).pathname.split("/").pop(), "name"));
  const file = expect((await getFile({ path: { id: image.media_id, name } })).data, "file");
  if (file.size !== image.size || file.type !== image.mime_type) throw new Error(`${file.size} bytes of ${file.type}`);

  const problem = expect((await getArticle({ path: { key: "khong-co-bai-nay" } })).error, "refusal");
  const notFound: ProblemCode = "not_found";
  if (problem.code !== notFound) throw new Error(problem.code);

  console.log(`${page.data.length} articles, "${card.title}" with ${file.size} bytes; then: ${problem.detail}`);
}

main(process.argv[2] ?? "http://127.0.0.1:8080").catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
