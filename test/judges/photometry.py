"""
Calibrates a frame with numpy, measures its isolated stars with photutils and compares them with its truth table.
Arguments: frame, truth (ECSV), flats and biases (comma-separated files). Prints one JSON object.
"""
import json, sys, warnings
import numpy as np
from astropy.io import fits
from astropy.stats import SigmaClip
from astropy.table import Table
from photutils.aperture import ApertureStats, CircularAnnulus, CircularAperture, aperture_photometry

warnings.simplefilter('ignore')
frame, truth, flats, biases = sys.argv[1:5]
RADIUS, INNER, OUTER = 5.0, 12.0, 20.0


def section(text):
    x0, x1, y0, y1 = (int(part) for part in text.strip('[]').replace(':', ',').split(','))
    return slice(y0 - 1, y1), slice(x0 - 1, x1)


def read(path):
    """Counts above the overscan, of the image alone."""
    with fits.open(path) as hdus:
        header, data = hdus[0].header, hdus[0].data.astype(float)
    level = np.median(data[section(header['BIASSEC'])])
    return header, (data - level)[section(header['TRIMSEC'])]


header, raw = read(frame)
gain, noise = header['GAIN'], header['RDNOISE']
bias = np.mean([read(path)[1] for path in biases.split(',')], axis=0)
flat = np.mean([read(path)[1] - bias for path in flats.split(',')], axis=0)
rows, columns = flat.shape
# A magnitude zero point is that of the centre of the field.
flat /= np.median(flat[rows // 2 - 100:rows // 2 + 100, columns // 2 - 100:columns // 2 + 100])
unflat = (raw - bias) * gain
image = unflat / flat

table = Table.read(truth, format='ascii.ecsv')
trim = section(header['TRIMSEC'])
place = lambda rows: (np.array(rows['x']) - 1 - trim[1].start, np.array(rows['y']) - 1 - trim[0].start, np.array(rows['electrons']))
light = table[np.isin(table['kind'], ['star', 'faintStar', 'galaxy', 'planet'])]
all_x, all_y, all_e = place(light)
# Those of the catalogue, and those that stand for the fainter ones.
stars = table[np.isin(table['kind'], ['star', 'faintStar'])]
x, y, electrons = place(stars)
mag = np.array(stars['mag'])
rays = place(table[table['kind'] == 'cosmicRay'])

# Moffat of beta 3.5 with the width of the header, by which light of neighbours is reckoned and apertures are corrected.
fwhm = header['SEEING'] / (3600 * np.sqrt(abs(header['CD1_1'] * header['CD2_2'] - header['CD1_2'] * header['CD2_1'])))
alpha2 = (fwhm / 2) ** 2 / (2 ** (1 / 3.5) - 1)
grid = np.arange(-RADIUS + 0.05, RADIUS, 0.1)
gx, gy = np.meshgrid(grid, grid)
inside = np.hypot(gx, gy) < RADIUS


def share(distance):
    """Of a star's light that falls into an aperture at a distance from it."""
    r2 = (gx - distance) ** 2 + gy**2
    return float(np.sum((2.5 / (np.pi * alpha2)) * (1 + r2[inside] / alpha2) ** -3.5) * 0.01)


steps = np.arange(0, 60.5, 0.5)
shares = np.array([share(step) for step in steps])

margin = OUTER + 5
peak = np.array([raw[int(b), int(a)] * gain if 0 <= a < columns - 0.5 and 0 <= b < rows - 0.5 else 0 for a, b in zip(np.round(x), np.round(y))])
# Bright enough for one per cent, and where the amplifier is linear to 0.1 %.
keep = (x > margin) & (y > margin) & (x < columns - margin) & (y < rows - margin) & (electrons > 15_000) & (peak < 12_000)
neighbours = np.zeros(len(x))
for i in np.where(keep)[0]:
    distance = np.hypot(all_x - x[i], all_y - y[i])
    near = (distance > 0.01) & (distance < 60)
    neighbours[i] = np.sum(all_e[near] * np.interp(distance[near], steps, shares))
    ring = np.sum(all_e[(distance > INNER - 3) & (distance < OUTER + 3)])
    struck = np.any(np.hypot(rays[0] - x[i], rays[1] - y[i]) < OUTER + 5) if len(rays[0]) else False
    if neighbours[i] > 0.01 * electrons[i] or ring > 0.5 * electrons[i] or struck:
        keep[i] = False
places = np.transpose([x[keep], y[keep]])


def measure(data):
    annulus = ApertureStats(data, CircularAnnulus(places, INNER, OUTER), sigma_clip=SigmaClip(3.0, maxiters=10))
    apertures = CircularAperture(places, RADIUS)
    sums = np.array(aperture_photometry(data, apertures)['aperture_sum'])
    return sums - annulus.median * apertures.area, annulus.std, apertures.area


measured, scatter, area = measure(image)
without_flat, _, _ = measure(unflat)
expected = electrons[keep] * shares[0] + neighbours[keep]
ring_area = np.pi * (OUTER**2 - INNER**2)
# Light of the star, and what the sky around it scatters by, in the aperture and in the mean of the ring (1.57: of a median).
sigma = np.sqrt(expected + area * scatter**2 * (1 + 1.57 * area / ring_area))
u, v = 2 * x[keep] / columns - 1, 2 * y[keep] / rows - 1


def clipped(values):
    """Without what lies beyond five sigma of the middle: hot pixels, trails."""
    off = np.abs(values - np.median(values))
    return off < 5 * 1.4826 * np.median(off)


def trend(values):
    """Plane and radial term of values over the field, per half of its side, and the medians of nine parts of it."""
    good = clipped(values)
    design = np.stack([np.ones_like(u), u, v, u**2 + v**2 - 2 / 3], axis=1)
    weights = expected / sigma * good
    terms, *_ = np.linalg.lstsq(design * weights[:, None], values * weights, rcond=None)
    corners = [[1, a, b, a * a + b * b - 2 / 3] for a in (-0.9, 0, 0.9) for b in (-0.9, 0, 0.9)]
    cells = []
    for i in range(3):
        for j in range(3):
            cell = (np.minimum(2, np.floor((u + 1) * 1.5)) == i) & (np.minimum(2, np.floor((v + 1) * 1.5)) == j)
            cells.append(float(np.median(values[cell]) / np.median(values) - 1))
    return {'gradientX': float(terms[1]), 'gradientY': float(terms[2]), 'radial': float(terms[3]), 'fitted': float(np.ptp(np.array(corners) @ terms)), 'cells': cells}


ratio = measured / expected
airmass = header['AIRMASS']
print(json.dumps({
    'stars': int(keep.sum()),
    'outliers': int(np.sum(~clipped(ratio))),
    # About the median ratio: a constant is told by itself.
    'chi2': float(np.mean((((measured / np.median(ratio) - expected) / sigma) ** 2)[clipped(ratio)])),
    'medianRatio': float(np.median(ratio)),
    'medianSigma': float(np.median(sigma / expected)),
    'flat': trend(ratio),
    'noFlat': trend(without_flat / expected),
    'mags': [[float(a), float(b)] for a, b in zip(mag[keep], -2.5 * np.log10((measured - neighbours[keep]) / shares[0] / header['EXPTIME']))],
    'airmass': airmass,
    'fwhmPix': fwhm,
}))
