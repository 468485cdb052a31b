import type { LineCounter, Node, Scalar, YAMLMap } from 'yaml';

type Yaml = typeof import('yaml');

/** Collects the problems of one file, each as `file:line:column path: message`. */
export interface ProblemSink {
  readonly yaml: Yaml;
  readonly file: string;
  readonly lines: LineCounter;
  readonly problems: string[];
}

/**
 * A mapping of a YAML document. Wrong types and unknown keys are recorded with their position, and reading continues,
 * so that one pass finds all problems.
 */
export class YamlSection {
  constructor(
    readonly sink: ProblemSink,
    readonly map: YAMLMap,
    readonly path: string,
  ) {}

  /** The mapping under `key`; undefined when it is absent, empty or not a mapping. */
  section(key: string): YamlSection | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    if (this.sink.yaml.isMap(node)) return new YamlSection(this.sink, node, this.pathOf(key));
    this.problem(key, 'must be a mapping');
    return undefined;
  }

  /** The text under `key`; undefined when it is absent, blank or not text. A number or `true` counts as its written text. */
  text(key: string): string | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    if (this.sink.yaml.isScalar(node)) return writtenText(node) || undefined;
    this.problem(key, 'must be text');
    return undefined;
  }

  /** The texts of the list under `key`; undefined when it is absent or not a list of texts. */
  texts(key: string): readonly string[] | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    const { isSeq, isScalar } = this.sink.yaml;
    if (isSeq(node) && node.items.every((item) => isScalar(item) && item.value !== null))
      return node.items.map((item) => writtenText(item as Scalar));
    this.problem(key, 'must be a list of text values');
    return undefined;
  }

  /** The values in `known` for the names in the list under `key`. Unknown names are recorded as problems. */
  choices<V>(key: string, known: Readonly<Record<string, V>>): readonly V[] | undefined {
    const given = this.texts(key);
    const unknown = given?.filter((name) => !Object.hasOwn(known, name)) ?? [];
    if (unknown.length > 0)
      this.problem(
        key,
        `${unknown.map((name) => JSON.stringify(name)).join(', ')}: not one of ${Object.keys(known).join(', ')}`,
      );
    return given?.flatMap((name) => (Object.hasOwn(known, name) ? [known[name] as V] : []));
  }

  /** True or false; undefined when it is absent, or neither, which is recorded as a problem. */
  flag(key: string): boolean | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    if (this.sink.yaml.isScalar(node) && typeof node.value === 'boolean') return node.value;
    this.problem(key, 'must be true or false');
    return undefined;
  }

  /** The text under `key` if it matches; otherwise `message` is recorded as a problem. */
  matching(key: string, pattern: RegExp, message: string): string | undefined {
    const node = this.#node(key);
    if (this.sink.yaml.isScalar(node) && pattern.test(writtenText(node))) return writtenText(node);
    this.problem(key, message);
    return undefined;
  }

  /** One of `values`; undefined when it is absent, or another, which is recorded as a problem. */
  choice<V extends string>(key: string, values: readonly V[]): V | undefined {
    const given = this.text(key);
    const found = values.find((value) => value === given);
    if (given !== undefined && found === undefined)
      this.problem(key, `${JSON.stringify(given)} is not one of ${values.join(', ')}`);
    return found;
  }

  /** The keys in the order of the file. */
  keys(): readonly string[] {
    return this.map.items.map(({ key }) => String(key));
  }

  /** Records every key that is not in `known` as a problem. */
  refuseOthers(known: readonly string[]): void {
    for (const key of this.keys())
      if (!known.includes(key)) this.problem(key, `unknown key; known are ${known.join(', ')}`);
  }

  /** Records a problem of the value under `key`, or of the whole mapping when the key is missing. The same problem counts once. */
  problem(key: string, message: string): void {
    const pair = this.map.items.find((item) => String(item.key) === key);
    const node = (pair?.value ?? pair?.key ?? this.map) as Node;
    const { line, col } = this.sink.lines.linePos(node.range?.[0] ?? 0);
    const found = `${this.sink.file}:${line}:${col} ${this.pathOf(key)}: ${message}`;
    // A value that is asked for twice is wrong twice.
    if (!this.sink.problems.includes(found)) this.sink.problems.push(found);
  }

  /** The dotted path of a key of this mapping. */
  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  #node(key: string): unknown {
    const node = this.map.get(key, true);
    return this.sink.yaml.isScalar(node) && node.value === null ? undefined : node;
  }
}

/** Like in exporter-toolkit: `1` is "1", with or without quotes. */
function writtenText({ value, source }: Scalar): string {
  return source ?? String(value);
}
