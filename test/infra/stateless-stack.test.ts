import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, MACHINES } from '../../core/names.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { type Resource, resources, STAGES, statementsOf, synthesize, textOf } from './synth.ts';

const STAGE = Object.fromEntries(STAGES.map((stage) => [stage, synthesize(stage).stateless]));
const production = STAGE.nocturne;

const NAMES = Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[];
const pascalCase = (name: string) => name.replace(/(^|-)([a-z])/g, (_all, _dash, letter) => letter.toUpperCase());
const CONSTRUCTS = NAMES.map(pascalCase);

const named = (list: readonly Resource[], property: string, name: string): Resource => {
  const found = list.find(({ properties }) => properties[property] === name);
  if (!found) throw new Error(`nothing is named ${name}`);
  return found;
};

describe.each(STAGES)('the stateless stack of stage %s', (stage) => {
  const template = STAGE[stage];
  const functions = resources(template, 'AWS::Lambda::Function');
  const machines = resources(template, 'AWS::StepFunctions::StateMachine');

  it('has every function, as core/names.ts has it, on Node 24 and ARM, with its environment', () => {
    expect(functions.map(({ properties }) => properties.FunctionName).sort()).toEqual(
      NAMES.map((name) => `nocturne-${name}`).sort(),
    );
    for (const name of NAMES) {
      const { properties } = named(functions, 'FunctionName', `nocturne-${name}`);
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: FUNCTIONS[name].memoryMb,
        Timeout: FUNCTIONS[name].timeoutS,
        LoggingConfig: { LogFormat: 'JSON' },
      });
      const { NOCTURNE_BUCKET, ...environment } = properties.Environment.Variables;
      expect(textOf(NOCTURNE_BUCKET)).toBe('nocturne-123456789012-eu-west-1');
      expect(environment).toMatchObject({
        NOCTURNE_PREFIX: 'nocturne-',
        NOCTURNE_BUS: 'nocturne-observatory',
        NOCTURNE_VERSION: SOFTWARE_VERSION,
      });
    }
  });

  it('gives every function a role of its own, without managed policies, and a log group that forgets', () => {
    const roles = functions.map(({ properties }) => textOf(properties.Role));
    expect(new Set(roles).size).toBe(NAMES.length);
    for (const { properties } of resources(template, 'AWS::IAM::Role')) {
      expect(properties.ManagedPolicyArns).toBeUndefined();
    }
    const groups = resources(template, 'AWS::Logs::LogGroup');
    for (const name of NAMES) {
      const group = named(groups, 'LogGroupName', `/aws/lambda/nocturne-${name}`);
      const { properties } = named(functions, 'FunctionName', `nocturne-${name}`);
      expect(properties.LoggingConfig.LogGroup).toEqual({ Ref: group.id });
    }
    for (const { properties } of groups) expect(properties.RetentionInDays).toBe(stage === 'nocturne' ? 90 : 7);
  });

  it('has the three machines, Standard, each with a value for every placeholder of its definition', () => {
    expect(machines.map(({ properties }) => properties.StateMachineName).sort()).toEqual(
      MACHINES.map((name) => `nocturne-${name}`).sort(),
    );
    for (const { properties } of machines) {
      expect(properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
      const placeholders = properties.DefinitionString.match(/(?<=\$\{)\w+(?=\})/g);
      expect(new Set(Object.keys(properties.DefinitionSubstitutions))).toEqual(new Set(placeholders));
    }
  });

  it('allows no action by a star, and everything everywhere only to what AWS has no resources for', () => {
    const constructs = [...CONSTRUCTS, ...MACHINES.map((name) => `${pascalCase(name)}Machine`), 'StartNight'];
    const statements = constructs.flatMap((construct) => {
      const found = statementsOf(template, construct);
      expect(found.length, construct).toBeGreaterThan(0);
      return found;
    });
    expect(resources(template, 'AWS::IAM::Role')).toHaveLength(constructs.length);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
    const everywhere = statements.filter(({ resources }) => resources.includes('*')).flatMap(({ actions }) => actions);
    // X-Ray takes segments, and log delivery is set up, by account: the service authorization reference has no resources.
    expect(
      everywhere.filter((action) => !/^xray:(Put|GetSampling)|^logs:.*(Deliver|ResourcePolic|LogGroups)/.test(action)),
    ).toEqual([]);
    if (stage === 'localstack') expect(everywhere).toEqual([]);
  });

  it('lets a machine call its own functions and its own child, and nothing else', () => {
    const targets = (construct: string, action: string) =>
      statementsOf(template, construct)
        .filter(({ actions }) => actions.includes(action))
        .flatMap(({ resources }) => resources.map((each) => each.replace(/^<([A-Za-z]+)[0-9A-F]{8}\.Arn>/, '$1')));
    const versions = stage === 'nocturne';
    const both = (names: string[]) => names.flatMap((name) => (versions ? [name, `${name}:*`] : [name])).sort();
    expect(targets('NightMachine', 'lambda:InvokeFunction').sort()).toEqual(
      both(['CloseNight', 'OpenNight', 'PlanCalibrations', 'ReportCalibration', 'ReportNight']),
    );
    expect(targets('SegmentMachine', 'lambda:InvokeFunction').sort()).toEqual(both(['ChooseNext']));
    expect(targets('NightMachine', 'states:StartExecution').sort()).toEqual(
      ['calibration', 'reduction', 'segment'].map(
        (name) => `arn:aws:states:eu-west-1:123456789012:stateMachine:nocturne-${name}`,
      ),
    );
    expect(targets('SegmentMachine', 'states:StopExecution')).toEqual([
      'arn:aws:states:eu-west-1:123456789012:execution:nocturne-observation:*',
    ]);
    expect(targets('NightMachine', 'events:PutRule')).toEqual([
      'arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
    ]);
    expect(targets('ObservationMachine', 'states:StartExecution')).toEqual([]);
    expect(targets('StartNight', 'states:StartExecution')).toEqual([
      'arn:aws:states:eu-west-1:123456789012:stateMachine:nocturne-night',
    ]);
  });

  it('has a schedule that is off, starts at local noon, and says which night it means by id and time of the event', () => {
    const rules = resources(template, 'AWS::Events::Rule');
    const { properties } = named(rules, 'Name', 'nocturne-schedule-la-palma');
    // 12 h at 17.8816 degrees west is 13:11:31.6 UTC.
    expect(properties).toMatchObject({ State: 'DISABLED', ScheduleExpression: 'cron(12 13 * * ? *)' });
    expect(properties.EventBusName).toBeUndefined();
    const [target] = properties.Targets;
    expect(target.InputTransformer.InputPathsMap).toEqual({ id: '$.id', time: '$.time' });
    const input = JSON.parse(textOf(target.InputTransformer.InputTemplate).replace(/<(id|time)>/g, '"$1"'));
    const asset = {
      bucket: 'cdk-hnb659fds-assets-123456789012-eu-west-1',
      key: expect.stringMatching(/^[0-9a-f]{64}\.json$/),
    };
    expect(input).toEqual({
      schedule: 'la-palma',
      id: 'id',
      time: 'time',
      observatory: asset,
      programme: asset,
      seed: 1,
    });
    expect(input.observatory.key).not.toBe(input.programme.key);
    expect(target.RetryPolicy.MaximumRetryAttempts).toBeLessThanOrEqual(185);
    expect(target.DeadLetterConfig).toBeDefined();
    const role = named(resources(template, 'AWS::IAM::Role'), 'RoleName', 'nocturne-start-night');
    expect(target.RoleArn).toEqual({ 'Fn::GetAtt': [role.id, 'Arn'] });
  });

  it('tells a person of a night that failed, by the records and by the execution', () => {
    const rules = resources(template, 'AWS::Events::Rule');
    const byRecord = named(rules, 'Name', 'nocturne-night-closed-failed').properties;
    expect(byRecord.EventPattern).toEqual({
      source: ['nocturne'],
      'detail-type': ['Night Closed'],
      detail: { status: ['FAILED'] },
    });
    const bus = named(resources(template, 'AWS::Events::EventBus'), 'Name', 'nocturne-observatory');
    expect(byRecord.EventBusName).toEqual({ Ref: bus.id });
    const byExecution = named(rules, 'Name', 'nocturne-night-execution-failed').properties;
    expect(byExecution.EventBusName).toBeUndefined();
    expect(byExecution.EventPattern.detail.stateMachineArn.map(textOf)).toEqual([
      'arn:aws:states:eu-west-1:123456789012:stateMachine:nocturne-night',
    ]);
    expect(byExecution.EventPattern.detail.status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
    const [topic] = resources(template, 'AWS::SNS::Topic');
    for (const { Targets } of [byRecord, byExecution]) expect(Targets[0].Arn).toEqual({ Ref: topic.id });
  });

  it('encrypts notices under a key that alarms and rules may use, and takes them by TLS only', () => {
    const [topic] = resources(template, 'AWS::SNS::Topic');
    const [key] = resources(template, 'AWS::KMS::Key');
    expect(topic.properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [key.id, 'Arn'] });
    expect(key.properties.EnableKeyRotation).toBe(true);
    const services = (statements: any[], action: string) =>
      statements
        .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes(action))
        .flatMap(({ Principal }) => Principal.Service ?? []);
    const both = ['cloudwatch.amazonaws.com', 'events.amazonaws.com'];
    expect(services(key.properties.KeyPolicy.Statement, 'kms:GenerateDataKey*').sort()).toEqual(both);
    const [policy] = resources(template, 'AWS::SNS::TopicPolicy');
    expect(services(policy.properties.PolicyDocument.Statement, 'sns:Publish').sort()).toEqual(both);
    for (const type of ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy']) {
      template.hasResourceProperties(type, {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    }
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
  });

  it('has alarms that somebody hears, silent while no night runs', () => {
    const alarms = resources(template, 'AWS::CloudWatch::Alarm');
    const [topic] = resources(template, 'AWS::SNS::Topic');
    for (const { properties } of alarms) {
      expect(properties.AlarmActions).toEqual([{ Ref: topic.id }]);
      expect(properties.TreatMissingData).toBe('notBreaching');
      expect(properties.AlarmName).toMatch(/^nocturne-/);
    }
    const metrics = alarms.map(({ properties }) => properties.MetricName);
    expect(metrics).toEqual(expect.arrayContaining(['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']));
    expect(metrics.filter((name) => name === 'Throttles')).toHaveLength(NAMES.length);
    expect(metrics.filter((name) => name === 'ExecutionThrottled')).toHaveLength(MACHINES.length);
    expect(metrics).toContain('ApproximateNumberOfMessagesVisible');
    // A failed slew is the night's own business.
    expect(metrics).not.toContain('Errors');
  });

  it('takes nothing from the other stack but by name, and needs no custom resource', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).not.toMatch(/"Type":"(Custom::|AWS::CloudFormation::CustomResource)/);
  });
});

describe('the settings of a site', () => {
  const ruleOf = (change: (site: Record<string, any>) => void) => {
    const { stateless } = synthesize('nocturne', ({ sites }) => change(sites[0]));
    return named(resources(stateless, 'AWS::Events::Rule'), 'Name', 'nocturne-schedule-la-palma').properties;
  };

  it('enable the rule, and set its time, seed, campaign and pace', () => {
    const { State, ScheduleExpression, Targets } = ruleOf((site) => {
      Object.assign(site, { enabled: true, cron: 'cron(0 18 * * ? *)', seed: 7, campaign: 'autumn', speed: 60 });
    });
    expect(State).toBe('ENABLED');
    expect(ScheduleExpression).toBe('cron(0 18 * * ? *)');
    const template = textOf(Targets[0].InputTransformer.InputTemplate);
    expect(JSON.parse(template.replace(/<(id|time)>/g, '"$1"'))).toMatchObject({
      seed: 7,
      campaign: 'autumn',
      mode: { kind: 'paced', speed: 60 },
    });
  });

  it('make a rule for each, and share a file that two have', () => {
    const { stateless } = synthesize('nocturne', ({ sites }) => {
      sites.push({ ...sites[0], name: 'second', programme: 'hundred-fifty' });
    });
    const inputs = resources(stateless, 'AWS::Events::Rule')
      .filter(({ properties }) => properties.ScheduleExpression)
      .map(({ properties }) =>
        JSON.parse(textOf(properties.Targets[0].InputTransformer.InputTemplate).replace(/<(id|time)>/g, '"$1"')),
      );
    expect(inputs.map(({ schedule }) => schedule).sort()).toEqual(['la-palma', 'second']);
    expect(inputs[0].observatory).toEqual(inputs[1].observatory);
    expect(inputs[0].programme).not.toEqual(inputs[1].programme);
  });

  it('may be none at all: rules that people make use the same role', () => {
    const { stateless } = synthesize('nocturne', (settings) => {
      settings.sites = [];
    });
    named(resources(stateless, 'AWS::IAM::Role'), 'RoleName', 'nocturne-start-night');
    expect(resources(stateless, 'AWS::Events::Rule').filter(({ properties }) => properties.ScheduleExpression)).toEqual(
      [],
    );
  });
});

describe('versions', () => {
  const VERSION = 'AWS::StepFunctions::StateMachineVersion';
  const substitutions = (template: typeof production, machine: string): Record<string, any> =>
    named(resources(template, 'AWS::StepFunctions::StateMachine'), 'StateMachineName', machine).properties
      .DefinitionSubstitutions;

  it('on: definitions name versions of functions and of child machines, all of which stay', () => {
    const functionVersions = resources(production, 'AWS::Lambda::Version');
    expect(functionVersions).toHaveLength(NAMES.length);
    const machineVersions = resources(production, VERSION);
    expect(machineVersions).toHaveLength(MACHINES.length);
    for (const { DeletionPolicy, UpdateReplacePolicy } of [...functionVersions, ...machineVersions]) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    }
    const versionIds = new Set([...functionVersions, ...machineVersions].map(({ id }) => id));
    for (const machine of MACHINES) {
      for (const value of Object.values(substitutions(production, `nocturne-${machine}`))) {
        expect(versionIds).toContain(value.Ref ?? value['Fn::GetAtt'][0]);
      }
    }
  });

  it('on: rules start the alias, which is the newest version of the night machine', () => {
    const [alias] = resources(production, 'AWS::StepFunctions::StateMachineAlias');
    expect(alias.properties.Name).toBe('live');
    const [{ StateMachineVersionArn, Weight }] = alias.properties.RoutingConfiguration;
    expect(Weight).toBe(100);
    expect(StateMachineVersionArn['Fn::GetAtt'][0]).toMatch(/^NightMachineVersion[0-9a-f]{16}$/);
    const rule = named(resources(production, 'AWS::Events::Rule'), 'Name', 'nocturne-schedule-la-palma');
    expect(rule.properties.Targets[0].Arn).toEqual({ 'Fn::GetAtt': [alias.id, 'Arn'] });
  });

  it('change with the content, up the whole tree, and only then', () => {
    const ids = (template: typeof production) =>
      resources(template, VERSION)
        .map(({ id }) => id)
        .sort();
    expect(ids(synthesize('nocturne').stateless)).toEqual(ids(production));
    // Another level of logging is another function, another child, another night.
    const changed = ids(
      synthesize('nocturne', (settings) => {
        settings.logLevel = 'DEBUG';
      }).stateless,
    );
    expect(changed).toHaveLength(MACHINES.length);
    expect(changed.filter((id) => ids(production).includes(id))).toEqual([]);
  });

  it('off: definitions and rules name functions and machines as they are', () => {
    const { localstack } = STAGE;
    for (const type of [VERSION, 'AWS::StepFunctions::StateMachineAlias', 'AWS::Lambda::Version']) {
      expect(resources(localstack, type)).toEqual([]);
    }
    const night = named(
      resources(localstack, 'AWS::StepFunctions::StateMachine'),
      'StateMachineName',
      'nocturne-night',
    );
    const rule = named(resources(localstack, 'AWS::Events::Rule'), 'Name', 'nocturne-schedule-la-palma');
    expect(textOf(rule.properties.Targets[0].Arn)).toBe(`<${night.id}>`);
    expect(substitutions(localstack, 'nocturne-night').SegmentStateMachineArn.Ref).toMatch(/^SegmentMachine/);
  });
});

describe('stage options', () => {
  it('log and trace what the machines do, on AWS', () => {
    for (const { properties } of resources(production, 'AWS::StepFunctions::StateMachine')) {
      expect(properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
      expect(properties.TracingConfiguration).toEqual({ Enabled: true });
    }
    for (const { properties } of resources(production, 'AWS::Lambda::Function')) {
      expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
      expect(properties.LoggingConfig.ApplicationLogLevel).toBe('INFO');
    }
  });

  it('leave out what LocalStack has not', () => {
    const { localstack } = STAGE;
    expect(resources(localstack, 'AWS::CloudWatch::Dashboard')).toEqual([]);
    for (const { properties } of resources(localstack, 'AWS::StepFunctions::StateMachine')) {
      expect(properties.LoggingConfiguration).toBeUndefined();
    }
    expect(resources(production, 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });

  it('send notices to an address when there is one', () => {
    expect(resources(production, 'AWS::SNS::Subscription')).toEqual([]);
    const { stateless } = synthesize('nocturne', (settings) => {
      settings.alarmEmail = 'observer@example.org';
    });
    stateless.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'observer@example.org' });
  });
});
