import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../embedded/events/patterns.ts';
// What EventBridge itself answered to TestEventPattern: whether a pattern matches, or the reason why it is refused, to the end of
// its first line. From localstack/localstack (Apache-2.0), tests/aws/services/events: event_pattern_templates, and
// test_events_patterns.snapshot.json.
import recorded from './recorded-patterns.json' with { type: 'json' };

it.each(recorded)('$name', ({ pattern, event, expected }) => {
  let answer: boolean | string;
  try {
    answer = compilePattern(JSON.stringify(pattern))(event);
  } catch (refusal) {
    answer = (refusal as Error).message;
  }
  expect(answer).toBe(expected);
});

describe('wildcards', () => {
  const compile = (...wildcards: string[]) =>
    compilePattern(JSON.stringify({ key: wildcards.map((wildcard) => ({ wildcard })) }));

  // As reported of AWS: the four names in one rule pass, the four paths do not, and two of them do.
  it('are refused when they are too complex together', () => {
    const ends = ['.bif', '.tiff', '.tif', '.svs'];
    const paths = ends.map((end) => `*/datasync/*${end}`);
    expect(compile(...ends.map((end) => `*${end}`))({ key: 'a.tif' })).toBe(true);
    expect(compile(...paths.slice(0, 2))({ key: 'a/datasync/b.tiff' })).toBe(true);
    expect(() => compile(...paths)).toThrow(/^Rule is too complex - try using fewer wildcard characters/);
    expect(() => compilePattern(JSON.stringify({ key: [{ 'anything-but': { wildcard: paths } }] }))).toThrow(
      'Rule is too complex',
    );
  });

  it('of any length are judged, and repetitions after a star refused', () => {
    const numbers = Array.from({ length: 800 }, (_, i) => i).join('/');
    expect(compile(`*/${numbers}/*.fits`)({ key: `a/${numbers}/b.fits` })).toBe(true);
    expect(() => compile(`*${'c'.repeat(2000)}`)).toThrow('Rule is too complex');
  });
});
