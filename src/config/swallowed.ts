import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Visit } from './yaml-path.js';

/** Why text without quotes is not what somebody meant to write. */
interface Suspicion {
  /** Otherwise it may be meant like this, and is worth a warning. */
  readonly isCertain: boolean;
  readonly message: string;
}

const comment = 'comments begin with "#" in YAML: what follows "//" is read as text; put text with "//" in quotes';
const neighbour = 'a comma or a "-" is missing, or the text needs quotes: YAML reads all of this as one text';

/**
 * Whether YAML has taken a comment or a neighbour for a part of this text: `["/", // root` with `"/dev/shm"` on the next
 * line is the text `// root "/dev/shm"`, and `- /` above `  "/boot"` is `/ "/boot"`.
 *
 * In braces and brackets such text has to be in quotes, and so have the items of lists. Elsewhere a query or a regular
 * expression may have quotes in it and go over several lines.
 */
export function isSwallowing({ node, around }: Visit, text: string): Suspicion | undefined {
  if (!isScalar(node) || node.type !== Scalar.PLAIN || typeof node.value !== 'string') return undefined;
  const parent = around.at(-1);
  const isFlow = (isMap(parent) || isSeq(parent)) && parent.flow === true;
  const [start = 0, end = 0] = node.range ?? [];
  const written = text.slice(start, end);
  if (/^\/\/(?:\s|$)/.test(written)) return { isCertain: true, message: comment };
  if (/\s\/\/(?:\s|$)/.test(written)) return { isCertain: isFlow || isSeq(parent), message: comment };
  if (isFlow && /[\r\n]/.test(written)) return { isCertain: true, message: neighbour };
  if ((isFlow || isSeq(parent)) && /\s(["']).*?\1(?:\s|$)/s.test(written))
    return { isCertain: true, message: neighbour };
  if (/^[^"\s]+"$/.test(written))
    return {
      isCertain: false,
      message: 'a quote stands at the end only: at the beginning it is missing, or not meant',
    };
  return undefined;
}
