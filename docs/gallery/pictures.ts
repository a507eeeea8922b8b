/** One frame of a picture. */
export interface Panel {
  /** Arguments of `nocturne expose`. */
  args: string;
  /** Sections that take the place of the observatory's camera's, or its mount's. */
  camera?: object;
  mount?: object;
  /** Shows the scan columns as well. */
  whole?: boolean;
  /** Part of the frame: first column, first row, columns, rows; pixels from 0 at the lower left. */
  crop?: readonly [number, number, number, number];
}

export interface Picture {
  name: string;
  title: string;
  caption: string;
  panels: readonly Panel[];
  /** Share of the pixels below white; without it 0.998. */
  white?: number;
  /** Levels of each panel by itself; those of the last; the first frame over the second, less a bias of 1000; the first and that. */
  mode?: 'each' | 'same' | 'ratio' | 'overlay';
  crop?: Panel['crop'];
  linear?: boolean;
}

export const PICTURES: readonly Picture[] = [
  {
    name: 'm31',
    title: 'M31',
    caption:
      'Andromeda in r, 300 s, 1.03 degrees, at new Moon. M32 and NGC 205 beside it. Galaxies are smooth profiles: no arms, no dust lanes.',
    panels: [{ args: 'M31 --night 2026-11-09 --exposure 300' }],
  },
  {
    name: 'm33',
    title: 'M33',
    caption: 'The Triangulum galaxy in g, 300 s.',
    panels: [{ args: 'M33 --night 2026-11-09 --filter g --exposure 300' }],
  },
  {
    name: 'ngc1275',
    title: 'NGC 1275 and the Perseus cluster',
    caption: 'The middle 26 arcmin, r, 300 s.',
    crop: [600, 600, 860, 860],
    panels: [{ args: '"NGC 1275" --night 2026-11-09 --exposure 300' }],
  },
  {
    name: 'm15',
    title: 'Around M15',
    caption:
      'A globular cluster has a name in the twin and no light: only its brightest stars, as far as the star catalogue has them, and the stars of the field.',
    panels: [{ args: '322.493,12.167 --night 2026-11-09 --exposure 120' }],
  },
  {
    name: 'pleiades',
    title: 'The Pleiades without and with halos of bright stars',
    caption:
      'g, 60 s, 26 arcmin about Alcyone. Right: the aureole of each star, an inverse-square halo of 4 % of its light out to 5 degrees (`starHalos`).',
    mode: 'same',
    crop: [600, 600, 860, 860],
    white: 0.985,
    panels: [
      { args: '56.871,24.105 --night 2026-11-09 --filter g --exposure 60 --without starHalos' },
      { args: '56.871,24.105 --night 2026-11-09 --filter g --exposure 60' },
    ],
  },
  {
    name: 'galactic-plane',
    title: 'Cygnus without and with faint stars',
    caption:
      'r, 60 s, 13 arcmin in the middle of the field. Left: the stars of the catalogue alone (`--without faintStars`).',
    mode: 'same',
    crop: [816, 816, 416, 416],
    white: 0.9995,
    panels: [
      { args: '305,40 --at 2026-09-10T21:30:00Z --without faintStars' },
      { args: '305,40 --at 2026-09-10T21:30:00Z' },
    ],
  },
  {
    name: 'jupiter',
    title: 'Jupiter',
    caption:
      'Left: the default telescope, r, 1 s, 9.5 arcmin: it saturates, charge runs over the whole columns, the halo stands beside. Right: 0.01 s by the amateur, 1.9 arcmin: an even disc of 38 arcsec, no belts, no moons. Each has its own levels.',
    panels: [
      { args: '148.468,13.589 --at 2026-11-22T05:30:00Z --exposure 1', crop: [866, 866, 316, 316] },
      {
        args: '148.468,13.589 --observatory amateur --at 2026-11-22T05:30:00Z --exposure 0.01 --without pointingError',
        crop: [1451, 1451, 105, 105],
      },
    ],
  },
  {
    name: 'moon-near',
    title: 'One degree from the Moon',
    caption:
      'r, 2 s. Left without (`moonGlare`), right with the glare of the Moon in the optics; the Moon is to the left of the field.',
    mode: 'same',
    linear: true,
    panels: [
      { args: '18.2,12.65 --at 2026-11-21T23:00:00Z --exposure 2 --without moonGlare' },
      { args: '18.2,12.65 --at 2026-11-21T23:00:00Z --exposure 2' },
    ],
  },
  {
    name: 'bleeding',
    title: 'A star that bleeds',
    caption:
      'Aldebaran, r, 60 s, 15 arcmin. Left: charge beyond the full well is lost (`bleeding`), right: it runs along the columns.',
    mode: 'same',
    crop: [768, 768, 512, 512],
    panels: [
      { args: '68.980,16.509 --night 2026-11-09 --without bleeding' },
      { args: '68.980,16.509 --night 2026-11-09' },
    ],
  },
  {
    name: 'satellite',
    title: 'A satellite',
    caption: 'r, 300 s, after dusk, 15 arcmin: two satellites of a constellation 550 km high.',
    crop: [744, 1100, 512, 512],
    white: 0.985,
    panels: [{ args: '340,20 --at 2026-11-09T20:00:00Z --exposure 300 --seed 10' }],
  },
  {
    name: 'clouds',
    title: 'Clouds over the field',
    caption:
      'r, 5 s, 0.4 mag of cloud by moonlight. Left: the frame. Right: the frame over the same one without `cloud`, linear: brighter where the cloud scatters moonlight, with patches that drift.',
    mode: 'overlay',
    panels: [
      { args: '20,41.27 --at 2026-11-21T22:00:00Z --exposure 5 --seed 65' },
      { args: '20,41.27 --at 2026-11-21T22:00:00Z --exposure 5 --seed 65 --without cloud' },
    ],
  },
  {
    name: 'bias',
    title: 'A bias frame',
    caption:
      'With its scan columns: the lower left 256 pixels. The pattern of the columns is fixed; the scan columns have none of it.',
    crop: [0, 0, 256, 256],
    linear: true,
    panels: [{ args: '--type bias', whole: true }],
  },
  {
    name: 'dark',
    title: 'A dark frame',
    caption: '1200 s, the middle 512 pixels: hot pixels (single) and cosmic rays (tracks).',
    crop: [768, 768, 512, 512],
    white: 0.9996,
    panels: [{ args: '--type dark --exposure 1200' }],
  },
  {
    name: 'flat',
    title: 'A dome flat',
    caption:
      "r, 25,000 counts: vignetting, the lamp's gradient, rings of dust, wafer rings. Right: a flat by dusk, without the lamp, with its own levels.",
    linear: true,
    mode: 'each',
    panels: [
      { args: '--type flat --night 2026-11-09 --level 25000' },
      { args: '--type flat --light dusk --at 2026-11-09T18:50:00Z --level 25000' },
    ],
  },
  {
    name: 'dust-drift',
    title: 'Two flats four weeks apart',
    caption:
      'The first divided by the second, means of 4 x 4 pixels: dust that has walked leaves half-moons, what stays (vignetting, rings of the wafer) leaves nothing.',
    mode: 'ratio',
    linear: true,
    panels: [
      { args: '--type flat --night 2026-11-09 --level 25000' },
      { args: '--type flat --night 2026-12-07 --level 25000' },
    ],
  },
  {
    name: 'focus',
    title: 'In focus and 300 micrometres beside it',
    caption:
      'r, 30 s, the middle 160 pixels. The width grows; the hole of the ring that a real telescope shows is not drawn.',
    mode: 'same',
    crop: [944, 944, 160, 160],
    panels: [
      { args: '290.22,37.77 --at 2026-09-10T21:30:00Z --exposure 30' },
      { args: '290.22,37.77 --at 2026-09-10T21:30:00Z --exposure 30 --focus 300' },
    ],
  },
  {
    name: 'tracking',
    title: 'A mount that drifts',
    caption:
      'The default telescope, r, 600 s, 160 pixels of the middle. Left without `trackingError`, right with a periodic error of 8 arcsec and no guider.',
    mode: 'same',
    crop: [944, 944, 160, 160],
    white: 0.99,
    panels: [
      { args: '290.22,37.77 --at 2026-09-10T21:30:00Z --exposure 600 --without trackingError' },
      {
        args: '290.22,37.77 --at 2026-09-10T21:30:00Z --exposure 600',
        mount: {
          tracking: {
            rate: 'sidereal',
            periodic: { amplitudeArcsec: 8, periodS: 480 },
            jitterRmsArcsec: 0.2,
            windShakeArcsec: 0.4,
          },
        },
      },
    ],
  },
  {
    name: 'rubin-like',
    title: 'Rubin-like, four amplifiers',
    caption:
      'r, 30 s, 13.7 arcmin, with prescan and overscan; each amplifier has its own gain and bias level. Crosstalk mirrors bright stars into the other quarters.',
    panels: [
      {
        args: '53.0,-27.9 --observatory rubin-like --at 2026-11-10T02:00:00Z --exposure 30',
        whole: true,
      },
    ],
  },
  {
    name: 'ztf-like',
    title: 'ZTF-like',
    caption: 'r, 30 s, 52 arcmin.',
    panels: [{ args: 'M33 --observatory ztf-like --night 2026-11-09 --exposure 30' }],
  },
  {
    name: 'amateur',
    title: "An amateur's garden",
    caption: 'r, 120 s, 54 arcmin, under a suburban sky.',
    panels: [{ args: 'M33 --observatory amateur --night 2026-11-09 --exposure 120' }],
  },
];
