// Works in n8n's editor as a person does, in a Chromium without a window.
// stdin: {url, owner: {email, password}, chromium, playwright: folder, workflow: id, folder, searches: {name: [word]}}
// stdout: {found: {word: [name]}, opened: {name: {actions, parameters}}}; pictures go into `folder`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const input = JSON.parse(readFileSync(0, 'utf8'));
const { chromium } = createRequire(import.meta.url)(input.playwright);
const at = (id) => `[data-test-id="${id}"]`;
const ITEMS = `${at('node-creator-item-name')}`;

const browser = await chromium.launch({ executablePath: input.chromium, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const login = await context.request.post(`${input.url}/rest/login`, {
	data: { emailOrLdapLoginId: input.owner.email, password: input.owner.password },
});
if (!login.ok()) throw new Error(`login: ${login.status()} ${await login.text()}`);
const page = await context.newPage();
const result = { found: {}, opened: {} };

async function openCreator() {
	await page.goto(`${input.url}/workflow/${input.workflow}`, { waitUntil: 'domcontentloaded' });
	await page.locator(at('canvas-node')).first().waitFor({ timeout: 90000 });
	await page.locator(at('node-creator-plus-button')).click();
	await page.locator(at('node-creator-search-bar')).waitFor();
}

/** The names of what the search shows, once the list rests. */
async function search(word) {
	await page.locator(at('node-creator-search-bar')).fill(word);
	let last = '';
	for (let rests = 0; rests < 2; ) {
		await page.waitForTimeout(250);
		const shown = JSON.stringify(await page.locator(ITEMS).allTextContents());
		rests = shown === last ? rests + 1 : 0;
		last = shown;
	}
	return JSON.parse(last).map((name) => name.trim());
}

await openCreator();
for (const [name, words] of Object.entries(input.searches)) {
	for (const word of [name, ...words]) result.found[word] = await search(word);
}
for (const name of Object.keys(input.searches)) {
	await search(name);
	const file = name.toLowerCase().replace(/[^a-z0-9]/g, '');
	await page.screenshot({ path: `${input.folder}/${file}-found.png` });
	await page.locator(ITEMS).filter({ hasText: new RegExp(`^\\s*${name.replace(/[.]/g, '[.]')}\\s*$`) }).first().click();
	await page.getByText(/^Actions \([0-9]+\)$/).waitFor();
	await page.waitForTimeout(400); // the list slides in
	const actions = (await page.locator(ITEMS).allTextContents()).map((text) => text.trim());
	await page.screenshot({ path: `${input.folder}/${file}-actions.png` });
	await page.locator(ITEMS).first().click();
	await page.locator(at('node-parameters')).waitFor();
	await page.waitForTimeout(500);
	const parameters = {};
	for (const parameter of ['resource', 'operation']) {
		parameters[parameter] = await page.locator(`${at(`parameter-input-${parameter}`)} input`).first().inputValue();
	}
	await page.screenshot({ path: `${input.folder}/${file}-panel.png` });
	result.opened[name] = { actions, parameters };
	await page.locator(at('ndv-close-button')).click();
	await page.waitForTimeout(300);
	await page.screenshot({ path: `${input.folder}/${file}-canvas.png` });
	await page.locator(at('node-creator-plus-button')).click();
}
await browser.close();
process.stdout.write(JSON.stringify(result));
