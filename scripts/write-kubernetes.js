import { writeFile } from 'node:fs/promises';
import { manifests, manifestsFolder } from '../.build/deploy/kubernetes/manifests/index.js';

// Run by `npm run kubernetes`, from the root of the project, after the tests have been compiled.
for (const [name, text] of await manifests()) await writeFile(`${manifestsFolder}/${name}`, text);
