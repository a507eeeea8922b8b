import { describe, expect, it } from 'vitest';
import { parseAll } from '../../../core/records/primitives.ts';
import { programme } from '../../../core/records/programme.ts';

const request = (id: string, more: object = {}) => ({
  id,
  target: { name: 'M31', raDeg: 10.6847, decDeg: 41.2687 },
  exposures: [{ filter: 'r', exposureTimeS: 60, count: 3 }],
  ...more,
});
const file = (...requests: unknown[]) => ({ id: 'test', name: 'Test', requests });
const faultsOf = (value: unknown) => parseAll(programme, value, 'programme').faults;

describe('programme', () => {
  it('gets its defaults', () => {
    const { value } = parseAll(programme, file(request('a')), 'programme');
    expect(value).toMatchObject({ completeAtShare: 0.9, waitS: 300, onFailure: 'retry', calibrations: [] });
    expect(value!.requests[0]).toMatchObject({
      priority: 5,
      constraints: { airmassMax: 2.5, twilight: 'astronomical' },
    });
  });

  it('is refused with every fault at once, each with its place and what was got', () => {
    const faults = faultsOf(
      file(
        request('a', { target: { name: 'M31', raDeg: 361, decDeg: Number.NaN } }),
        request('a', { priority: 0 }),
        request('b c', { exposures: [{ filter: 'r', exposureTimeS: -1, count: 1 }] }),
      ),
    );
    const all = faults.join('\n');
    expect(all).toContain('requests[0].target.raDeg');
    expect(all).toContain('(got 361)');
    expect(all).toContain('requests[0].target.decDeg');
    expect(all).toContain('(got NaN)');
    expect(all).toContain('requests[1].priority');
    expect(all).toContain('requests[1].id: stands twice: requests[0] has it too');
    expect(all).toContain('requests[2].id');
    expect(all).toContain('requests[2].exposures[0].exposureTimeS');
    expect(faults).toHaveLength(6);
  });

  it.each([
    ['no requests', file(), 'requests'],
    ['an unknown option', { ...file(request('a')), colour: 'red' }, 'colour'],
    ['text', 'programme', 'the whole file'],
    ['null', null, 'the whole file'],
    ['a list', [], 'the whole file'],
    ['requests that are null', file(null, null), 'requests[1]'],
    [
      'a window that ends before it begins',
      file(
        request('a', {
          constraints: { windows: [{ from: '2026-11-21T22:00:00.000Z', to: '2026-11-21T21:00:00.000Z' }] },
        }),
      ),
      'windows[0].to',
    ],
    [
      '101 frames in one request',
      file(
        request('a', {
          exposures: [
            { filter: 'r', exposureTimeS: 1, count: 60 },
            { filter: 'g', exposureTimeS: 1, count: 41 },
          ],
        }),
      ),
      'at most 100',
    ],
    [
      'a name that FITS cannot hold',
      file(request('a', { target: { name: 'Großer Nebel', raDeg: 1, decDeg: 1 } })),
      'printable ASCII',
    ],
  ])('is refused with %s', (_what, value, place) => {
    expect(faultsOf(value).join('\n')).toContain(place);
  });
});
