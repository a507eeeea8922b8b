import { beforeAll, describe, expect, it } from 'vitest';
import { STAGE } from '../../../core/cost/price.ts';
import { resources, type Synthesized, stageSettings, synthesize } from '../../infra/synth.ts';

let stacks: Synthesized;
beforeAll(() => {
  stacks = synthesize('nocturne');
});

/** Alarms are billed by the metrics that they look at: an expression has several. */
const metricsOf = ({ properties }: { properties: any }): number =>
  properties.Metrics ? properties.Metrics.filter((each: any) => each.MetricStat).length : 1;

describe('what a stage has standing is what the stacks have', () => {
  it('alarms, dashboards and keys', () => {
    const alarms = resources(stacks.stateless, 'AWS::CloudWatch::Alarm');
    expect(alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0)).toBe(STAGE.alarmMetrics);
    const count = (type: string) => resources(stacks.stateless, type).length + resources(stacks.stateful, type).length;
    expect(count('AWS::CloudWatch::Dashboard')).toBe(STAGE.dashboards);
    expect(count('AWS::KMS::Key')).toBe(STAGE.keys);
  });

  it('lifecycle of frames and logs', () => {
    const { logRetentionDays, rawToInfrequentAccessDays, rawToGlacierDays, machineLogs, tracing } =
      stageSettings('nocturne');
    expect({ logRetentionDays, rawToInfrequentAccessDays, rawToGlacierDays }).toEqual({
      logRetentionDays: STAGE.logRetentionDays,
      rawToInfrequentAccessDays: STAGE.rawToInfrequentAccessDays,
      rawToGlacierDays: STAGE.rawToGlacierDays,
    });
    // The estimates of logs and traces stand on these.
    expect({ machineLogs, tracing }).toEqual({ machineLogs: true, tracing: true });
  });
});
