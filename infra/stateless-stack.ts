import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addAlarms } from './alarms.ts';
import type { StageSettings } from './config.ts';
import { addDashboard } from './dashboard.ts';
import { addFunctions } from './functions.ts';
import { addMachines } from './machines.ts';
import { StageNames } from './names.ts';
import { addNotices } from './notices.ts';
import { addSchedules, addSiteFiles, addStartNightRole } from './schedules.ts';

/** What a deployment replaces: functions, machines, schedules, alarms. It knows tables and bucket by their names. */
export class StatelessStack extends Stack {
  constructor(scope: Construct, id: string, settings: StageSettings, props?: StackProps) {
    super(scope, id, props);
    const { sites } = settings;
    const names = new StageNames(this, settings.name);
    const files = addSiteFiles(this, sites);
    const functions = addFunctions(this, names, settings, Object.values(files));
    const { machines, startNightArn } = addMachines(this, names, settings, functions);
    const notices = addNotices(this, names, settings);
    const role = addStartNightRole(this, names);
    addSchedules({ stack: this, names, sites, files, startNightArn, role, undelivered: notices.undelivered });
    const watched = { stack: this, names, functions, machines, notices };
    addAlarms(watched);
    if (settings.dashboard) addDashboard(watched);
  }
}
