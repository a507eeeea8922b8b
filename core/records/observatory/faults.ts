import * as z from 'zod';
import { instant, nonNegative, number, positive } from '../primitives.ts';

/** What can be out of order, and what comes of it: a step that fails, a frame that suffers, or a dome that closes. */
export const SUBSYSTEMS = {
  mount: 'the slew fails',
  dome: 'the slew fails',
  rotator: 'the slew fails',
  filterChanger: 'the configuration fails',
  focuser: 'the configuration fails',
  camera: 'the exposure fails',
  storage: 'the frame cannot be stored',
  shutter: 'it stays closed: a dark frame',
  cooling: 'the chip warms up: more dark current',
  guider: 'the mount is not guided: tracking errors',
  lamp: "the dome's lamp stays on: its light gets into every frame",
  amplifier: 'one amplifier of the camera is dead: it reads nothing but its bias level',
  weatherStation: 'nobody knows the weather: the dome closes',
} as const;
export type Subsystem = keyof typeof SUBSYSTEMS;

const share = number.min(0).max(1).optional();
const names = Object.keys(SUBSYSTEMS) as [Subsystem, ...Subsystem[]];

/** A subsystem that is out of order from an instant on, for a while. */
export const scheduledFault = z
  .strictObject({
    subsystem: z.enum(names),
    at: instant.optional().describe('when it begins'),
    afterBeginS: nonNegative
      .max(86_400)
      .optional()
      .describe('when it begins, after the beginning of the night, instead of `at`'),
    durationS: positive.max(86_400).default(600).describe('how long the subsystem is out of order'),
  })
  .refine(({ at, afterBeginS }) => (at === undefined) !== (afterBeginS === undefined), {
    message: 'must have either at or afterBeginS',
  });
export type ScheduledFault = z.infer<typeof scheduledFault>;

/** How faults are simulated: the share of attempts that fail, per step or subsystem, and those that come at a set time. */
export const faults = z.strictObject({
  slew: share,
  configure: share,
  expose: share,
  ...(Object.fromEntries(names.map((name) => [name, share])) as Record<Subsystem, typeof share>),
  scheduled: z.array(scheduledFault).max(100).optional(),
});
export type Faults = z.infer<typeof faults>;
