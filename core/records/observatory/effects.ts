/**
 * What can be switched off, one by one: an effect in an observatory's `without` leaves no trace in frames, times and records.
 * An effect whose parameters an observatory does not give does not happen either.
 */
export const EFFECTS = [
  // Sky
  'stars',
  'faintStars',
  'galaxies',
  'planets',
  'moonGlare',
  'starHalos',
  'satelliteTrails',
  'airglow',
  'zodiacalLight',
  'moonlight',
  'twilight',
  'cloud',
  'extinction',
  'differentialRefraction',
  'seeing',
  // Telescope
  'distortion',
  'vignetting',
  'dust',
  'pointingError',
  'trackingError',
  'focusError',
  // Detector
  'pixelResponse',
  'flatStructure',
  'shutterPattern',
  'darkCurrent',
  'hotPixels',
  'cosmicRays',
  'shotNoise',
  'fullWell',
  'bleeding',
  'nonLinearity',
  'crosstalk',
  'biasStructure',
  'readNoise',
] as const;
export type Effect = (typeof EFFECTS)[number];
