import { REGIONS, type Region } from '../../core/cost/prices.ts';
import { readCost } from '../cost.ts';
import { costText } from '../cost-text.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { refuseNowhere, requireNight } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';

export interface CostOptions extends EngineOptions {
  region?: Region;
  freeTier?: boolean;
  json?: boolean;
}

/** Shows what one night costs on AWS, run there or not. Throws InputRefused for an unknown night or a region without prices. */
export async function showCost(nightId: string, options: CostOptions): Promise<number> {
  refuseNowhere(options, nightId);
  const cost = await withSession(options, async (session) => {
    const region = options.region ?? regionOf(session, process.env.AWS_REGION);
    await requireNight(session, nightId);
    return readCost(session, nightId, { region, isFree: options.freeTier ?? false });
  });
  process.stdout.write(options.json ? `${JSON.stringify(cost)}\n` : costText(cost));
  return EXIT.done;
}

/** Prices of the region that the night ran in; what ran elsewhere has those of AWS's first. */
function regionOf({ engine }: Session, region: string | undefined): Region {
  if (engine !== 'aws') return REGIONS[0];
  const known = REGIONS.find((each) => each === region);
  if (known) return known;
  throw new InputRefused([
    `option --region: there are no prices of ${region ?? 'the default region'}; name the nearest of ${REGIONS.join(', ')} with --region, or add yours to core/cost/prices.ts`,
  ]);
}
