/* ops.js - the page of operators: who is there, what was seen, and what happens when somebody presses a button. */
import { ask, follow, isSignedIn, signIn, signOut } from "/ops/door.js";
import { alertCard, button, letters, mail, make, pipeline, programs, queues, replace, steps } from "/ops/draw.js";
import { chooseLanguage, dress, languageNow, say } from "/ops/words.js";

const at = id => document.getElementById(id);
const HOUR_POINTS = 360;

let seen = null, seenAt = 0, history = [], lastPoint = 0, stop = null, acknowledged = new Map(), allLanes = false, shown = { list: [], total: 0, filters: {} };

/* --- asking before something happens ----------------------------------------------------- */
/* What was answered: null, or { why, text }. */
function confirm(title, says, { why = false, text = null, danger = false } = {}) {
	const dialog = at("ask");
	at("ask-title").textContent = title;
	at("ask-says").textContent = says;
	at("ask-yes").textContent = say("yes");
	at("ask-yes").className = danger ? "danger" : "";
	at("ask-why").hidden = !why;
	at("ask-reason").required = why;
	at("ask-reason").value = "";
	at("ask-body").hidden = text === null;
	at("ask-text").value = text ?? "";
	dialog.returnValue = "";
	dialog.showModal();
	return new Promise(resolve => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"
		? { why: at("ask-reason").value.trim(), text: at("ask-text").value } : null), { once: true }));
}

let forgetting = 0;

function tell(text) {
	at("told").textContent = text;
	clearTimeout(forgetting);
	forgetting = setTimeout(() => { at("told").textContent = ""; }, 8000);
}

/* Does it, says how it went. */
async function act(does) {
	try {
		await does();
		tell(say("done"));
	} catch (error) {
		tell([error.message, ...(error.errors || []).map(one => `${one.pointer} ${one.detail}`)].join(" "));
	}
}

/* --- pauses --------------------------------------------------------------------------------- */
async function pause(what) {
	const answer = await confirm(say("askPause", { what }), say("saysPause"), { why: true, danger: true });
	if (answer)
		await act(() => ask("PUT", `/admin/pauses/${encodeURIComponent(what)}`, { why: answer.why }));
}

async function resume(what) {
	if (await confirm(say("askResume", { what }), say("saysResume")))
		await act(() => ask("DELETE", `/admin/pauses/${encodeURIComponent(what)}`));
}

const rests = name => (seen.pauses || []).some(one => one.target === name);
/* A queue that only wakes its reader has no pause of its own. */
const canRest = queue => !queue.name.startsWith("work.") && queue.program;
const restButton = name => button(rests(name) ? "resume" : "pause", () => (rests(name) ? resume : pause)(name),
	{ "data-key": `rest ${name}`, "aria-label": `${say(rests(name) ? "resume" : "pause")} ${name}` });
const ANSWERS_PEOPLE = ["ingress", "mail_ingress"];

/* --- what is wrong ---------------------------------------------------------------------------- */
function alertActs(alert) {
	const acts = [];
	if (alert.name === "ForgottenPause" || (alert.subject && rests(alert.subject)))
		acts.push(["resume", () => resume(alert.subject)]);
	if (alert.name === "DeadLetters")
		acts.push(["show", () => { at("dead-title").scrollIntoView(); at("dead-text").focus(); }]);
	if (alert.name === "MailOverdue")
		acts.push(["retryMail", () => act(() => ask("POST", "/notifications/queue/retry", {}))]);
	if (!acknowledged.get(alert.id)?.acknowledgedBy)
		acts.push(["acknowledge", () => act(async () => { await ask("POST", `/monitoring/alerts/${alert.id}/ack`, {}); await readAlerts(); })]);
	return acts;
}

async function readAlerts() {
	const answer = await ask("GET", "/monitoring/alerts");
	acknowledged = new Map(answer.data.map(alert => [alert.id, alert]));
	drawAlerts();
}

const SEVERITIES = ["critical", "warning", "info"];
let drawnAlerts = "";

/* Drawn anew only when it says something else: it is read aloud. */
function drawAlerts() {
	const alerts = [...(seen?.alerts || [])].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.since.localeCompare(b.since));
	const key = JSON.stringify([languageNow(), alerts.map(alert => [alert.id, acknowledged.get(alert.id)?.acknowledgedBy, Math.floor((Date.now() - Date.parse(alert.since)) / 60000), rests(alert.subject)])]);
	if (key === drawnAlerts)
		return;
	drawnAlerts = key;
	replace(at("alerts"), ...(alerts.length ? alerts.map(alert => alertCard(alert, acknowledged.get(alert.id), alertActs(alert))) : [make("p", { class: "well" }, say("allWell"))]));
	document.title = `${alerts.length ? `(${alerts.length}) ` : ""}Guichet ${say("operations")}`;
	if (alerts.some(alert => !acknowledged.has(alert.id)))
		readAlerts().catch(() => {});
}

/* --- what was seen ------------------------------------------------------------------------------- */
function remember() {
	if (Date.now() - lastPoint < 10000)
		return;
	lastPoint = Date.now();
	history.push({ queues: Object.fromEntries((seen.queues || []).map(queue => [queue.name, [queue.ready + queue.unacked]])), outbox: seen.outbox?.waiting,
		mail: seen.mail?.waiting, files: seen.files?.waiting, webhooks: seen.webhooks?.waiting, inbound: seen.inbound?.waiting });
	history = history.slice(-HOUR_POINTS);
}

function drawSeen() {
	if (!seen)
		return;
	drawAlerts();
	replace(at("pipeline"), ...pipeline(seen, history));
	replace(at("queues"), queues(seen, queue => canRest(queue) ? [restButton(queue.name)] : [], allLanes),
		make("p", {}, button(allLanes ? "fewLanes" : "allLanes", () => { allLanes = !allLanes; drawSeen(); }, { "data-key": "lanes", "aria-expanded": String(allLanes) })));
	replace(at("programs"), programs(seen, program => ANSWERS_PEOPLE.includes(program.program) ? [] : [restButton(program.program)]));
	replace(at("mail"), ...mail(seen));
}

function hear(event, data) {
	if (event !== "seen")
		return;
	seen = { ...seen, ...data };
	seenAt = Date.now();
	remember();
	if (document.visibilityState === "visible")
		drawSeen();
	drawFreshness();
}

let isLost = false;

function drawFreshness() {
	const seconds = Math.round((Date.now() - seenAt) / 1000), place = at("freshness");
	const text = !isSignedIn() ? "" : isLost ? say("lost") : seenAt === 0 ? "" : say(seconds > 10 ? "old" : "fresh", { seconds });
	place.className = isLost || seconds > 10 ? "old" : "";
	/* A status is read aloud: the seconds that go by are not. */
	place.setAttribute("aria-live", isLost || seconds > 10 ? "polite" : "off");
	if (place.textContent !== text)
		place.textContent = text;
}

/* --- dead letters ------------------------------------------------------------------------------------ */
const query = filters => Object.entries(filters).filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");

async function readLetters() {
	const at = new Date().toISOString();
	const answer = await ask("GET", `/admin/dead-letters?limit=50&${query(shown.filters)}`);
	const list = Array.isArray(answer.data) ? answer.data : answer.data.deadLetters || [];
	shown = { ...shown, at, list, total: answer.pagination?.total ?? answer.data.pagination?.total ?? list.length };
	drawLetters();
}

async function discard(what, count, does) {
	const answer = await confirm(say("askDiscard", { what }), say("saysDiscard", { count }), { why: true, danger: true });
	if (answer)
		await act(async () => { await does(answer.why); await readLetters(); });
}

async function replay(what, count, does) {
	if (await confirm(say("askReplay", { what }), say("saysReplay", { count })))
		await act(async () => { await does(); await readLetters(); });
}

async function edit(letter) {
	const answer = await confirm(say("askEdit"), say("saysEdit"), { text: "{}" });
	if (answer)
		await act(async () => { await ask("PATCH", `/admin/dead-letters/${letter.id}`, { set: answer.text }); await readLetters(); });
}

async function showLetter(letter, place) {
	if (place.nextElementSibling?.classList.contains("whole")) {
		place.nextElementSibling.remove();
		return;
	}
	const whole = (await ask("GET", `/admin/dead-letters/${letter.id}`)).data;
	let body = whole.body;
	try {
		body = JSON.stringify(JSON.parse(body), null, 2);
	} catch { /* it is shown as it is */ }
	place.after(make("tr", { class: "whole" }, make("td", { colspan: 5 }, make("pre", {}, JSON.stringify(whole.headers, null, 2)), make("pre", {}, body))));
}

function letterActs(letter) {
	const of = word => ({ "data-key": `${word} ${letter.id}`, "aria-label": `${say(word)} ${letter.type} ${letter.id}` });
	const acts = [button("show", event => showLetter(letter, event.target.closest("tr")), of("show"))];
	if (letter.state === "open")
		acts.push(button("edit", () => edit(letter), of("edit")), button("replay", () => replay(letter.type, 1, () => ask("POST", `/admin/dead-letters/${letter.id}/replay`, {})), of("replay")),
			button("discard", () => discard(letter.type, 1, why => ask("DELETE", `/admin/dead-letters/${letter.id}`, { why })), { ...of("discard"), class: "danger" }));
	return acts;
}

function drawLetters() {
	const all = [];
	/* All of these are those that were there when somebody looked. */
	const { state, text } = shown.filters, filters = { until: shown.at, ...text && { text } };
	if (shown.list.length > 1 && state === "open")
		all.push(make("p", { class: "row" }, button("replayAll", () => replay(say("whatLetters", { count: shown.total }), shown.total, () => ask("POST", "/admin/dead-letters/replay", filters)), { "data-key": "replay all" }),
			button("discardAll", () => discard(say("whatLetters", { count: shown.total }), shown.total, why => ask("POST", "/admin/dead-letters/discard", { ...filters, why })), { "data-key": "discard all", class: "danger" })));
	replace(at("dead"), ...all, letters(shown.list, shown.total, letterActs));
}

function dressStates() {
	const chosen = at("dead-state").value || "open";
	at("dead-state").replaceChildren(...["open", "replayed", "discarded"].map(state => make("option", { value: state, selected: state === chosen }, say(state))));
}

/* --- one thing's way --------------------------------------------------------------------------------------- */
async function trace(id) {
	try {
		replace(at("trace"), ...steps((await ask("GET", `/admin/trace/${encodeURIComponent(id)}`)).data));
	} catch (error) {
		replace(at("trace"), make("p", {}, error.status === 404 ? say("notFound") : error.message));
	}
}

/* --- coming and going ------------------------------------------------------------------------------------------ */
function leave(word) {
	stop?.();
	stop = null;
	seen = null;
	at("desk").hidden = at("leave").hidden = true;
	at("door").hidden = false;
	at("door-error").textContent = word ? say(word) : "";
	at("email").focus();
}

async function enter() {
	try {
		const first = (await ask("GET", "/monitoring/dashboard?minutes=60")).data;
		history = first.series || [];
		seen = { ...first, series: undefined };
		seenAt = first.ageSeconds === null ? 0 : Date.now() - first.ageSeconds * 1000;
	} catch (error) {
		if (error.status === 401 || error.status === 403) {
			await signOut();
			leave(error.status === 403 ? "notAdmin" : "");
			return;
		}
		seen = {}; /* the stream may say more */
	}
	at("door").hidden = true;
	at("desk").hidden = at("leave").hidden = false;
	drawSeen();
	shown.filters = { state: "open" };
	readLetters().catch(error => replace(at("dead"), make("p", {}, error.message)));
	readAlerts().catch(() => {});
	stop?.();
	stop = follow((event, data) => { isLost = false; hear(event, data); }, () => { isLost = true; drawFreshness(); }, () => leave(""));
}

function dressTheme() {
	const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	at("theme").textContent = say(dark ? "themeLight" : "themeDark");
	at("theme").onclick = () => {
		document.documentElement.dataset.theme = dark ? "light" : "dark";
		localStorage.setItem("theme", document.documentElement.dataset.theme);
		dressTheme();
	};
}

function dressAll() {
	dress();
	at("language").textContent = say("language");
	at("language").lang = languageNow() === "fr" ? "en" : "fr";
	dressTheme();
	dressStates();
	drawnAlerts = "";
	drawSeen();
	if (seen)
		drawLetters();
	drawFreshness();
}

at("language").addEventListener("click", () => { chooseLanguage(languageNow() === "fr" ? "en" : "fr"); dressAll(); });
at("leave").addEventListener("click", async () => { await signOut(); leave(""); });
at("door").addEventListener("submit", async event => {
	event.preventDefault();
	at("door-error").textContent = "";
	try {
		await signIn(at("email").value, at("password").value);
		at("password").value = "";
		await enter();
	} catch (error) {
		at("door-error").textContent = error.status ? error.message : say("noAnswer");
	}
});
at("dead-form").addEventListener("submit", event => {
	event.preventDefault();
	shown.filters = { state: at("dead-state").value, text: at("dead-text").value.trim() };
	readLetters().catch(error => tell(error.message));
});
at("trace-form").addEventListener("submit", event => { event.preventDefault(); trace(at("trace-id").value.trim()); });
document.addEventListener("visibilitychange", drawSeen);
setInterval(drawFreshness, 1000);

document.documentElement.dataset.theme = localStorage.getItem("theme") || "";
if (!document.documentElement.dataset.theme)
	delete document.documentElement.dataset.theme;
dressAll();
if (isSignedIn())
	enter();
else
	leave("");
