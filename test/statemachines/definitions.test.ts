import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, MACHINES, substitutionName } from '../../core/names.ts';
import { ROOT } from '../helpers/night.ts';

const FOLDER = path.join(ROOT, 'statemachines');
const read = (machine: string) => readFileSync(path.join(FOLDER, `${machine}.asl.json`), 'utf8');

type State = Record<string, any>;
/** Every state of a machine, those inside its Maps too, and whether it is inside one. */
const statesOf = (machine: string): [string, State, boolean][] => flat(JSON.parse(read(machine)).States, false);
const flat = (states: Record<string, State>, isInMap: boolean): [string, State, boolean][] =>
  Object.entries(states).flatMap(([name, state]): [string, State, boolean][] => [
    [name, state, isInMap],
    ...(state.ItemProcessor ? flat(state.ItemProcessor.States, true) : []),
  ]);

/** AWS's own trouble, that goes away by itself. */
const TRANSIENT =
  /^(StoreUnavailable|Lambda\.(ServiceException|AWSLambdaException|SdkClientException|TooManyRequestsException|ClientExecutionTimeoutException)|StepFunctions\.(ExecutionLimitExceeded|ThrottlingException|SdkClientException|InternalServerException))$/;

describe('definitions', () => {
  it('on disk are those that are deployed', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.asl.json'));
    expect(files.sort()).toEqual(MACHINES.map((name) => `${name}.asl.json`).sort());
  });

  it('have a value for each placeholder, and each function and child is used', () => {
    const used = new Set(MACHINES.flatMap((machine) => read(machine).match(/(?<=\$\{)\w+(?=\})/g) ?? []));
    const values = [
      ...Object.keys(FUNCTIONS).map((name) => substitutionName(name, 'Function')),
      ...MACHINES.filter((name) => name !== 'night').map((name) => substitutionName(name, 'StateMachine')),
    ];
    expect([...used].sort()).toEqual(values.sort());
  });
});

describe.each(MACHINES)('%s', (machine) => {
  it('is valid Amazon States Language', () => {
    const definition = JSON.parse(
      read(machine).replace(/\$\{\w+\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:x'),
    );
    const { isValid, errors } = aslValidator(definition);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
  });

  it('has no two states of one name: its history tells them apart by it', () => {
    const names = statesOf(machine).map(([name]) => name);
    expect(names.toSorted()).toEqual([...new Set(names)].sort());
  });

  it('has a Catch for all at each of its Maps', () => {
    for (const [name, state] of statesOf(machine).filter(([, { Type }]) => Type === 'Map')) {
      expect(state.Catch?.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
    }
  });

  it('says what it does', () => {
    expect(JSON.parse(read(machine)).Comment.length).toBeGreaterThan(40);
  });

  it('retries transient AWS errors only', () => {
    for (const [, state] of statesOf(machine)) {
      for (const { ErrorEquals } of state.Retry ?? []) {
        for (const error of ErrorEquals) expect(error).toMatch(TRANSIENT);
      }
    }
  });

  it('limits and catches every task, the last Catch being for all, there or at the Map around it', () => {
    for (const [name, state, isInMap] of statesOf(machine).filter(([, { Type }]) => Type === 'Task')) {
      expect(state.TimeoutSeconds, name).toBeGreaterThan(0);
      expect(state.Retry, name).toBeDefined();
      expect(state.Catch, name).toBeDefined();
      if (!isInMap) expect(state.Catch.at(-1).ErrorEquals, name).toEqual(['States.ALL']);
    }
  });

  it('uses plain definite paths only, as every engine reads them alike', () => {
    const paths = read(machine).match(/"\$\$?[.[][^"]*"/g) ?? [];
    for (const each of paths) expect(each).toMatch(/^"\$\$?(\.[A-Za-z_]+)*"$/);
  });
});
