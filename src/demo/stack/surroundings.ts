import type { Environment } from './find-program.js';

/** What a program is started with. */
export interface ProgramSurroundings {
  /** The program itself. */
  readonly file: string;
  readonly version: string;
  /** A folder of its own, for its configuration and its data. Gone after the demo. */
  readonly folder: string;
  readonly environment: Environment;
  /** Where it is to listen, without a slash at the end. */
  readonly url: string;
}
