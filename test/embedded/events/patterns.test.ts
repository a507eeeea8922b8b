import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternFault } from '../../../embedded/events/pattern-values.ts';
import { compilePattern } from '../../../embedded/events/patterns.ts';

const matches = (pattern: object, event: object) => compilePattern(JSON.stringify(pattern))(event);

/** The event of the EventBridge User Guide, "Creating event patterns". */
const instance = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};

describe('event patterns of the user guide', () => {
  it.each<[string, object, object, boolean]>([
    ['a value', { source: ['aws.ec2'] }, instance, true],
    ['another value', { source: ['aws.s3'] }, instance, false],
    ['nested', { detail: { state: ['terminated', 'running'] } }, instance, true],
    ['all fields are needed', { source: ['aws.ec2'], detail: { state: ['running'] } }, instance, false],
    ['one element of an array', { resources: instance.resources }, instance, true],
    ['an empty text', { detail: { eventVersion: [''] } }, { detail: { eventVersion: '' } }, true],
    ['null', { detail: { response: [null] } }, { detail: { response: null } }, true],
    ['null is no text', { detail: { response: [null] } }, { detail: { response: 'null' } }, false],
    ['null in an empty list', { resources: [null] }, { resources: [] }, false],
    ['a boolean', { open: [false] }, { open: true }, false],
    ['a number however written', { n: [300] }, { n: 3.0e2 }, true],
    ['a number is no text', { n: [300] }, { n: '300' }, false],
    ['names by their case', { MY: ['a'] }, { my: 'a' }, false],
    ['prefix', { time: [{ prefix: '2017-12-' }] }, instance, true],
    ['prefix of nothing', { source: [{ prefix: '' }] }, instance, true],
    ['prefix in any case', { s: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }, { s: 'eventbridge' }, true],
    ['suffix', { f: [{ suffix: '.png' }] }, { f: 'image.png' }, true],
    ['suffix by its case', { f: [{ suffix: '.PNG' }] }, { f: 'image.png' }, false],
    ['suffix in any case', { f: [{ suffix: { 'equals-ignore-case': '.png' } }] }, { f: 'image.PNG' }, true],
    ['equals-ignore-case', { s: [{ 'equals-ignore-case': 'ALICE' }] }, { s: 'alice' }, true],
    ['equals-ignore-case of nothing', { s: [{ 'equals-ignore-case': '' }] }, { s: 'x' }, false],
    ['anything but', { s: [{ 'anything-but': 'initializing' }] }, { s: 'pending' }, true],
    ['anything but, itself', { s: [{ 'anything-but': 'initializing' }] }, { s: 'initializing' }, false],
    ['anything but, of another type', { s: [{ 'anything-but': 'initializing' }] }, { s: null }, true],
    ['anything but, absent', { s: [{ 'anything-but': 'initializing' }] }, {}, false],
    ['anything but a list', { n: [{ 'anything-but': [100, 200] }] }, { n: 200 }, false],
    ['anything but a list, another', { n: [{ 'anything-but': [100, 200] }] }, { n: 999 }, true],
    ['anything but a prefix', { s: [{ 'anything-but': { prefix: 'init' } }] }, { s: 'init-x' }, false],
    ['anything but prefixes', { s: [{ 'anything-but': { prefix: ['init', 'post'] } }] }, { s: 'post-x' }, false],
    ['anything but a prefix, a number', { s: [{ 'anything-but': { prefix: 'init' } }] }, { s: 12 }, true],
    ['anything but a suffix', { f: [{ 'anything-but': { suffix: '.txt' } }] }, { f: 'a.txt.bak' }, true],
    ['anything but suffixes', { f: [{ 'anything-but': { suffix: ['.txt', '.jpg'] } }] }, { f: 'a.jpg' }, false],
    ['anything but, any case', { s: [{ 'anything-but': { 'equals-ignore-case': ['a', 'b'] } }] }, { s: 'B' }, false],
    ['anything but a wildcard', { f: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { f: 'a/lib/b' }, false],
    ['a range', { n: [{ numeric: ['>', 0, '<=', 5] }] }, { n: 5 }, true],
    ['a range, its open end', { n: [{ numeric: ['>', 0, '<=', 5] }] }, { n: 0 }, false],
    ['a bound', { n: [{ numeric: ['<', 10] }] }, { n: 9.99 }, true],
    ['numeric equality', { n: [{ numeric: ['=', 3.018e2] }] }, { n: 301.8 }, true],
    ['numeric of a text', { n: [{ numeric: ['>', 100] }] }, { n: '300' }, false],
    ['cidr', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.0.255' }, true],
    ['outside the cidr', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.1.0' }, false],
    ['cidr of no address', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.0.256' }, false],
    ['cidr of IPv6', { ip: [{ cidr: '2001:db8:1234:1a00::/64' }] }, { ip: '2001:0db8:1234:1a00:0:0:0:1' }, true],
    ['cidr of the other IP', { ip: [{ cidr: '0.0.0.0/0' }] }, { ip: '::1' }, false],
    ['exists', { detail: { state: [{ exists: true }] } }, instance, true],
    ['exists, null', { s: [{ exists: true }] }, { s: null }, true],
    ['exists, an object', { key: [{ exists: true }] }, { key: { S: 'x' } }, false],
    ['exists, an empty list', { list: [{ exists: true }] }, { list: [] }, false],
    ['exists not', { detail: { c: [{ exists: false }] } }, instance, true],
    ['exists not, but does', { detail: { state: [{ exists: false }] } }, instance, false],
    ['exists not, or a value', { s: [{ 'anything-but': ['roses'] }, { exists: false }] }, {}, true],
    ['a wildcard', { f: [{ wildcard: '/Users/*/doc.txt' }] }, { f: '/Users/a/b/doc.txt' }, true],
    ['a wildcard, another', { f: [{ wildcard: '/Users/*/doc.txt' }] }, { f: '/Users/a/notdoc.txt' }, false],
    ['a wildcard that would overlap', { f: [{ wildcard: 'ab*ba' }] }, { f: 'aba' }, false],
    ['an escaped star', { f: [{ wildcard: 'a\\*b' }] }, { f: 'a*b' }, true],
    ['an escaped star, no wildcard', { f: [{ wildcard: 'a\\*b' }] }, { f: 'axb' }, false],
    ['no text at all', { f: [{ wildcard: '' }] }, { f: 'x' }, false],
    ['dots for nesting', { 'detail.state': ['terminated'] }, instance, true],
    ['JSON in a text', { detail: { a: ['b'] } }, { detail: '{"a":"b"}' }, false],
  ])('%s', (_name, pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });

  it('$or needs one of its objects, and what stands beside it', () => {
    const pattern = {
      source: ['aws.ec2'],
      detail: { $or: [{ 'c-count': [{ numeric: ['>', 0] }] }, { 'd-count': [{ numeric: ['<', 10] }] }] },
    };
    const event = (detail: object, source = 'aws.ec2') => ({ source, detail });
    expect(matches(pattern, event({ 'c-count': 0, 'd-count': 9 }))).toBe(true);
    expect(matches(pattern, event({ 'c-count': 1, 'd-count': 10 }))).toBe(true);
    expect(matches(pattern, event({ 'c-count': 0, 'd-count': 10 }))).toBe(false);
    expect(matches(pattern, event({ 'c-count': 1 }, 'aws.s3'))).toBe(false);
    // With one value it is a field like others.
    expect(matches({ $or: ['x'] }, { $or: 'x' })).toBe(true);
  });

  it('conditions on an array of objects meet in one of them', () => {
    const pattern = { employees: { firstName: ['Anna'], lastName: ['Smith'] } };
    const event = (...employees: object[]) => ({ employees });
    expect(matches(pattern, event({ firstName: 'John' }, { firstName: 'Anna', lastName: 'Smith' }))).toBe(true);
    expect(
      matches(pattern, event({ firstName: 'Anna', lastName: 'Doe' }, { firstName: 'John', lastName: 'Smith' })),
    ).toBe(false);
  });
});

describe('patterns that are none', () => {
  // The reasons are those that AWS gives.
  it.each<[unknown, string]>([
    [['not', 'an object'], 'Filter is not an object'],
    [{ string: 'my-value' }, '"string" must be an object or an array'],
    [{ int: 42 }, '"int" must be an object or an array'],
    [{ resources: [] }, 'Empty arrays are not allowed'],
    [{ a: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
    [{ a: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ a: [{ prefix: ['a'] }] }, 'prefix match pattern must be a string'],
    [{ a: [{ suffix: 1 }] }, 'suffix match pattern must be a string'],
    [{ a: [{ 'equals-ignore-case': ['a'] }] }, 'equals-ignore-case match pattern must be a string'],
    [{ a: [{ wildcard: 1 }] }, 'wildcard match pattern must be a string'],
    [{ a: [{ wildcard: 'arn:aws:events:us-east-1:**:event-bus/*' }] }, 'Consecutive wildcard characters at pos 26'],
    [{ a: [{ numeric: 10 }] }, 'Value of numeric must be an array.'],
    [{ a: [{ numeric: ['>', 0, '<'] }] }, 'Value of < must be numeric'],
    [{ a: [{ numeric: ['>', 0, '>', 0] }] }, 'Bad numeric range operator: >'],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, 'Bottom must be less than top'],
    [{ a: [{ cidr: 'bad-filter' }] }, "Malformed CIDR, one '/' required"],
    [{ a: [{ cidr: 'bad-/64filter' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ a: [{ cidr: 'xx.11.xx/8' }] }, 'Nonstandard IP address: xx.11.xx'],
    [{ a: [{ 'anything-but': null }] }, 'Value of anything-but must be an array or single string/number value.'],
    [{ a: [{ 'anything-but': ['a', null] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ a: [{ 'anything-but': { suffix: [1, '.txt'] } }] }, 'prefix/suffix match pattern must be a string'],
    [
      { a: [{ 'anything-but': { 'equals-ignore-case': 123 } }] },
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    ],
  ])('%j', (pattern, reason) => {
    expect(() => compilePattern(JSON.stringify(pattern))).toThrow(PatternFault);
    expect(() => compilePattern(JSON.stringify(pattern))).toThrow(reason);
  });

  it('says where text is no JSON', () => {
    expect(() => compilePattern('{ "a": ')).toThrow(PatternFault);
  });

  it('refuses alternatives without end', () => {
    const or = { $or: Array.from({ length: 11 }, (_, index) => ({ [`f${index}`]: [1] })) };
    expect(() => compilePattern(JSON.stringify({ a: or, b: or, c: or }))).toThrow('Rule is too complex');
  });
});

describe('properties', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 8 });

  it('a wildcard is a regular expression with .* for its stars', () => {
    // Short enough never to be refused as too complex.
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 2 });
    const words = fc.array(word, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(words, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (parts, value) => {
        const wildcard = parts.join('*');
        fc.pre(!wildcard.includes('**'));
        const expected = new RegExp(`^${parts.join('.*')}$`).test(value);
        expect(matches({ f: [{ wildcard }] }, { f: value })).toBe(expected);
      }),
    );
  });

  it('an event matches its own values, and no longer when one is another', () => {
    const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
    const event = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), leaf, { minKeys: 1 });
    fc.assert(
      fc.property(event, (values) => {
        const pattern = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
        expect(matches({ detail: pattern }, { detail: values, more: [1, 2] })).toBe(true);
        const [name] = Object.keys(values);
        expect(matches({ detail: pattern }, { detail: { ...values, [name!]: 'something else' } })).toBe(false);
        const but = { detail: { [name!]: [{ 'anything-but': 'something else' }] } };
        expect(matches(but, { detail: values })).toBe(true);
      }),
    );
  });
});
