#!/usr/bin/env node
/* provider.mjs - a provider of OpenID Connect, for tests: oidc-provider, with people that the test names.
 *
 * usage: provider.mjs PORT REDIRECT_URI      the client is "guichet", with the secret "hush"
 *
 * PUT /people/SUBJECT with claims as JSON makes somebody, or changes them; whoever types a subject signs in as that.
 * Prints a line when it listens.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider } from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const people = new Map();
const provider = new Provider(`http://127.0.0.1:${port}`, {
	clients: [{ client_id: 'guichet', client_secret: 'hush', redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'] }],
	claims: { email: ['email', 'email_verified'], profile: ['given_name', 'family_name', 'groups'] },
	conformIdTokenClaims: false,
	pkce: { required: () => true },
	findAccount: (_, sub) => people.has(sub) && { accountId: sub, claims: () => ({ sub, ...people.get(sub) }) },
});
const answer = provider.callback();

createServer(async (request, response) => {
	if (request.method !== 'PUT') return answer(request, response);
	people.set(decodeURIComponent(request.url.split('/').pop()), JSON.parse(await text(request)));
	return response.writeHead(204).end();
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
