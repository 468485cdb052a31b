import { readFile, writeFile } from 'node:fs/promises';
import { referenceOf, withThresholdRows } from '../.build/src/config/reference.js';
import { configJsonSchema } from '../.build/src/config/settings.js';

// Writes all files that are generated from the declarations of options. `npm run schema` runs it from the root of the project, after it has
// compiled the tests.
await writeFile('src/config/monitoring.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
await writeFile('src/config/reference.yml', referenceOf(await readFile('src/config/reference-examples.yml', 'utf8')));
await writeFile('docs/thresholds.md', withThresholdRows(await readFile('docs/thresholds.md', 'utf8')));
