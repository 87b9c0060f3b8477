/* ops.mjs - the page of operators, as one of them uses it.
 *
 *   node tests/screen/ops.mjs URL EMAIL PASSWORD FOLDER NAME...
 *
 * Each NAME is a function below. Pictures go to FOLDER. Ends with exit code 1 and a reason when something is not as it should be.
 */
import { hold, judge, open, until, visit } from "./browser.mjs";

const [url, email, password, folder, ...names] = process.argv.slice(2);

async function signIn(page) {
	await page.goto(`${url}/ops`);
	await page.fill("#email", email);
	await page.fill("#password", password);
	await page.click("#door button[type=submit]");
	await page.waitForSelector("#pipeline .box");
}

/* Whoever has no account, or is no administrator, sees nothing. */
async function strangers(browser) {
	const page = await visit(browser, { locale: "en-GB" });
	await page.goto(`${url}/ops`);
	await judge(page, "the door");
	await page.fill("#email", email);
	await page.fill("#password", "not the password");
	await page.click("#door button[type=submit]");
	await until(page, () => document.getElementById("door-error").textContent !== "", "a wrong password is refused");
	hold(await page.isHidden("#desk"), "a stranger sees the desk");
	hold(!page.faults.length, page.faults.join("; "));
}

/* Both themes, both languages, a telephone and a screen: nothing overflows, and everybody can use it. */
async function looks(browser) {
	for (const [name, options] of Object.entries({
		"light-en": { colorScheme: "light", locale: "en-GB", viewport: { width: 1280, height: 900 } },
		"dark-fr": { colorScheme: "dark", locale: "fr-FR", viewport: { width: 1280, height: 900 } },
		"light-fr-360": { colorScheme: "light", locale: "fr-FR", viewport: { width: 360, height: 780 } },
		"dark-en-360": { colorScheme: "dark", locale: "en-GB", viewport: { width: 360, height: 780 } },
	})) {
		const page = await visit(browser, options);
		await signIn(page);
		await until(page, () => document.querySelectorAll("#queues tbody tr").length > 8, "the queues are shown");
		await page.waitForSelector("#dead :is(table, p)");
		await page.screenshot({ path: `${folder}/ops-${name}.png`, fullPage: true });
		await judge(page, name);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
		hold(wide <= 0, `${name} is ${wide} px too wide`);
		hold(await page.evaluate(() => document.documentElement.lang) === (name.includes("fr") ? "fr" : "en"), `${name} speaks another language`);
		hold(!page.faults.length, `${name}: ${page.faults.join("; ")}`);
		await page.context().close();
	}
}

/* What is seen goes on without a hand; language and theme change in place. */
async function lives(browser) {
	const page = await visit(browser, { locale: "en-GB", colorScheme: "light", viewport: { width: 1280, height: 900 } });
	await signIn(page);
	await until(page, () => /live, [0-3] s ago/.test(document.getElementById("freshness").textContent), "it is live");
	await page.click("#language");
	await until(page, () => /à jour/.test(document.getElementById("freshness").textContent), "it speaks French");
	hold(await page.textContent("#pipeline-title") === "Le chemin d'une demande", "it does not speak French");
	await page.click("#theme");
	hold(await page.evaluate(() => document.documentElement.dataset.theme) === "dark", "it is not dark");
	await page.reload();
	await page.waitForSelector("#pipeline .box");
	hold(await page.evaluate(() => document.documentElement.dataset.theme) === "dark", "it has forgotten the theme");
	await page.click("#leave");
	await page.waitForSelector("#door:not([hidden])");
	hold(await page.isHidden("#desk"), "the desk is still shown");
	hold(!page.faults.length, page.faults.join("; "));
}

/* A queue is let rest, with a reason, and works again: by keyboard alone. */
async function pauses(browser) {
	const page = await visit(browser, { locale: "en-GB", viewport: { width: 1280, height: 900 } });
	await signIn(page);
	const key = "[data-key='rest cmd.desk']";
	await page.waitForSelector(`#queues ${key}`);
	await page.focus(`#queues ${key}`);
	await page.keyboard.press("Enter");
	await page.waitForSelector("#ask[open]");
	await judge(page, "the question");
	await page.screenshot({ path: `${folder}/ops-question.png` });
	await page.keyboard.press("Escape");
	await page.waitForSelector("#ask:not([open])", { state: "attached" });
	hold(await page.textContent(`#queues ${key}`) === "Pause", "no was taken for yes");
	await page.click(`#queues ${key}`);
	await page.fill("#ask-reason", "the test asks for it");
	await page.click("#ask-yes");
	await until(page, key => document.querySelector(`#queues ${key}`)?.textContent === "Resume", "it rests", key);
	await page.click(`#queues ${key}`);
	await page.click("#ask-yes");
	await until(page, key => document.querySelector(`#queues ${key}`)?.textContent === "Pause", "it works again", key);
	hold(!page.faults.length, page.faults.join("; "));
}

const MARK = "window.pwned"; // in the letters of this walk alone

/* Dead letters are looked into, changed, sent again and set aside, each after a question; one thing's way is followed. */
async function letters(browser) {
	const page = await visit(browser, { locale: "en-GB", viewport: { width: 1280, height: 900 } });
	await signIn(page);
	await page.waitForSelector("#dead :is(table, p)");
	const search = async (words, state) => {
		await page.fill("#dead-text", words);
		await page.selectOption("#dead-state", state);
		await page.click("#dead-form button");
	};
	await search(MARK, "open");
	await until(page, () => document.querySelectorAll("#dead tbody tr").length === 3, "three letters are listed");
	const hostile = await page.evaluate(() => [window.pwned, document.querySelectorAll("#dead img, #dead script").length]);
	hold(hostile[0] === undefined && hostile[1] === 0, "what a letter says became markup");
	await page.click("#dead tbody tr:first-child button:has-text('Show')");
	await page.waitForSelector("#dead tr.whole pre");
	hold((await page.textContent("#dead tr.whole")).includes("<img src=x onerror"), "its body is not shown as it is");
	await judge(page, "a letter that is shown");
	await page.click("#dead tbody tr:first-child button:has-text('Discard')");
	await page.fill("#ask-reason", "the test asks for it");
	await page.click("#ask-yes");
	await until(page, () => document.querySelectorAll("#dead tbody tr:not(.whole)").length === 2, "one is set aside");
	await search("no such words", "open");
	await until(page, () => document.querySelectorAll("#dead tbody tr").length === 0, "none has these words");
	await search(MARK, "discarded");
	await until(page, () => document.querySelectorAll("#dead tbody tr:not(.whole)").length === 1, "the one that was set aside is found");
	await search(MARK, "open");
	await until(page, () => document.querySelectorAll("#dead tbody tr:not(.whole)").length === 2, "two are open");
	await page.click("button:has-text('Discard all of these')");
	await page.fill("#ask-reason", "all of it");
	await page.click("#ask-yes");
	await until(page, () => document.querySelectorAll("#dead tbody tr").length === 0, "all are set aside");
	hold(!page.faults.length, page.faults.join("; "));
}

async function follows(browser) {
	const page = await visit(browser, { locale: "fr-FR", viewport: { width: 1280, height: 900 } });
	await signIn(page);
	await page.fill("#trace-id", process.env.TRACED);
	await page.click("#trace-form button");
	await page.waitForSelector("#trace .steps li");
	hold(await page.evaluate(() => document.querySelectorAll("#trace .steps li").length) > 3, "its way has no steps");
	await judge(page, "the way of a ticket");
	await page.screenshot({ path: `${folder}/ops-trace.png`, fullPage: true });
	await page.fill("#trace-id", "HD-1999-000001");
	await page.click("#trace-form button");
	await until(page, () => document.querySelectorAll("#trace .steps li").length === 0, "what is not there has no way");
	hold(!page.faults.length, page.faults.join("; "));
}

/* All dead letters are set aside without a search, also those that are not listed; who leaves leaves nothing behind. */
async function heaps(browser) {
	const page = await visit(browser, { locale: "en-GB", viewport: { width: 1280, height: 900 } });
	await signIn(page);
	await until(page, () => document.querySelectorAll("#dead tbody tr").length === 50, "the first fifty are shown");
	await page.click("#dead tbody tr:first-child button");
	await page.waitForSelector("#dead tr.whole pre");
	hold((await page.textContent("#dead")).includes("<img src=x onerror=document.title='broken'>"), "what it says is not shown");
	hold(await page.evaluate(() => !document.querySelector("#dead img, #dead script") && document.title !== "broken"), "a letter is markup");
	await page.click("[data-key='discard all']");
	await page.fill("#ask-reason", "nobody wants them");
	await page.click("#ask-yes");
	await until(page, () => document.querySelector("#dead .well"), "all are set aside");
	await page.click("#leave");
	await page.waitForSelector("#door:not([hidden])");
	hold(await page.evaluate(() => !document.querySelector("#desk :is(table, article, .well)")), "what was seen is still there");
	hold(!page.faults.length, page.faults.join("; "));
}

const walks = { strangers, looks, lives, pauses, letters, heaps, follows };
const browser = await open();
try {
	for (const name of names) {
		await walks[name](browser);
		console.log(`ok ${name}`);
	}
} catch (error) {
	console.log(`not ok ${error.stack}`);
	process.exitCode = 1;
} finally {
	await browser.close();
}
