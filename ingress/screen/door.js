/* door.js - signing in, requests with a token, and the stream of what the monitor sees. The token lives as long as the tab. */
const API = "/api/v1";

let session = JSON.parse(sessionStorage.getItem("session") || "null");

export class Refused extends Error {
	constructor(answer) {
		super(answer.detail || answer.message || answer.title);
		this.status = answer.status;
		this.code = answer.code;
		this.errors = answer.errors || [];
	}
}

export const isSignedIn = () => session !== null;

function keep(data) {
	session = data && { token: data.accessToken, refresh: data.refreshToken };
	if (session)
		sessionStorage.setItem("session", JSON.stringify(session));
	else
		sessionStorage.removeItem("session");
}

async function send(method, path, body, language) {
	const headers = { Accept: "application/json", "Accept-Language": language };
	if (session)
		headers.Authorization = `Bearer ${session.token}`;
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	const answer = await fetch(API + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
	const said = await answer.json().catch(() => ({ status: answer.status, title: answer.statusText }));
	if (!answer.ok)
		throw new Refused({ status: answer.status, ...said });
	return said;
}

let refreshing = null;

/* One at a time: a refresh token leads to one other. */
function refresh(language) {
	refreshing ??= send("POST", "/auth/refresh", { refreshToken: session.refresh }, language)
		.then(answer => keep(answer.data), error => { if (error.status === 401) keep(null); throw error; })
		.finally(() => { refreshing = null; });
	return refreshing;
}

/* The answer's data and the rest of it; throws Refused. */
export async function ask(method, path, body) {
	const language = document.documentElement.lang;
	try {
		return await send(method, path, body, language);
	} catch (error) {
		if (error.status !== 401 || !session)
			throw error;
		await refresh(language);
		return send(method, path, body, language);
	}
}

export async function signIn(email, password) {
	keep((await send("POST", "/auth/login", { email, password }, document.documentElement.lang)).data);
}

export async function signOut() {
	await send("POST", "/auth/logout", {}, document.documentElement.lang).catch(() => {});
	keep(null);
}

/* Server-sent events (HTML, section 9.2) by fetch, which can send the token in a header. hear(event, data); ends when the stream does. */
async function listen(hear, signal) {
	const answer = await fetch(`${API}/monitoring/stream`, { headers: { Authorization: `Bearer ${session.token}` }, signal, cache: "no-store" });
	if (!answer.ok)
		throw new Refused({ status: answer.status, title: answer.statusText });
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done)
			return;
		rest += value;
		const events = rest.split("\n\n");
		rest = events.pop();
		for (const event of events) {
			const fields = Object.fromEntries(event.split("\n").map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
			if (fields.event)
				hear(fields.event, fields.data ? JSON.parse(fields.data) : {});
		}
	}
}

/* Goes on until stop() is called or nobody is signed in any more; lost() between two connections. */
export function follow(hear, lost, over) {
	const control = new AbortController();
	(async () => {
		for (let wait = 500; !control.signal.aborted; wait = Math.min(wait * 2, 8000)) {
			try {
				await listen((event, data) => { wait = 500; hear(event, data); }, control.signal);
			} catch (error) {
				if (error.status === 401 && session)
					await refresh(document.documentElement.lang).catch(() => {});
				if (error.status === 403)
					keep(null);
			}
			if (control.signal.aborted)
				return;
			if (!session) {
				over();
				return;
			}
			lost();
			await new Promise(resolve => setTimeout(resolve, wait));
		}
	})();
	return () => control.abort();
}
