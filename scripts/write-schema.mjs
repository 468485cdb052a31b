import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../dist/config/json-schema.js';

// Run by `npm run schema`, from the root of the project, after the build.
await writeFile('src/config/monitoring.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
