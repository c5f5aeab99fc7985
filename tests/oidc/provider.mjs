// A provider of OpenID Connect for the tests: oidc-provider with one client, and accounts that a test makes, changes and removes
// while it runs. It says on its first line who it is, and ends when nobody holds its standard input any more.

import http from 'node:http';
import { Provider } from 'oidc-provider';

const accounts = new Map();
const server = http.createServer();

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'tintuc',
        client_secret: process.env.CLIENT_SECRET,
        redirect_uris: ['http://tintuc.example/api/v1/auth/oidc/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['tests'] },
    features: { devInteractions: { enabled: false } },
    // Whoever signs in says who they are.
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_, sub) =>
      accounts.has(sub) ? { accountId: sub, claims: async () => ({ sub, ...accounts.get(sub) }) } : undefined,
    // As most providers have it that do not ask for a consent to `offline_access`.
    issueRefreshToken: async () => process.env.REFRESH_TOKENS !== 'none',
    rotateRefreshToken: true,
  });
  const callback = provider.callback();
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url, issuer);
    if (pathname.startsWith('/accounts/')) return account(request, response, pathname.slice('/accounts/'.length));
    if (pathname.startsWith('/interaction/')) return signIn(provider, request, response);
    return callback(request, response);
  });
  console.log(JSON.stringify({ issuer }));
});

/** Makes or changes an account (PUT with its claims), or removes it (DELETE). */
async function account(request, response, sub) {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (request.method === 'PUT') accounts.set(sub, JSON.parse(body));
  else accounts.delete(sub);
  response.writeHead(204).end();
}

/** Signs whoever the header names in, and agrees to all that is asked for; or to nothing, where it names nobody. */
async function signIn(provider, request, response) {
  const accountId = request.headers['x-account'];
  const { params } = await provider.interactionDetails(request, response);
  let result = { error: 'access_denied' };
  if (accountId) {
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { login: { accountId }, consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// Nobody need listen after the first line.
process.stdout.on('error', () => {});
process.stdin.resume();
process.stdin.on('end', () => process.exit());
