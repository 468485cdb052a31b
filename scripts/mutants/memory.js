import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What was found out before, one word for each key, kept in a file. A run that was called off has lost nothing, and after a new case
 * only that one is tried.
 */
export function remembered(file) {
  mkdirSync(dirname(file), { recursive: true });
  const words = new Map();
  try {
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const [key, word] = line.split(' ');
      words.set(key, word);
    }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return {
    async of(parts, findOut) {
      const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64').slice(0, 24);
      if (!words.has(key))
        words.set(
          key,
          findOut().then((word) => {
            appendFileSync(file, `${key} ${word}\n`);
            return word;
          }),
        );
      return words.get(key);
    },
  };
}
