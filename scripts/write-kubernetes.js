import { writeFile } from 'node:fs/promises';
import { manifests, manifestsFolder } from '../.build/deploy/kubernetes/manifests/index.js';

// Writes deploy/kubernetes/base/alerting. `npm run kubernetes` runs it from the root of the project, after it has compiled the tests.
for (const [name, text] of await manifests()) await writeFile(`${manifestsFolder}/${name}`, text);
