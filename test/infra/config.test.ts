import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { InvalidSettings, readSettings } from '../../infra/config.ts';
import { ROOT } from '../helpers/night.ts';
import { STAGES, stageSettings } from './synth.ts';

/** The faults of a stage's settings after a change. */
function faultsOf(change: (settings: Record<string, any>) => void): readonly string[] {
  const settings = stageSettings('nocturne');
  change(settings);
  try {
    readSettings({ changed: settings }, 'changed');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSettings);
    return (error as InvalidSettings).faults;
  }
  return [];
}

describe('settings of a stage', () => {
  it.each(STAGES)('in cdk.json are right: %s', (stage) => {
    expect(readSettings({ [stage]: stageSettings(stage) }, stage).name).toBe('nocturne');
  });

  it('start no night unless a site says so', () => {
    const settings = readSettings({ nocturne: stageSettings('nocturne') }, 'nocturne');
    expect(settings.sites.map(({ enabled }) => enabled)).not.toContain(true);
  });

  it('are refused with every fault at once', () => {
    const faults = faultsOf((settings) => {
      settings.name = 'Nocturne_1';
      settings.removalPolicy = 'keep';
      settings.logRetentionDays = 31;
      settings.alarmEmail = 'nobody';
      settings.tracking = true;
      settings.sites = [{ name: 'a b', observatory: 'nowhere', programme: 'andromeda', cron: 'daily', colour: 'red' }];
      settings.rawToGlacierDays = 1;
      delete settings.versions;
    });
    const where = [
      'name',
      'removalPolicy',
      'logRetentionDays',
      'alarmEmail',
      'versions',
      'sites[0].name',
      'sites[0].cron',
    ];
    for (const each of where) expect(faults.map((fault) => fault.split(':')[0])).toContain(each);
    expect(faults).toContainEqual('sites[0].observatory: there is no file observatories/nowhere.json');
    expect(faults.join('\n')).toMatch(/"tracking"/);
    expect(faults.join('\n')).toMatch(/"colour"/);
  });

  it.each<[string, (settings: Record<string, any>) => void, string]>([
    ['two sites of one name', ({ sites }) => sites.push(sites[0]), 'sites: two sites have the same name'],
    [
      'frames that leave infrequent access before its 30 days',
      (settings) => {
        settings.rawToGlacierDays = settings.rawToInfrequentAccessDays + 29;
      },
      'rawToGlacierDays: must be at least 30 days after',
    ],
    [
      'a seed beyond 32 bits',
      ({ sites }) => {
        sites[0].seed = 2 ** 32;
      },
      'sites[0].seed',
    ],
  ])('are refused: %s', (_what, change, message) => {
    expect(faultsOf(change).join('\n')).toContain(message);
  });

  it('of a stage that is not there name those that are, on the command line too', () => {
    expect(() => readSettings({ nocturne: {}, localstack: {} }, 'prod')).toThrow(/no "prod".*nocturne, localstack/);
    const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ stages: { one: {} }, stage: 'two' }) },
    });
    expect(status).toBe(2);
    expect(stderr).toContain('stages has no "two"; choose one with -c stage=<name>: one');
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
