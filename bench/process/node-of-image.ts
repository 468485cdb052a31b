import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The Node.js of the image. undefined unless `scripts/newer-node.sh` has put it into the project's folder. */
export function nodeOfImage(): string | undefined {
  const major = /^ARG NODE_IMAGE=node:(\d+)\./m.exec(readFileSync(resolve('Dockerfile'), 'utf8'))?.[1];
  const file = resolve(`.cache/node-${major}/bin/node`);
  return major !== undefined && existsSync(file) ? file : undefined;
}
