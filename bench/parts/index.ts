import type { Part } from '../part.js';
import { defaultPart } from './default.js';
import { growthPart } from './growth.js';
import { hangingPart } from './hanging.js';
import { renderingPart } from './rendering.js';
import { startupPart } from './startup.js';
import { thousandPart } from './thousand.js';

/** Every part, in the order of the run and of the table. */
export const parts: readonly Part[] = [thousandPart, hangingPart, defaultPart, renderingPart, startupPart, growthPart];
