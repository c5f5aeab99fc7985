// A client in TypeScript that is compiled, never run: it stops compiling when the document no longer says what a client
// needs, or says it so loosely that the types come out as `unknown` or `never`.
import type { components, paths } from "tintuc";

type Content<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Sent<Operation> = Operation extends { requestBody: infer Body } ? Content<Body> : never;
type Answered<Operation, Status extends number> = Operation extends { responses: Record<Status, infer Answer> }
  ? Content<Answer>
  : never;

// Lists are of whole cards, or of partial ones where `fields` asked for them.
type Articles = Extract<Answered<paths["/api/v1/articles"]["get"], 200>, components["schemas"]["List_ArticleCard"]>;
type Login = paths["/api/v1/auth/login"]["post"];

export function headlines(page: Articles): string[] {
  return page.data.map((card) => card.title);
}

export function credentials(email: string, password: string): Sent<Login> {
  return { email, password };
}

export function authorization(tokens: Answered<Login, 200>): string {
  return `Bearer ${tokens.access_token}`;
}

// The codes are a closed list, and this one is on it: a mere `string` does not compile.
type Code = components["schemas"]["Problem"]["code"];
const fourEyes: string extends Code ? never : Code = "four_eyes";

export function needsAnotherPerson(problem: components["schemas"]["Problem"]): boolean {
  return problem.code === fourEyes;
}
