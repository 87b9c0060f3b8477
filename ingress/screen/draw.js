/* draw.js - what was seen, as elements. Every text goes in as a text: nothing that was seen can become markup. */
import { age, bytes, languageNow, moment, number, say } from "/ops/words.js";

export function make(name, attributes = {}, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith("on"))
			element.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== false && value !== null)
			element.setAttribute(key, value === true ? "" : value);
	}
	element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
	return element;
}

export const button = (word, act, attributes = {}) => make("button", { type: "button", onclick: act, ...attributes }, say(word));

/* Puts the new in place of the old, but not under somebody's fingers: focus stays on what has the same key. */
export function replace(place, ...children) {
	const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
	place.replaceChildren(...children);
	if (key)
		place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

export function table(caption, heads, rows) {
	return make("table", {}, make("caption", {}, caption),
		make("thead", {}, make("tr", {}, ...heads.map(([word, kind]) => make("th", { scope: "col", class: kind }, say(word))))),
		make("tbody", {}, ...rows));
}

const row = (kind, ...cells) => make("tr", { class: kind }, ...cells);
const head = text => make("th", { scope: "row" }, text);
const cell = (text, kind) => make("td", { class: kind }, text);

/* --- what is wrong ---------------------------------------------------------------------- */
export function alertCard(alert, known, acts) {
	const since = (Date.now() - Date.parse(alert.since)) / 1000;
	const who = known?.acknowledgedBy;
	const message = alert.message[languageNow()] || alert.message.en;
	return make("article", { class: `alert ${alert.severity}` }, make("h3", {}, message),
		make("p", {}, alert.todo[languageNow()] || alert.todo.en),
		make("p", { class: "meta" }, `${alert.name}${alert.subject ? ` ${alert.subject}` : ""}, ${say("since")} ${age(since)}${who ? `; ${say("acknowledged", { who })}` : ""}`),
		make("p", { class: "row" }, ...acts.map(([word, act]) => button(word, act, { "data-key": `${alert.id} ${word}`, "aria-label": `${say(word)}: ${message}` }))));
}

/* --- the pipeline -------------------------------------------------------------------------- */
function spark(points) {
	if (!points || points.length < 2)
		return null;
	const most = Math.max(1, ...points);
	const path = points.map((value, i) => `${i ? "L" : "M"}${(i / (points.length - 1) * 100).toFixed(2)} ${(20 - value / most * 18).toFixed(2)}`).join("");
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
	svg.setAttribute("class", "spark");
	svg.setAttribute("viewBox", "0 0 100 20");
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", `${say("lastHour")}: ${number(Math.max(...points))}`);
	line.setAttribute("d", path);
	svg.append(line);
	return svg;
}

function box(title, state, kind, facts, points) {
	return make("article", { class: `box ${kind}` }, make("h4", {}, title, make("span", { class: "state" }, state)),
		make("dl", {}, ...facts.flatMap(([word, value]) => [make("dt", {}, say(word)), make("dd", {}, value)])), spark(points));
}

const KINDS = { up: "", degraded: "warn", resting: "rest", missing: "bad", unused: "rest" };

const stateOf = (seen, name) => (seen.programs || []).find(one => one.program === name) || { state: "missing" };

/* A program with what waits for it. Of several queues one figure: lanes are one thing to look at. */
function programBox(seen, history, name, { title = name.replaceAll("_", "-"), queue = null, part = null, late = 300 } = {}) {
	const program = stateOf(seen, name), facts = [];
	let kind = KINDS[program.state], points = null;
	if (queue) {
		const mine = (seen.queues || []).filter(one => one.name.startsWith(queue));
		const sum = member => mine.reduce((total, one) => total + one[member], 0), most = member => Math.max(0, ...mine.map(one => one[member]));
		facts.push(["queue", queue.endsWith(".") ? `${queue}*` : queue], ["waiting", number(sum("ready") + sum("unacked"))], ["oldest", age(most("oldestSeconds"))],
			["rates", `${number(sum("inPerSecond"))} → ${number(sum("outPerSecond"))} /s`]);
		kind = mine.some(one => !one.exists) || most("stalledSeconds") > 60 ? "bad" : kind || (mine.some(one => one.isPaused) ? "rest" : most("oldestSeconds") > 60 ? "warn" : "");
		points = history.map(point => Object.entries(point.queues || {}).filter(([of]) => of.startsWith(queue)).reduce((total, [, figures]) => total + figures[0], 0));
	}
	if (part) {
		const waits = seen[part] || {};
		facts.push(["waiting", number(waits.waiting ?? 0)], ["oldest", age(waits.oldestSeconds ?? waits.lateSeconds ?? 0)]);
		kind ||= (waits.oldestSeconds ?? waits.lateSeconds ?? 0) > late ? "warn" : "";
		points = history.map(point => point[part] ?? 0);
	}
	return box(title, say(program.state), kind, facts, points);
}

function stage(word, ...boxes) {
	return make("section", { class: `stage of-${word}`, "aria-label": say(word) }, make("h3", {}, say(word)), make("div", { class: "boxes" }, ...boxes));
}

function storesStage(seen) {
	const database = seen.database || {}, broker = seen.broker || {};
	const free = (broker.nodes || []).map(node => node.disk_free).filter(Number.isFinite);
	return stage("kept",
		box(say("database"), database.isUp ? say("up") : say("missing"), database.isUp ? "" : "bad",
			database.isUp ? [["connections", `${database.connections} / ${database.connectionsMost}`], ["size", bytes(database.sizeBytes || 0)]] : []),
		box(say("broker"), broker.isUp ? say("up") : say("missing"), !broker.isUp || broker.memoryAlarm || broker.diskAlarm ? "bad" : "",
			free.length ? [["freeDisk", bytes(Math.min(...free))]] : []));
}

export function pipeline(seen, history) {
	const of = (name, more) => programBox(seen, history, name, more);
	return [
		stage("taken", of("ingress"), of("mail_ingress"), of("fetch")),
		stage("applied", of("ticket", { queue: "cmd.ticket." }), of("account", { queue: "cmd.account" }), of("desk", { queue: "cmd.desk" })),
		stage("told", of("relay", { part: "outbox", late: 30 }), of("timer", { part: "timers", late: 60 })),
		stage("consequences", of("audit", { queue: "events.audit" }), of("notify", { queue: "events.notify" }), of("mail", { part: "mail" }),
			of("webhook", { queue: "events.webhook" }), of("scan", { part: "files" }), of("intake", { part: "inbound" }), of("undertaker", { queue: "dead" }), of("monitor")),
		storesStage(seen),
	];
}

/* --- tables ------------------------------------------------------------------------------------- */
const LANES = "cmd.ticket.";
const isIdle = queue => queue.exists && !queue.isPaused && queue.ready + queue.unacked === 0;

/* The sixteen lanes of tickets as one line, and of them those that there is something to say of. */
function linesOf(list, whole) {
	const lanes = list.filter(queue => queue.name.startsWith(LANES)), others = list.filter(queue => !queue.name.startsWith(LANES));
	const sum = member => lanes.reduce((total, queue) => total + queue[member], 0), most = member => Math.max(0, ...lanes.map(queue => queue[member]));
	const all = lanes.length ? [{ name: `${LANES}*`, exists: lanes.every(queue => queue.exists), isPaused: lanes.every(queue => queue.isPaused), ready: sum("ready"), unacked: sum("unacked"),
		oldestSeconds: most("oldestSeconds"), stalledSeconds: most("stalledSeconds"), inPerSecond: sum("inPerSecond"), outPerSecond: sum("outPerSecond"),
		forecastSeconds: lanes.some(queue => queue.forecastSeconds === null) ? null : most("forecastSeconds"), consumers: sum("consumers") }] : [];
	return [...all, ...lanes.filter(queue => whole || !isIdle(queue)), ...others];
}

export function queues(seen, acts, whole) {
	const rows = linesOf(seen.queues || [], whole).map(queue => row(!queue.exists || queue.stalledSeconds > 60 ? "bad" : queue.oldestSeconds > 60 ? "warn" : "",
		head(queue.name), cell(queue.exists ? (queue.isPaused ? say("resting") : "") : say("gone")), cell(number(queue.ready), "n"), cell(number(queue.unacked), "n"),
		cell(age(queue.oldestSeconds), "n"), cell(number(queue.inPerSecond), "n"), cell(number(queue.outPerSecond), "n"),
		cell(queue.ready + queue.unacked ? age(queue.forecastSeconds) : "", "n"), cell(number(queue.consumers), "n"), make("td", { class: "acts" }, ...acts(queue))));
	return table("", [["queue"], ["state"], ["waiting", "n"], ["inHand", "n"], ["oldest", "n"], ["inRate", "n"], ["outRate", "n"], ["forecast", "n"], ["readers", "n"], ["acts"]], rows);
}

export function programs(seen, acts) {
	const rows = (seen.programs || []).flatMap(program => {
		const mine = (seen.instances || []).filter(one => one.program === program.program);
		const first = row(KINDS[program.state], head(program.program), cell(say(program.state)), cell(number(program.instances), "n"), cell(program.versions.join(", ")),
			cell(number(program.inHand), "n"), cell(program.says || "", "long"), make("td", { class: "acts" }, ...acts(program)));
		return [first, ...mine.map(one => row(one.silentSeconds > 10 ? "bad" : "", cell(`${one.host} ${one.pid}`), cell(`${say("heard")} ${age(one.silentSeconds)}`),
			cell(bytes(one.peakResidentBytes || 0), "n"), cell(one.version), cell(""), cell(one.lastError ? `${moment(one.lastError.ts || one.lastError.at)} ${one.lastError.msg || one.lastError.message || ""}` : "", "long"), cell(moment(one.startedAt))))];
	});
	return table("", [["program"], ["state"], ["instances", "n"], ["version"], ["inHand", "n"], ["says"], ["acts"]], rows);
}

export function letters(list, total, acts) {
	if (!list.length)
		return make("p", { class: "well" }, say("noDead"));
	return table(say("whatLetters", { count: total }), [["died"], ["type"], ["queue"], ["reason"], ["acts"]], list.map(letter => row("", cell(moment(letter.diedAt)), head(letter.type),
		cell(letter.queue), cell(letter.reason, "long"), make("td", { class: "acts" }, ...acts(letter)))));
}

export function mail(seen) {
	const domains = seen.mail?.domains || [], servers = (seen.mail?.servers || []).filter(server => !server.isUp);
	const parts = [];
	if (domains.length)
		parts.push(table("", [["domain"], ["waiting", "n"], ["oldest", "n"], ["lastReply"]], domains.map(domain => row(domain.oldestSeconds > 300 ? "warn" : "", head(domain.domain || "–"),
			cell(number(domain.waiting), "n"), cell(age(domain.oldestSeconds), "n"), cell(domain.lastReply || "", "long")))));
	if (servers.length)
		parts.push(table("", [["server"], ["started"], ["says"]], servers.map(server => row("bad", head(server.name), cell(moment(server.since)), cell(server.said || "", "long")))));
	return parts.length ? parts : [make("p", { class: "well" }, say("noMail"))];
}

export function steps(trace) {
	const first = Date.parse(trace.steps.find(step => step.at)?.at);
	const later = at => at ? `${moment(at)}  +${((Date.parse(at) - first) / 1000).toFixed(3)} s` : "";
	return [make("p", {}, `${trace.kind} ${trace.id}`), make("ol", { class: "steps" }, ...trace.steps.map(step => make("li", {}, make("time", { datetime: step.at }, later(step.at)),
		make("strong", {}, step.step), ` ${step.what}${step.outcome ? `: ${step.outcome}` : ""}`, step.detail ? make("p", {}, step.detail) : null))),
		...trace.notes.map(note => make("p", {}, note))];
}
