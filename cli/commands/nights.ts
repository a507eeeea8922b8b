import { REGIONS } from '../../core/cost/prices.ts';
import { readCost } from '../cost.ts';
import { costSummary } from '../cost-text.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { isNowhere, readNight, readNights, readReport, refuseNowhere, refuseUnknown } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';
import { printSummary } from '../summary.ts';

const NO_NIGHT = 'No night has been observed here yet: npm run night\n';

interface ReadOptions extends EngineOptions {
  json?: boolean;
}

/** Lists every night that the engine knows. */
export async function listNights(options: ReadOptions): Promise<number> {
  const { json } = options;
  if (isNowhere(options)) {
    process.stdout.write(json ? '[]\n' : NO_NIGHT);
    return EXIT.done;
  }
  const nights = await withSession(options, readNights);
  if (json) process.stdout.write(`${JSON.stringify(nights)}\n`);
  else if (nights.length === 0) process.stdout.write(NO_NIGHT);
  else {
    for (const { nightId, status, observatoryId, programmeId, input, context } of nights) {
      process.stdout.write(
        `${nightId.padEnd(32)} ${status.padEnd(10)} ${observatoryId} ${input.dayObs} ${programmeId}, seed ${input.seed}, run ${context.run}\n`,
      );
    }
  }
  return EXIT.done;
}

/** Shows the report of one night. Throws InputRefused for an unknown one. */
export async function showReport(nightId: string, options: ReadOptions): Promise<number> {
  const { json } = options;
  refuseNowhere(options, nightId);
  await withSession(options, async (session) => {
    const report = await readReport(session, nightId);
    if (!report) {
      const night = await readNight(session, nightId);
      if (night) throw new InputRefused([`night ${nightId} is ${night.status} and has no report yet`]);
      return refuseUnknown(session, nightId);
    }
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      const cost = await costBelowReport(session, nightId);
      await printSummary(process.stdout, report, session);
      process.stdout.write(`\n${cost}`);
    }
  });
  return EXIT.done;
}

/** The cost in short. Elsewhere than here its histories are hundreds of requests, which nobody asked for. */
async function costBelowReport(session: Session, nightId: string): Promise<string> {
  if (session.engine !== 'embedded') return `Cost on AWS: nocturne cost ${nightId} --engine ${session.engine}\n`;
  return costSummary(await readCost(session, nightId, { region: REGIONS[0], isFree: false }));
}
