declare module 'asl-validator' {
  /** Checks a definition against the Amazon States Language. */
  export default function aslValidator(definition: object): { isValid: boolean; errors: unknown[] };
}
