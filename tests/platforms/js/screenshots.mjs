// Photographs workflows on n8n's own canvas, in a Chromium without a window.
// stdin: {url, owner: {email, password}, chromium, playwright: folder, pages: [{id, file, width, height}]}
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const input = JSON.parse(readFileSync(0, 'utf8'));
const { chromium } = createRequire(import.meta.url)(input.playwright);

const browser = await chromium.launch({ executablePath: input.chromium, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1440, height: 810 } });
const login = await context.request.post(`${input.url}/rest/login`, {
	data: { emailOrLdapLoginId: input.owner.email, password: input.owner.password },
});
if (!login.ok()) throw new Error(`login: ${login.status()} ${await login.text()}`);

const page = await context.newPage();
for (const { id, file, width, height } of input.pages) {
	await page.setViewportSize({ width, height });
	await page.goto(`${input.url}/workflow/${id}`, { waitUntil: 'domcontentloaded' });
	const canvas = page.locator('.vue-flow').first();
	await canvas.waitFor({ timeout: 60000 });
	await page.locator('[data-test-id="canvas-node"]').first().waitFor({ timeout: 60000 });
	await page.waitForTimeout(1500);
	// What belongs to the editor rather than to the workflow.
	await page.addStyleTag({
		content: `
		[data-test-id="canvas-controls"], .vue-flow__minimap, .vue-flow__controls, [data-test-id="node-creator-plus-button"],
		[class*="executionButtons"], [class*="nodeButtonsWrapper"], [class*="logs"], [data-test-id="logs-panel"],
		[data-test-id="canvas-build-with-ai"], .el-notification, [class*="_toolbar"] { display: none !important; }`,
	});
	await page.evaluate(() => {
		const tab = document.querySelector('[data-test-id="radio-button-workflow"]');
		if (tab) tab.closest('[role="radiogroup"]').parentElement.style.display = 'none';
	});
	await canvas.click({ position: { x: 5, y: 5 } });
	await page.keyboard.press('1'); // zoom to fit
	await page.waitForTimeout(1200);
	await canvas.screenshot({ path: file });
}
await browser.close();
