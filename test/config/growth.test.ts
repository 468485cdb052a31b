import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { isMap } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { createSuggester } from '../../src/config/nearest.js';
import { parseSource } from '../../src/config/source-document.js';
import { createLocator } from '../../src/config/yaml-nodes.js';

t.test('a mapping is searched once, however many problems it has', async (t) => {
  const count = 2000;
  const text = `endpoints:\n${Array.from({ length: count }, (_, index) => `  c${index}: {url: x}\n`).join('')}`;
  const { parsed } = parseSource(text);
  const endpoints = isMap(parsed?.document.contents) ? parsed.document.contents.get('endpoints') : undefined;
  if (parsed === undefined || !isMap(endpoints)) throw new Error('no endpoints');
  const { items } = endpoints;
  let readings = 0;
  Object.defineProperty(endpoints, 'items', { get: () => (readings++, items) });
  const locate = createLocator(parsed);
  for (let index = 0; index < count; index++) {
    const { value } = locate(['endpoints', `c${index}`, 'url']);
    if (parsed.positionOf(value).line !== index + 2) t.fail(`c${index} is elsewhere`);
  }
  t.equal(readings, 1);
});

t.test('the number of compared names is limited, and a repeated mistake is compared once', async (t) => {
  let comparisons = 0;
  const names = Array.from({ length: 1000 }, (_, index) => `component_${index}`);
  const counted = {
    *[Symbol.iterator]() {
      for (const name of names) {
        comparisons++;
        yield name;
      }
    },
  };
  const suggest = createSuggester(counted);
  for (let index = 0; index < 10_000; index++) suggest(`componnet_${index}`);
  t.equal(comparisons, 1000, 'the names are listed once');
  t.equal(suggest('componnet_1'), ', did you mean "component_1"?', 'what was asked before is still known');
  t.equal(suggest('componnet_999'), '', 'for the last of thousands nothing is suggested');
});

t.test('all of 4,000 problems are listed, in the order of the file', async (t) => {
  const count = 2000;
  const entries = Array.from({ length: count }, (_, index) => `  c${index}: {url: "ftp://x", tiemout: 5}\n`);
  const directory = t.testdir({});
  await writeFile(join(directory, 'f'), `endpoints:\n${entries.join('')}`);
  const error: unknown = await loadConfig('f', { environment: {}, directory }).catch((thrown: unknown) => thrown);
  const lines = error instanceof Error ? error.message.split('\n') : [];
  t.equal(lines.length, 2 * count);
  t.equal(lines.at(-1), 'f:2001:27 endpoints.c1999.tiemout: unknown key, did you mean "timeout"?');
});

t.test('a dependency cycle of thousands is reported by its ends', async (t) => {
  const count = 3000;
  const entries = Array.from(
    { length: count },
    (_, index) => `  c${index}: {url: "http://x", depends_on: [c${index + 1 === count ? 0 : index + 1}, c0]}\n`,
  );
  const directory = t.testdir({});
  await writeFile(join(directory, 'f'), `endpoints:\n${entries.join('')}`);
  const error: unknown = await loadConfig('f', { environment: {}, directory }).catch((thrown: unknown) => thrown);
  const lines = error instanceof Error ? error.message.split('\n') : [];
  t.ok(lines.length >= count, 'each is reported');
  t.ok(
    lines.every((line) => line.length < 300),
    'no line has all the names',
  );
  t.match(
    lines.find((line) => line.includes('(2980 more)')),
    /cycle: c0 -> c1 -> .* -> \(2980 more\) -> c2999 -> c0$/,
  );
});
