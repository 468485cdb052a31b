import { type Agent, createAgents } from './agents.js';
import { Population } from './population.js';
import { createRandom, type Random } from './seeded-random.js';
import { TaskBoard } from './task-board.js';

const analysesPerSecond = 1 / 25;
const analysisFailureRatio = 0.03;

/**
 * Everything that happens in the simulated CRM.
 *
 * Moves only in `advanceTo`, second by second with the same number of dice for the same state, so the same seed and the
 * same times give the same world, however often it was looked at in between.
 */
export class World {
  readonly agents: readonly Agent[];
  readonly board: TaskBoard;
  readonly population: Population;
  analysesTotal = 0;
  analysisFailuresTotal = 0;
  analysisSeconds = 0;
  readonly #random: Random;
  #nowSeconds: number;

  constructor(
    seed: number,
    readonly startSeconds: number,
  ) {
    this.#random = createRandom(seed);
    this.#nowSeconds = startSeconds;
    this.agents = createAgents(this.#random);
    this.board = new TaskBoard(this.agents, this.#random);
    this.board.seed(startSeconds);
    this.population = new Population(this.#random, startSeconds);
  }

  /** Lets whole seconds pass until `nowSeconds`; a clock that went back moves nothing. */
  advanceTo(nowSeconds: number): void {
    while (this.#nowSeconds + 1 <= nowSeconds) {
      this.#nowSeconds += 1;
      this.board.step(this.#nowSeconds, () => this.population.pickOnline());
      this.population.step(this.#nowSeconds);
      if (this.#random.chance(analysesPerSecond)) {
        this.recordAnalysis(0.01 + this.#random.next() * 0.05, !this.#random.chance(analysisFailureRatio));
      }
    }
  }

  /** Counts one analysis of the PM gateway, simulated or really asked for. */
  recordAnalysis(seconds: number, isSuccess: boolean): void {
    this.analysesTotal += 1;
    this.analysisSeconds += seconds;
    if (!isSuccess) this.analysisFailuresTotal += 1;
  }
}
