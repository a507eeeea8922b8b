/** A process for the test to kill: it goes on with what is under way in a folder, starts one more execution, and says so. */
import { openWorld, startEverything } from './world.ts';

await startEverything(await openWorld(process.argv[2]!));
process.stdout.write('under way\n');
setInterval(() => {}, 60_000);
