import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../.build/src/config/json-schema.js';

// Run by `npm run schema`, from the root of the project, after the tests have been compiled.
await writeFile('src/config/monitoring.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
