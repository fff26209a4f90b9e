// The report in a real browser. Argument: the page, as test_report writes it. Prints what it skips and ends
// with 77 when there is no browser or playwright-core; prints each failure and ends with 1.
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import assert from 'node:assert/strict';

const skip = (reason) => {
  console.log(`SKIPPED: all page tests: ${reason}`);
  process.exit(77);
};

const page_file = process.argv[2];
if (!page_file || !existsSync(page_file)) skip(`no page at ${page_file}; test_report writes it`);
const browser_file = [
  process.env.MNEME_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));
if (!browser_file) skip('no Chromium (MNEME_CHROMIUM, or the package chromium)');
let playwright;
try {
  playwright = await import('playwright-core');
} catch {
  skip('playwright-core is not installed (npm ci in tests/pages)');
}

const address = pathToFileURL(page_file).href;
const browser = await playwright.chromium.launch({executablePath: browser_file, args: ['--no-sandbox']});
let failures = 0;

/** A fresh page for one test; anything on its console, any error and any request of the network fails the test. */
async function test(name, body, {hash = '', width = 1400, scheme = 'light'} = {}) {
  const context = await browser.newContext({
    viewport: {width, height: 1000},
    colorScheme: scheme,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (
      !request.url().startsWith('data:') &&
      !request.url().startsWith('blob:') &&
      request.url().split('#')[0] !== address
    )
      complaints.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(address + hash);
    await page.waitForSelector('.panel svg.plot');
    await body(page);
    assert.deepEqual(complaints, []);
    console.log(`ok      ${name}`);
  } catch (error) {
    ++failures;
    console.log(`FAILED  ${name}\n${error.message}`);
  }
  await context.close();
}

const panel = (page, title) => page.locator(`.view .panel[data-title="${title}"]`);
/** The step at which each panel's cursor stands: its middle over the width of a step. */
const cursorSteps = (page) =>
  page.$$eval('.figure .panel', (panels) =>
    panels.map((element) => {
      const cursor = element.querySelector('.cursor'),
        frame = element.querySelector('.frame');
      const cell = Number(cursor.getAttribute('width'));
      return Math.round((Number(cursor.getAttribute('x')) - Number(frame.getAttribute('x'))) / cell) + 1;
    }),
  );
const shownStep = async (page) => Number((await page.textContent('.step-number')).match(/step (\d+)/)[1]);

await test('draws the figure of the paper', async (page) => {
  for (const title of [
    'Inputs',
    'Outputs',
    'Targets',
    'Adds',
    'Reads',
    'Write weightings',
    'Read weightings',
  ]) {
    assert.equal(await panel(page, title).locator('image').count(), 1, title);
  }
  const places = Object.fromEntries(
    await Promise.all(
      ['Inputs', 'Outputs', 'Adds', 'Reads'].map(async (title) => [
        title,
        await panel(page, title).boundingBox(),
      ]),
    ),
  );
  assert.equal(places.Inputs.y, places.Outputs.y);
  assert.equal(places.Adds.y, places.Reads.y);
  assert.ok(places.Inputs.x < places.Outputs.x && places.Inputs.y < places.Adds.y);
});

await test('colours each cell by its value', async (page) => {
  // Decodes the image of the write weightings and compares its brightest row of each step with the readout.
  const diagonal = await panel(page, 'Write weightings')
    .locator('image')
    .evaluate(async (image) => {
      const picture = new Image();
      picture.src = image.getAttribute('href');
      await picture.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [picture.width, picture.height];
      const context = canvas.getContext('2d');
      context.drawImage(picture, 0, 0);
      const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({length: 20}, (_, x) => {
        const green = Array.from({length: canvas.height}, (_, y) => data[4 * (y * canvas.width + x) + 1]);
        return green.indexOf(Math.max(...green));
      });
    });
  assert.deepEqual(
    diagonal.map((row) => row - diagonal[0]),
    Array.from({length: 20}, (_, i) => i),
  );
});

await test('moves one cursor over all panels', async (page) => {
  await panel(page, 'Reads').scrollIntoViewIfNeeded();
  const frame = await panel(page, 'Reads').locator('.frame').boundingBox();
  await page.mouse.move(frame.x + (frame.width * 16.5) / 41, frame.y + 20);
  const steps = await cursorSteps(page);
  assert.ok(steps.length >= 12);
  assert.deepEqual([...new Set(steps)], [17]);
  assert.equal(await shownStep(page), 17);
  const words = await page.textContent('.tooltip');
  assert.match(words, /^Reads, step 17element \d+: -?[\d.e-]+rank \d+ of 20$/);
});

await test('locks on a click and lets go on the next', async (page) => {
  await panel(page, 'Adds').scrollIntoViewIfNeeded();
  const frame = await panel(page, 'Adds').locator('.frame').boundingBox();
  const over = (step) => [frame.x + (frame.width * (step - 0.5)) / 41, frame.y + 20];
  await page.mouse.click(...over(5));
  await page.mouse.move(...over(30));
  assert.equal(await shownStep(page), 5);
  await page.mouse.click(...over(30));
  await page.mouse.move(...over(12));
  assert.equal(await shownStep(page), 12);
});

await test('obeys the keyboard', async (page) => {
  await page.focus('.figure');
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    return shownStep(page);
  };
  assert.equal(await press('ArrowRight', 'ArrowRight', 'ArrowRight'), 4);
  assert.equal(await press('ArrowLeft'), 3);
  assert.equal(await press('PageDown'), 13);
  assert.equal(await press('End'), 41);
  assert.equal(await press('ArrowRight'), 41);
  assert.equal(await press('Home'), 1);
  await page.selectOption('select[aria-label="Speed"]', '30');
  await page.focus('.figure');
  await page.keyboard.press(' ');
  await page.waitForFunction(() => document.querySelector('.step-number').textContent.startsWith('step 9 '));
  await page.keyboard.press(' ');
  const stopped = await shownStep(page);
  await page.waitForTimeout(120);
  assert.equal(await shownStep(page), stopped);
  await page.focus('input.steps');
  assert.equal(await press('ArrowRight'), stopped + 1);
});

await test(
  'opens where the address says',
  async (page) => {
    assert.equal(
      await page.getAttribute('.tabs button[aria-pressed="true"]', 'data-view'),
      'repeat-copy-length-8-repeats-5',
    );
    assert.equal(await shownStep(page), 18);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    assert.equal(await page.getAttribute('[data-value="linear"]', 'aria-pressed'), 'true');
    assert.match(await page.textContent('.said'), /read head: location 20, content, jumped/);
    await page.click('.tabs button >> nth=0');
    await page.focus('.figure');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => /step=2(&|$)/.test(location.hash));
    const table = new URLSearchParams(await page.evaluate(() => location.hash.slice(1)));
    assert.equal(table.get('view'), 'copy-length-20');
    assert.equal(table.get('theme'), 'dark');
  },
  {hash: '#view=repeat-copy-length-8-repeats-5&step=18&theme=dark&curve-y=linear'},
);

await test(
  'an address that fits nothing does no harm',
  async (page) => {
    assert.equal(await shownStep(page), 41);
  },
  {hash: '#view=copy-length-20&step=99999&theme=purple&curve-x=moon'},
);

await test(
  'marks each jump back of repeat copy',
  async (page) => {
    // Five repeats of eight vectors: from the end of each back to the start.
    assert.equal(await panel(page, 'Read weightings').locator('.jump circle').count(), 5);
    assert.equal(await panel(page, 'Write weightings').locator('.jump circle').count(), 0);
  },
  {hash: '#view=repeat-copy-length-8-repeats-5'},
);

await test(
  'shows several heads one below the other',
  async (page) => {
    const tops = await Promise.all(
      ['Write weightings, head 1', 'Write weightings, head 2', 'Mode of the write heads', 'Mean shift'].map(
        async (title) => (await panel(page, title).first().boundingBox()).y,
      ),
    );
    assert.deepEqual(
      tops,
      [...tops].sort((one, other) => one - other),
    );
    assert.equal(await panel(page, 'Strength β of the content key').first().locator('polyline').count(), 2);
  },
  {hash: '#view=priority-sort-sequence-1'},
);

await test(
  'draws which links a DNC followed',
  async (page) => {
    // Ten vectors read in order by the first head, and from the last to the first by the second.
    const links = panel(page, 'Links followed, from step of writing to step of writing');
    assert.equal(await links.locator('.walk path').count(), 18);
    assert.equal(await links.locator('.walk path.back').count(), 9);
    assert.equal(await panel(page, 'Read weightings, head 1').locator('.walk path').count(), 9);
    assert.equal(await panel(page, 'Usage u').locator('image').count(), 1);
    await page.focus('.figure');
    for (let i = 0; i < 13; ++i) await page.keyboard.press('ArrowRight');
    assert.equal(await links.locator('.walk path.now').count(), 2);
    assert.match(await page.textContent('.said'), /head 1: forward, what step 3 wrote · head 2: backward, what step 8 wrote/);
  },
  {hash: '#view=dnc-copy-length-10'},
);

await test('draws every kind of view', async (page) => {
  const buttons = page.locator('.tabs button');
  for (let i = 0; i < (await buttons.count()); ++i) {
    await buttons.nth(i).click();
    await page.waitForFunction(() => {
      const panels = [...document.querySelectorAll('.figure .panel')];
      return panels.length > 0 && panels.every((element) => element.querySelector('svg.plot'));
    });
    const broken = await page.$$eval(
      '.figure svg *',
      (elements) =>
        elements.filter((element) =>
          [...element.attributes].some(
            ({name, value}) => name !== 'href' && /NaN|undefined|Infinity/.test(value),
          ),
        ).length,
    );
    assert.equal(broken, 0, await buttons.nth(i).textContent());
  }
});

await test('switches the learning curve between axes', async (page) => {
  const label = () => page.textContent('#learning svg');
  assert.match(await label(), /log scale/);
  await page.click('[data-value="linear"]');
  assert.doesNotMatch(await label(), /log scale/);
  await page.click('[data-value="seconds"]');
  assert.match(await label(), /wall time \(s\)/);
});

await test('draws the map and the answer', async (page) => {
  await page.click('.tabs button >> text=Harbour -> Castle');
  const map = panel(page, 'Map');
  assert.deepEqual(await map.locator('.map-station text').allTextContents(), [
    'Harbour',
    'Market',
    'Castle',
    'Station',
  ]);
  assert.equal(await map.locator('.map-line').count(), 4);
  assert.equal(await map.locator('.map-answer').count(), 2);
  assert.deepEqual(await map.locator('.map-station.passed text').allTextContents(), [
    'Harbour',
    'Market',
    'Castle',
  ]);
  assert.deepEqual(
    await map
      .locator('.map-line')
      .evaluateAll((lines) => [...new Set(lines.map((line) => getComputedStyle(line).stroke))].sort()),
    ['rgb(0, 0, 192)', 'rgb(192, 0, 0)'],
  );
  const steps = await map
    .locator('.map-answer')
    .evaluateAll((edges) => edges.map((edge) => Number(edge.dataset.step)));
  await page.locator('input.steps').fill(String(steps[0] + 1));
  assert.match(await page.textContent('.said'), /^= \(Harbour, Market, Red\)/);
  assert.deepEqual(
    await map.locator('.map-answer.now').evaluateAll((edges) => edges.map((edge) => Number(edge.dataset.step))),
    [steps[0]],
  );
  await page.locator('input.steps').fill('1');
  assert.equal(await map.locator('.map-answer.now').count(), 0);
});

await test('shows the tests, the settings and the command', async (page) => {
  assert.deepEqual(
    await page.$$eval('#tests tbody tr', (rows) =>
      rows.map((row) => [row.cells[0].textContent, row.cells[2].textContent]),
    ),
    [
      ['10', '0'],
      ['20', '0'],
      ['30', '0.0021'],
      ['50', '0.0134'],
      ['120', '4.31'],
    ],
  );
  assert.match(await page.textContent('#settings'), /slots128/);
  assert.equal(await page.textContent('pre.command'), './mneme train recipes/ntm/copy.toml');
});

await test('saves drawings and numbers', async (page) => {
  const saved = async (action) => {
    const [download] = await Promise.all([page.waitForEvent('download'), action()]);
    const {readFileSync} = await import('node:fs');
    return {name: download.suggestedFilename(), bytes: readFileSync(await download.path())};
  };
  const menu = panel(page, 'Read weightings').locator('.save');
  const from = async (text) => {
    await menu.locator('summary').click();
    return saved(() => menu.getByText(text, {exact: true}).click());
  };
  const csv = (await from('CSV')).bytes.toString();
  assert.equal(csv.split('\n').length, 130);
  assert.match(csv, /^location,step 1,/);
  const svg = (await from('SVG')).bytes.toString();
  assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.doesNotMatch(svg, /class="cursor/);
  const png = (await from('PNG')).bytes;
  assert.deepEqual([...png.subarray(1, 4)], [80, 78, 71]);
  assert.ok(png.readUInt32BE(16) > 1500);
  const whole = JSON.parse(
    (await saved(() => page.click('[aria-label="Save all of this"] >> text=JSON'))).bytes,
  );
  assert.equal(whole.kind, 'ntm-episode');
  const weights = whole.arrays.find(({name}) => name === 'write_weights');
  assert.deepEqual(weights.shape, [1, 128, 41]);
  assert.ok(Math.abs(weights.values.reduce((sum, value) => sum + value, 0) - 41) < 1e-3);
});

await test(
  'shows a text, its heads and where the chosen one looks',
  async (page) => {
    assert.equal(await page.locator('.token').count(), 46);
    assert.equal(await page.locator('.token.own').count(), 10);
    assert.equal(await page.locator('.head-frame').count(), 10);
    const title = page.locator('[data-title="Attention"] .title');
    assert.equal(await title.textContent(), 'Attention: layer 2, mean of its heads');
    await page.locator('.head-frame').nth(2).click();
    assert.equal(await title.textContent(), 'Attention: layer 1, head 3');
    await page.locator('.token').nth(7).hover();
    const [, number] = (await page.locator('.said').textContent()).match(/^token 8: “l” · probability (\S+)/);
    const probability = Number(number.replace('−', '-')); // of an untrained model: it may be very small
    assert.ok(probability > 0 && probability < 1, number);
    assert.ok((await page.locator('.tooltip').textContent()).includes(`“l”probability ${number}`));
  },
  {hash: '#view=written-text'},
);

for (const width of [1400, 380]) {
  await test(
    `fits a window of ${width} points`,
    async (page) => {
      for (const button of await page.$$('.tabs button')) {
        await button.click();
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          await button.textContent(),
        );
      }
    },
    {width},
  );
}

await test(
  'shows each head of a translation with its words',
  async (page) => {
    const title = 'From translation to sentence';
    const words = await panel(page, title).locator('.attention-word').allTextContents();
    assert.deepEqual(words, ['Heute', 'schläf', '‑t', 'ein', 'Mann', '.', 'end', 'A', 'man', 'sleeps', 'today', '.', 'end']);
    assert.equal(await panel(page, title).locator('.title').textContent(), `${title}: layer 2, mean of its heads`);
    const heads = panel(page, 'Every head').first();
    assert.equal(await heads.locator('image').count(), 2 * 4); // three heads and their mean
    await heads.getByRole('button', {name: 'layer 2, head 3'}).click();
    assert.equal(await panel(page, title).locator('.title').textContent(), `${title}: layer 2, head 3`);
    // "sleeps", the third row, reads "schläf", the second column, with 0.9.
    const [map] = await panel(page, title).locator('.frame').all();
    const box = await map.boundingBox();
    await page.mouse.move(box.x + (1.5 / 7) * box.width, box.y + (2.5 / 6) * box.height);
    assert.deepEqual(await page.locator('.tooltip > *').allTextContents(), [
      '0.9',
      'written piece: sleeps',
      'piece of the sentence: schläf',
    ]);
    await heads.getByRole('button', {name: 'layer 1, mean'}).press('Enter');
    assert.equal(await panel(page, title).locator('.title').textContent(), `${title}: layer 1, mean of its heads`);
  },
  {hash: '#view=heute-schl-ft-ein-mann'},
);

for (const scheme of ['light', 'dark']) {
  await test(
    `is accessible, ${scheme}`,
    async (page) => {
      await page.addScriptTag({path: createRequire(import.meta.url).resolve('axe-core')});
      for (const button of await page.$$('.tabs button')) {
        await button.click();
        const {violations} = await page.evaluate(() =>
          axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']}),
        );
        assert.deepEqual(
          violations.map(
            ({id, nodes}) =>
              `${id}: ${nodes
                .slice(0, 2)
                .map(({html, failureSummary}) => `${html} ${failureSummary}`)
                .join(' | ')}`,
          ),
          [],
        );
      }
    },
    {scheme},
  );
}

await browser.close();
process.exit(failures === 0 ? 0 : 1);
