/* browser.mjs - a browser for the tests of pages: Debian's Chromium, which speaks to the page's own address alone. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(fileURLToPath(new URL("./node_modules/axe-core/axe.min.js", import.meta.url)), "utf8");

export async function open() {
	return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"] });
}

/* A page on which every error of a script, and everything that its policy forbids, is a failure. */
export async function visit(browser, options) {
	const context = await browser.newContext({ reducedMotion: "reduce", ...options });
	const page = await context.newPage();
	page.faults = [];
	page.setDefaultTimeout(20000);
	page.on("pageerror", error => page.faults.push(String(error)));
	page.on("console", message => { if (message.type() === "error" && !/status of (401|403|404|409|503)/.test(message.text())) page.faults.push(message.text()); });
	return page;
}

/* What axe finds wrong, of WCAG 2.2 AA and its best practices. It runs in a world of its own: the page's policy lets no other script in. */
export async function judge(page, what) {
	const session = await page.context().newCDPSession(page);
	const { frameTree } = await session.send("Page.getFrameTree");
	const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
	await session.send("Runtime.evaluate", { expression: AXE, contextId });
	const { result } = await session.send("Runtime.evaluate", { expression: "axe.run().then(found => JSON.stringify(found.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)])))",
		contextId, awaitPromise: true, returnByValue: true });
	await session.detach();
	const wrong = JSON.parse(result.value);
	if (wrong.length)
		throw new Error(`${what} is not for everybody: ${JSON.stringify(wrong, null, 1)}`);
}

export function hold(condition, what) {
	if (!condition)
		throw new Error(what);
}

/* Waits until it is so: asked from outside, because the page's policy lets no text become a script. */
export async function until(page, so, what, argument) {
	for (const end = Date.now() + 20000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 100)))
		if (await page.evaluate(so, argument))
			return;
	throw new Error(`not within 20 s: ${what}`);
}
