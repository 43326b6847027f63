// Opens one HTML report in Chromium and prints, as JSON, what happened and what a reader saw.
// usage: node look.mjs REPORT FOLDER-WITH-PLAYWRIGHT [FOLDER-FOR-SCREENSHOTS]
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [report, modules, shots] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'package.json'));
const playwright = require('@playwright/test');
const packaged = require('@sparticuz/chromium');
const chromium = packaged.default ?? packaged;
const executablePath = process.env.CHROMIUM ?? (await chromium.executablePath());
const browser = await playwright.chromium.launch({ executablePath, args: chromium.args });

const told = { requests: [], dialogs: [], console: [] };
const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
page.on('request', (request) => told.requests.push(request.url()));
page.on('dialog', (dialog) => {
  told.dialogs.push(dialog.message());
  dialog.dismiss();
});
page.on('console', (message) => told.console.push(message.text()));
page.on('pageerror', (error) => told.console.push(String(error)));

const shown = () =>
  page.$$eval('#requirements tbody tr', (rows) => rows.filter((row) => row.offsetParent).map((row) => row.id));
const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

await page.goto(pathToFileURL(report).href);
told.expected = pathToFileURL(report).href;
told.title = await page.title();
told.heading = await page.textContent('h1');
told.all = await shown();
told.status = await page.textContent('#shown');

await page.uncheck('input[value="pass"]');
await page.uncheck('input[value="fail"]');
told.withoutPassAndFail = await shown();
await page.click('#filters button[type=reset]');
told.reset = await page.waitForSelector('#requirements tr[data-outcome=pass]:not([hidden])').then(shown);
await page.selectOption('#filter-level', 'SHOULD');
told.should = await shown();
await page.selectOption('#filter-level', '');
await page.selectOption('#filter-capability', 'paging');
told.paging = await shown();
await page.selectOption('#filter-capability', '');
await page.fill('#filter-text', 'STATUS washtray');
told.words = await shown();
await page.fill('#filter-text', 'words that nothing has');
told.nothing = await shown();

// A link leads to its row although the filter hides it, and opens the evidence.
await page.evaluate(() => (location.hash = '#row-getTray/status'));
await page.waitForSelector('#requirements tr[data-text*="gettray/status"] details[open]');
told.linked = await shown();

// By keyboard alone: the first stop is the way past everything, and a summary opens with a key.
await page.evaluate(() => (location.hash = ''));
await page.reload();
await page.keyboard.press('Tab');
told.firstStop = await page.evaluate(() => document.activeElement.textContent);
const evidence = await page.$('.fault details:not([open]) > summary');
await evidence.focus();
await page.keyboard.press('Enter');
told.openedByKey = await evidence.evaluate((summary) => summary.parentElement.open);

// Paper shows the evidence, but no programs of many pages; afterwards everything is as it was.
const open = (kind) => page.$$eval(kind, (found) => found.filter((one) => one.open).length);
const before = await open('details');
await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
told.printed = {
  closed: await page.$$eval('details:not(.program)', (found) => found.filter((one) => !one.open).length),
  programs: await page.$$eval('.program', (found) => found.length),
  openPrograms: await open('.program'),
};
await page.evaluate(() => dispatchEvent(new Event('afterprint')));
told.printed.restored = (await open('details')) === before;

told.bodyShown = await page.evaluate(() => document.body.textContent.includes('<script>window.struck=1</script>'));
told.struck = await page.evaluate(() => window.struck ?? null);
told.foreign = await page.$$eval('img, iframe, object, embed, link, svg image, [src], [onerror], [style]', (found) =>
  found.map((one) => one.outerHTML),
);
told.loaded = [...told.requests];
told.overflow = await wide();
await page.setViewportSize({ width: 360, height: 800 });
told.overflowOnPhone = await wide();

// What the policy would do if something did slip in.
told.blocked = await page.evaluate(async () => {
  const blocked = [];
  addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
  const script = document.createElement('script');
  script.textContent = 'window.struck = 2';
  document.body.append(script);
  document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:9/x"><p style="color:red">');
  await fetch('http://127.0.0.1:9/y').catch(() => {});
  await new Promise((done) => setTimeout(done, 100));
  return blocked.sort();
});
told.struckAfterwards = await page.evaluate(() => window.struck ?? null);

// Without any script everything can still be read, and no dead control is shown.
const plain = await browser.newContext({ javaScriptEnabled: false });
const still = await plain.newPage();
await still.goto(pathToFileURL(report).href);
told.withoutScript = { rows: await still.locator('#requirements tbody tr').count(), filters: await still.isVisible('#filters') };

for (const colorScheme of shots ? ['light', 'dark'] : []) {
  for (const width of [1200, 390]) {
    const look = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    await look.goto(pathToFileURL(report).href);
    await look.screenshot({ path: path.join(shots, `${colorScheme}-${width}.png`), fullPage: true });
  }
}
await browser.close();
process.stdout.write(JSON.stringify(told));
