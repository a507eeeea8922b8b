import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { STAGES, synthesize } from './synth.ts';

/** What the checks find wrong in a construct and all below it: rule and place. */
function findings(scope: IConstruct, checks = new AwsSolutionsChecks()): string[] {
  return checks
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
}

/** The checks, deaf to every acknowledgement. */
const deafChecks = () => Object.assign(new AwsSolutionsChecks(), { isAcknowledged: () => false });

/** Rules that are acknowledged, each with the construct where. */
const acknowledged = (scope: App) =>
  scope.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, string>).map(([rule, reason]) => ({ construct, rule, reason })),
        ),
    );

describe.each(STAGES)('the AWS Solutions checks, stage %s', (stage) => {
  const { app } = synthesize(stage);

  it('find nothing that is not acknowledged with a reason', () => {
    expect(findings(app)).toEqual([]);
  });

  it('are acknowledged on single constructs, never for a whole stack, and where there is something to acknowledge', () => {
    const all = acknowledged(app);
    expect(all.length).toBeGreaterThan(0);
    for (const { construct, rule, reason } of all) {
      expect(construct).not.toBeInstanceOf(Stack);
      expect(construct).not.toBeInstanceOf(App);
      expect(reason.length, rule).toBeGreaterThan(10);
      expect(findings(construct, deafChecks()).map((finding) => finding.split(' at ')[0])).toContain(
        rule.replace('Annotation::', ''),
      );
    }
  });
});

describe('the AWS Solutions checks', () => {
  it('find what is wrong, so that finding nothing means something', () => {
    const stack = new Stack(new App(), 'Wrong');
    new Bucket(stack, 'Open');
    expect(findings(stack)).toEqual(
      expect.arrayContaining(['AwsSolutions-S1 at Wrong/Open/Resource', 'AwsSolutions-S10 at Wrong/Open/Resource']),
    );
  });
});
