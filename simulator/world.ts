import { type Agent, createAgents, Population, recordWork } from './population.js';
import { createRandom, type Random } from './seeded-random.js';

/** Columns of the board. A task of another board of the company is in none of them; the API calls this Unknown. */
type Column = 'To Do' | 'In Progress' | 'Done' | 'Unknown';

/** A task of the simulated CRM. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The account that created it. */
  readonly creatorId: number;
  column: Column;
  /** An archived task keeps its column. */
  isArchived: boolean;
  owner: Agent | null;
  /** When it entered its column, in Unix seconds. */
  sinceSeconds: number;
}

/** Probabilities per second, chosen for a board of some hundred tasks with visible changes. */
const perSecond = { created: 1 / 6, started: 1 / 60, ended: 1 / 110, archived: 1 / 900 };
const ownedAtOnceRatio = 0.8;
const agentCapacity = 2;
/** The oldest archived tasks are deleted, so that a demo does not grow over weeks. */
const archiveCapacity = 200;
/** Number of tasks on another board of the company. They never move. */
const foreignTasks = 12;

const verbs = ['Draft', 'Review', 'Fix', 'Plan', 'Measure', 'Translate', 'Automate', 'Summarise'] as const;
const subjects = [
  'the renewal offer',
  'the churn report',
  'a slow customer query',
  'the onboarding mails',
  'the price list import',
  'the mobile login',
  'the audit export',
  'the partner webhook',
  'the forecast model',
  'the support macros',
] as const;

/** All tasks, and totals that include deleted ones. */
export class SimulatedTaskBoard {
  readonly tasks = new Map<string, Task>();
  createdTotal = 0;
  completedTotal = 0;
  #foreignTotal = 0;

  constructor(
    readonly agents: readonly Agent[],
    private readonly random: Random,
  ) {}

  /** Fills the board like one that has been in use for a while. */
  seed(nowSeconds: number): void {
    const start: readonly (readonly [Column, number, isArchived?: boolean])[] = [
      ['To Do', 9],
      ['In Progress', 16],
      ['Done', 60],
      ['Done', 25, true],
    ];
    for (const [column, count, isArchived = false] of start) {
      for (let made = 0; made < count; made += 1) {
        const task = this.create(nowSeconds, this.random.between(1, 40));
        if (column === 'To Do') continue;
        this.#start(task, nowSeconds);
        if (column === 'In Progress') continue;
        this.#end(task, nowSeconds + this.random.between(20, 240), 'completed');
        task.sinceSeconds = nowSeconds;
        task.isArchived = isArchived;
      }
    }
    for (let made = 0; made < foreignTasks; made += 1) this.addForeign(nowSeconds);
  }

  /** Adds a task of another board without random numbers, so that it does not change events on this board. */
  addForeign(nowSeconds: number): Task {
    const id = `00000000-0000-4000-8000-${String((this.#foreignTotal += 1)).padStart(12, '0')}`;
    const task: Task = {
      id,
      title: 'Order paper',
      description: 'For the office',
      creatorId: 0,
      column: 'Unknown',
      isArchived: false,
      owner: null,
      sinceSeconds: nowSeconds,
    };
    this.tasks.set(id, task);
    return task;
  }

  /** Adds a task to the first column. */
  create(nowSeconds: number, creatorId: number): Task {
    const title = `${this.random.pick(verbs)} ${this.random.pick(subjects)}`;
    const task: Task = {
      id: this.random.uuid(),
      title,
      description: `${title}, wanted by account ${creatorId}`,
      creatorId,
      column: 'To Do',
      isArchived: false,
      owner: this.random.chance(ownedAtOnceRatio) ? this.random.pick(this.agents) : null,
      sinceSeconds: nowSeconds,
    };
    this.tasks.set(task.id, task);
    this.createdTotal += 1;
    return task;
  }

  /** Simulates one second. `pickCreator` chooses the creator of a new task. */
  step(nowSeconds: number, pickCreator: () => number): void {
    const { random } = this;
    for (const task of this.tasks.values()) {
      if (task.column === 'To Do' && random.chance(perSecond.started)) this.#start(task, nowSeconds);
      else if (
        task.column === 'In Progress' &&
        task.owner !== null &&
        random.chance(perSecond.ended * task.owner.paceRatio)
      )
        this.#end(task, nowSeconds, random.chance(task.owner.failureRatio) ? 'failed' : 'completed');
      else if (task.column === 'Done' && !task.isArchived && random.chance(perSecond.archived))
        this.#archive(task, nowSeconds);
    }
    if (random.chance(perSecond.created)) this.create(nowSeconds, pickCreator());
  }

  /** Number of tasks in a column, without archived ones, or of all archived tasks. */
  count(place: Column | 'Archived'): number {
    let found = 0;
    for (const { column, isArchived } of this.tasks.values())
      if (isArchived ? place === 'Archived' : place === column) found += 1;
    return found;
  }

  #start(task: Task, nowSeconds: number): void {
    const agent = task.owner ?? this.random.pick(this.agents);
    if (agent.working >= agentCapacity) return;
    task.owner = agent;
    agent.working += 1;
    move(task, 'In Progress', nowSeconds);
  }

  #end(task: Task, nowSeconds: number, outcome: 'completed' | 'failed'): void {
    if (task.owner === null || task.column !== 'In Progress') return;
    recordWork(task.owner, outcome, nowSeconds - task.sinceSeconds);
    move(task, outcome === 'completed' ? 'Done' : 'To Do', nowSeconds);
    if (outcome === 'completed') this.completedTotal += 1;
  }

  #archive(task: Task, nowSeconds: number): void {
    task.isArchived = true;
    task.sinceSeconds = nowSeconds;
    let excess = this.count('Archived') - archiveCapacity;
    for (const oldest of this.tasks.values()) {
      if (excess <= 0) return;
      if (!oldest.isArchived) continue;
      this.tasks.delete(oldest.id);
      excess -= 1;
    }
  }
}

function move(task: Task, column: Column, nowSeconds: number): void {
  task.column = column;
  task.sinceSeconds = nowSeconds;
}

const analysesPerSecond = 1 / 25;
const analysisFailureRatio = 0.03;

/**
 * Everything that happens in the simulated CRM.
 *
 * It changes only in `advanceTo`, second by second, with the same random numbers for the same state. So the same seed
 * and times give the same world, independent of how often it is read.
 */
export class World {
  readonly agents: readonly Agent[];
  readonly board: SimulatedTaskBoard;
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
    this.board = new SimulatedTaskBoard(this.agents, this.#random);
    this.board.seed(startSeconds);
    this.population = new Population(this.#random, startSeconds);
  }

  /** Simulates whole seconds until `nowSeconds`. A clock that goes back changes nothing. */
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

  /** Counts one analysis of the PM gateway, simulated or requested. */
  recordAnalysis(seconds: number, isSuccess: boolean): void {
    this.analysesTotal += 1;
    this.analysisSeconds += seconds;
    if (!isSuccess) this.analysisFailuresTotal += 1;
  }
}
