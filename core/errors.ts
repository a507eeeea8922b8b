/**
 * The errors that cross a boundary of the system. The class's name is an interface: state machines catch by it, so each has
 * one class, one cause, and a message that gives what went wrong, the value got, the values allowed and what to do.
 *
 * Which to use: a thing the night can live with (weather, a target that set, a subsystem's failure) is one of the step errors;
 * bad input is InvalidNight or InvalidRequest; a state of the records that forbids what was asked is a conflict.
 */
export class NocturneError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The weather is, or has become, unsafe: the dome is closed. */
export class WeatherUnsafe extends NocturneError {
  constructor(message: string) {
    super('WeatherUnsafe', message);
  }
}

/** The chosen target violates a constraint at the time it would be observed. */
export class TargetNotObservable extends NocturneError {
  constructor(message: string) {
    super('TargetNotObservable', message);
  }
}

/** The next exposure would not end before the night, or the target's twilight limit, does. */
export class NightEnded extends NocturneError {
  constructor(message: string) {
    super('NightEnded', message);
  }
}

/** The mount or the dome did not reach its position. */
export class SlewFailed extends NocturneError {
  constructor(message: string) {
    super('SlewFailed', message);
  }
}

/** The instrument did not take the configuration asked for. */
export class ConfigureFailed extends NocturneError {
  constructor(message: string) {
    super('ConfigureFailed', message);
  }
}

/** The camera failed while exposing or reading out; there is no frame. */
export class ExposureFailed extends NocturneError {
  constructor(message: string) {
    super('ExposureFailed', message);
  }
}

/** The frame was taken and could not be stored. */
export class SaveFailed extends NocturneError {
  constructor(message: string) {
    super('SaveFailed', message);
  }
}

/** S3, DynamoDB or Step Functions were throttled or in trouble for longer than the client's own retries last. */
export class StoreUnavailable extends NocturneError {
  constructor(message: string) {
    super('StoreUnavailable', message);
  }
}

/** An operator asked for the night to stop. */
export class OperatorHalt extends NocturneError {
  constructor(message: string) {
    super('OperatorHalt', message);
  }
}

/** The input of a night is wrong; `faults` holds every problem found, one line each. */
export class InvalidNight extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidNight', faults.join('\n'));
    this.faults = faults;
  }
}

/** A request cannot be observed by this observatory as it is written; `faults` holds every problem found. */
export class InvalidRequest extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidRequest', faults.join('\n'));
    this.faults = faults;
  }
}

/** A night of this name exists already and was started with other input, or is over. */
export class NightConflict extends NocturneError {
  constructor(message: string) {
    super('NightConflict', message);
  }
}

/** A status change that the transition table does not allow. */
export class TransitionNotAllowed extends NocturneError {
  constructor(message: string) {
    super('TransitionNotAllowed', message);
  }
}

/** A record that a step builds on is missing or does not match what the step was given. */
export class RecordMissing extends NocturneError {
  constructor(message: string) {
    super('RecordMissing', message);
  }
}

/** The payload of a step does not fit its schema; `faults` holds every problem found. */
export class InvalidPayload extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidPayload', faults.join('\n'));
    this.faults = faults;
  }
}

/** Fewer frames of a set are fit for use than a master needs. */
export class TooFewFrames extends NocturneError {
  constructor(message: string) {
    super('TooFewFrames', message);
  }
}

/** A master was built and judged unfit: it is kept with its judgement, and never certified. */
export class MasterRejected extends NocturneError {
  constructor(message: string) {
    super('MasterRejected', message);
  }
}

/** No master serves a frame, and its reduction needs one. */
export class NoCalibration extends NocturneError {
  constructor(message: string) {
    super('NoCalibration', message);
  }
}

/** A calibration set cannot be taken now: twilight is over, the weather is unsafe, or the time does not suffice. */
export class CalibrationNotPossible extends NocturneError {
  constructor(message: string) {
    super('CalibrationNotPossible', message);
  }
}

/** A change of validity that would make two masters of one key valid at the same time, or that another change has overtaken. */
export class ValidityConflict extends NocturneError {
  constructor(message: string) {
    super('ValidityConflict', message);
  }
}

/** Frames, masters and their planes that do not fit each other: size, configuration, unit. */
export class FramesDisagree extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('FramesDisagree', faults.join('\n'));
    this.faults = faults;
  }
}

/** Frames of a block, or of a night, have no reduced frame. The others have theirs. */
export class ReductionFailed extends NocturneError {
  constructor(message: string) {
    super('ReductionFailed', message);
  }
}
