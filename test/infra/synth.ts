import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStage } from '../../infra/stage.ts';
import { ROOT, temporaryFolder } from '../helpers/night.ts';

const CDK_JSON = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8'));

/** The settings that cdk.json has for a stage. */
export const stageSettings = (stage: string): Record<string, any> => structuredClone(CDK_JSON.context.stages[stage]);

/** Every stage that cdk.json has. */
export const STAGES: string[] = Object.keys(CDK_JSON.context.stages);

export interface Synthesized {
  app: App;
  stateful: Template;
  stateless: Template;
  stacks: Stack[];
}

/**
 * The stacks of a stage as cdk.json has it, with settings changed. The functions' code is left out unless it is asked for:
 * bundling takes seconds.
 */
export function synthesize(
  stage: string,
  change: (settings: Record<string, any>) => void = () => {},
  { bundle = false } = {},
): Synthesized {
  const settings = stageSettings(stage);
  change(settings);
  const app = new App({
    outdir: temporaryFolder(),
    context: {
      ...CDK_JSON.context,
      ...(bundle ? { 'aws:cdk:enable-asset-metadata': true } : { 'aws:cdk:bundling-stacks': [] }),
      stages: { tested: settings },
      stage: 'tested',
    },
  });
  const { stateful, stateless } = addStage(app);
  return {
    app,
    stateful: Template.fromStack(stateful),
    stateless: Template.fromStack(stateless),
    stacks: app.node.children.filter((child): child is Stack => Stack.isStack(child)),
  };
}

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';
const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A value of a template as text, as it is in account 123456789012 in eu-west-1; `<Id.Attribute>` where only a deployment knows. */
export function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
  if (value['Fn::Sub'])
    return value['Fn::Sub'].replace(/\$\{([\w:]+)\}/g, (_all: string, name: string) => PSEUDO[name]);
  if (value['Fn::GetAtt']) return `<${value['Fn::GetAtt'].join('.')}>`;
  if (value.Ref) return PSEUDO[value.Ref] ?? `<${value.Ref}>`;
  throw new Error(`no text for ${JSON.stringify(value)}`);
}

export interface Resource {
  id: string;
  properties: any;
  [key: string]: any;
}

/** All resources of a type. */
export const resources = (template: Template, type: string): Resource[] =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({
    id,
    properties: resource.Properties,
    ...resource,
  }));

export interface Statement {
  actions: string[];
  resources: string[];
}

/** What the role of a construct (`OpenNight`, `NightMachine`) may do. */
export function statementsOf(template: Template, construct: string): Statement[] {
  const ofRole = resources(template, 'AWS::IAM::Policy').filter(({ properties }) =>
    properties.Roles.some(({ Ref }: { Ref: string }) => new RegExp(`^${construct}Role[0-9A-F]{8}$`).test(Ref)),
  );
  return ofRole.flatMap(({ properties }) =>
    properties.PolicyDocument.Statement.map(({ Effect, Action, Resource: on }: any) => {
      if (Effect !== 'Allow') throw new Error(`a policy of ${construct} has effect ${Effect}`);
      return { actions: [Action].flat(), resources: [on].flat().map(textOf) };
    }),
  );
}
