import { parseJson } from '../json.ts';
import { INTRINSIC_FUNCTIONS, seededUniform } from './intrinsic-functions.ts';

/** Turns an intrinsic function of JSONPath states into a JSONata function: nothing in, nothing out, and its own name in messages. */
function fromIntrinsic(name: string, intrinsic: string): (...args: unknown[]) => unknown {
  const { apply } = INTRINSIC_FUNCTIONS[intrinsic]!;
  return (...args) => {
    if (args[0] === undefined) return undefined;
    try {
      return apply(args, Math.random);
    } catch (cause) {
      throw new Error((cause as Error).message.replaceAll(`States.${intrinsic}`, `$${name}`));
    }
  };
}

const range = fromIntrinsic('range', 'ArrayRange');

/** What Step Functions adds to JSONata (AWS Step Functions developer guide, "JSONata functions provided by Step Functions"). */
const ADDED: Record<string, (...args: unknown[]) => unknown> = {
  partition: fromIntrinsic('partition', 'ArrayPartition'),
  hash: fromIntrinsic('hash', 'Hash'),
  uuid: () => INTRINSIC_FUNCTIONS.UUID!.apply([], Math.random),
  parse: (text) => {
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw new Error(`$parse expects a string but got ${JSON.stringify(text)}`);
    return parseJson(text);
  },
  // A sequence, in the library's sense: AWS gives the item itself for a range of one.
  range: (...args) => Object.defineProperty(range(...args) ?? [], 'sequence', { value: true }),
};

/**
 * The functions that Step Functions adds to JSONata, as bindings of an evaluation.
 * @param random uniform in [0, 1), for $random() without a seed
 */
export function addedFunctions(random: () => number): Record<string, unknown> {
  return {
    ...ADDED,
    random: (seed?: unknown) => {
      if (seed === undefined) return random();
      if (typeof seed !== 'number') throw new Error(`$random expects a number but got ${JSON.stringify(seed)}`);
      return seededUniform(seed);
    },
  };
}
