import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { launchBrowser } from '../.build/test/support/browser.js';
import { mailPage, slackPage } from '../.build/test/support/message-pages.js';
import { cleanEnvironment, start } from '../.build/test/support/programs.js';
import { httpSink, smtpSink } from '../.build/test/support/sinks.js';
import { screenOf, terminalPicture } from '../.build/test/support/terminal-picture.js';
import { until } from '../.build/test/support/until.js';

// `npm run pictures`, from the root of the project, takes the pictures of docs/images from a running demo: first while everything is
// healthy, then after the database has failed. Alertmanager sends the e-mail and the Slack message to a mail server and a webhook of this
// script.

/** Time in which the demo is healthy before the first picture. The rules record the availability every five minutes. */
const pastSeconds = 360;
/** Length of the outage before the pictures of it. */
const outageSeconds = 150;
const patienceSeconds = 180;
const images = 'docs/images';
const columns = 100;
/** At 80 letters have hardly any artefacts, and every picture is below 120 kB. */
const quality = 80;

const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
// At exit this script kills the programs that it has started. The demo ends by itself when its terminal closes.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const stops = [() => rm(folder, { recursive: true, force: true })];
try {
  await takeAll();
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function takeAll() {
  const user = { username: 'monitor@crm.example', password: 'a password' };
  const [smtp, slack, browser] = [await smtpSink(user), await httpSink(), await launchBrowser()];
  stops.push(smtp.stop, slack.stop, () => browser.close());
  const demo = inTerminal(`${process.execPath} dist/main.js demo`, 34);
  stops.push(() => demo.stop());
  const screen = () => screenOf(demo.output());
  const words = () => stripVTControlCharacters(screen());
  const urlOf = (label) => new RegExp(`\\b${label} +(http\\S+?)/?(?:\\s|$)`).exec(words())?.[1];
  await until(
    'the demo runs with Prometheus and Alertmanager',
    () => urlOf('Alertmanager') !== undefined && !words().includes('is starting'),
    patienceSeconds,
  );
  const [statusPage, alertmanager, grafana, faults] = ['Status', 'Alertmanager', 'Grafana', 'Switch'].map(urlOf);
  const hasGrafana = grafana !== undefined;
  if (!hasGrafana)
    console.log(
      'The pictures of boards are left out: there is no Grafana. docs/demo.md says where the demo looks for it.',
    );
  const overview = `${grafana}/d/aicrm-overview?kiosk&refresh=&from=now-6m&to=now`;

  const demoFolder = (await readdir(folder)).find((name) => name.startsWith('ai-crm-exporter-demo-'));
  const configFile = join(folder, demoFolder, 'monitoring.yml');
  await addChannels(configFile, { smtp, slack, user });
  await post(`${statusPage}/-/reload`);
  await run(
    `alertmanager-config --config.file ${configFile} --output.dir ${join(folder, demoFolder, 'alertmanager/routes')}`,
  );
  await post(`${alertmanager}/-/reload`);

  await new Promise((resolve) => setTimeout(resolve, pastSeconds * 1000));
  if (hasGrafana) await takeBoard(browser, 'overview-healthy', overview);

  await post(`${faults}/scenarios/database-down`);
  const failedAt = performance.now();
  await until('the failure is told', () => slack.requests.length > 0 && smtp.mails.length > 0, patienceSeconds);
  await new Promise((resolve) => setTimeout(resolve, failedAt + outageSeconds * 1000 - performance.now()));
  await writePicture('demo', terminalPicture('npm run demo', screen(), columns));
  const check = 'check --component frontend backend database postgres';
  const checked = await run(`${check} --config.file ${configFile}`);
  await writePicture('check', terminalPicture(`ai-crm-exporter ${check}`, screenOf(checked), columns));
  await takePage(browser, 'status-page', { url: statusPage, width: 1280, height: 900 });
  await takePage(browser, 'mail', { html: mailPage(smtp.mails[0]), width: 720 });
  await takePage(browser, 'slack', { html: slackPage(slack.requests[0].body), width: 720 });
  if (hasGrafana) await takeBoard(browser, 'overview-broken', overview);
}

/**
 * Adds e-mail and Slack to the console channel of the demo. Removes the CPU threshold: browser and Grafana run on the same machine, and
 * their load does not belong into the pictures.
 */
async function addChannels(configFile, { smtp, slack, user }) {
  const email = {
    smtp_server: 'localhost',
    smtp_port: smtp.port,
    ...user,
    use_tls: false,
    recipients: ['ops@crm.example'],
  };
  const channels = `alert_channels:
  email: ${JSON.stringify(email)}
  slack: ${JSON.stringify({ webhook_url: slack.url, username: 'AI-CRM monitoring', mention: '@here' })}
`;
  const text = await readFile(configFile, 'utf8');
  const changed = text
    .replace('alert_channels:\n', channels)
    .replace('cpu_usage_percent: 80', 'cpu_usage_percent: 100');
  await writeFile(configFile, changed);
}

async function takeBoard(browser, name, url) {
  for (const theme of ['light', 'dark'])
    await takePage(browser, name, {
      url: `${url}&theme=${theme}`,
      width: 1440,
      height: 1150,
      schemes: [theme],
      isBoard: true,
    });
}

/** Saves WebP, which every browser shows and which is half the size of PNG. Without `height` the picture is as high as the page. */
async function takePage(browser, name, { url, html, width, height, schemes = ['light', 'dark'], isBoard = false }) {
  for (const colorScheme of schemes) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: height ?? 100 } });
    if (html === undefined) await page.goto(url, { waitUntil: 'networkidle', timeout: patienceSeconds * 1000 });
    else await page.setContent(html, { waitUntil: 'load' });
    if (isBoard) await isDrawn(page);
    const tall = height ?? (await page.evaluate('document.documentElement.scrollHeight'));
    await page.setViewportSize({ width, height: tall });
    const devTools = await page.context().newCDPSession(page);
    const { data } = await devTools.send('Page.captureScreenshot', { format: 'webp', quality });
    await page.close();
    await writePicture(`${name}-${colorScheme}`, Buffer.from(data, 'base64'));
  }
}

/** True when every panel on the screen has its data, and no request is open. */
function isDrawn(page) {
  const content = '[data-testid="data-testid panel content"]';
  const asking =
    '[aria-label="Panel loading bar"], [aria-label="Cancel"], [data-testid="data-testid Loading indicator"]';
  const isFilled = '(panel) => panel.querySelector("canvas, svg, table, [role=grid]") || panel.innerText.trim() !== ""';
  return until(
    'the board is drawn',
    () =>
      page.evaluate(`(() => {
        const panels = [...document.querySelectorAll('${content}')];
        return panels.length > 5 && panels.every(${isFilled}) && !document.querySelector('${asking}')
          && !document.body.innerText.includes('Cancel');
      })()`),
    patienceSeconds,
    500,
  );
}

async function writePicture(name, content) {
  const file = join(images, `${name}.${typeof content === 'string' ? 'svg' : 'webp'}`);
  await writeFile(file, content);
  console.log(`${file}  ${Math.ceil((await stat(file)).size / 1000)} kB`);
}

/** The output of a command of the exporter in a terminal. */
async function run(command) {
  const program = inTerminal(`${process.execPath} dist/main.js ${command}`, 60);
  await program.exitCode;
  return program.output();
}

/** Runs a command in its own terminal, with colours. Its temporary files are in the folder of this script. */
function inTerminal(command, rows) {
  const { NO_COLOR: _, ...environment } = cleanEnvironment();
  return start('script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'], {
    environment: { ...environment, TERM: 'xterm-256color', TMPDIR: folder },
  });
}

async function post(url) {
  const { ok, status } = await fetch(url, { method: 'POST', redirect: 'manual' });
  if (!ok && status !== 303) throw new Error(`${url}: ${status}`);
}
