"""
Aperture photometry of a frame with photutils, against its truth table. Arguments: frame, table (ECSV), flats (comma-separated), biases (comma-separated),
FWHM in pixels, share of the light in the aperture is measured against the expected one. Prints JSON.
"""
import json, sys, warnings
import numpy as np
from astropy.io import fits
from astropy.table import Table
from astropy.stats import SigmaClip
from photutils.aperture import CircularAperture, CircularAnnulus, ApertureStats, aperture_photometry

warnings.simplefilter('ignore')
frame, truth, flats, biases, aperture_pix = sys.argv[1:6]
radius = float(aperture_pix)

def section(text):
    x0, x1, y0, y1 = (int(part) for part in text.strip('[]').replace(':', ',').split(','))
    return slice(y0 - 1, y1), slice(x0 - 1, x1)

def read(path):
    """Overscan-corrected, trimmed, in ADU."""
    with fits.open(path) as hdus:
        header, data = hdus[0].header, hdus[0].data.astype(float)
    if 'BIASSEC' in header:
        data = data - np.median(data[section(header['BIASSEC'])], axis=1, keepdims=True).mean()
    return header, data[section(header['TRIMSEC'])]

header, data = read(frame)
bias = np.mean([read(path)[1] for path in biases.split(',')], axis=0)
flat = np.mean([read(path)[1] - bias for path in flats.split(',')], axis=0)
flat /= np.median(flat[flat.shape[0] // 4:-flat.shape[0] // 4, flat.shape[1] // 4:-flat.shape[1] // 4])
gain, noise = header['GAIN'], header['RDNOISE']
image = (data - bias) / flat * gain
rows, columns = section(header['TRIMSEC'])
table = Table.read(truth, format='ascii.ecsv')
stars = table[table['kind'] == 'star']
x, y = np.array(stars['x']) - 1 - columns.start, np.array(stars['y']) - 1 - rows.start
electrons = np.array(stars['electrons'])
every = table[np.isin(table['kind'], ['star', 'faintStar', 'galaxy', 'planet'])]
ex, ey, ee = np.array(every['x']) - 1 - columns.start, np.array(every['y']) - 1 - rows.start, np.array(every['electrons'])
margin = 4 * radius
peak = np.array([data[int(b), int(a)] if 0 <= a < data.shape[1] and 0 <= b < data.shape[0] else 0 for a, b in zip(np.round(x), np.round(y))])
keep = (x > margin) & (y > margin) & (x < image.shape[1] - margin) & (y < image.shape[0] - margin) & (electrons > 5000)
keep &= peak < 0.5 * header['SATURATE']
for i in np.where(keep)[0]:
    distance = np.hypot(ex - x[i], ey - y[i])
    near = (distance > 0.01) & (distance < 12 * radius)
    # Light of neighbours in aperture and annulus: below 0.1 % of the star's own.
    if np.sum(ee[near] * np.minimum(1, (radius / np.maximum(distance[near], radius)) ** 3)) > 1e-3 * electrons[i]:
        keep[i] = False
x, y, electrons = x[keep], y[keep], electrons[keep]
places = np.transpose([x, y])
annulus = ApertureStats(image, CircularAnnulus(places, 3 * radius, 5 * radius), sigma_clip=SigmaClip(3.0, maxiters=10))
apertures = CircularAperture(places, radius)
measured = np.array(aperture_photometry(image, apertures)['aperture_sum']) - annulus.mean * apertures.area
sky = annulus.mean
variance = np.maximum(measured, 0) + apertures.area * (np.maximum(sky, 0) + noise**2 + gain**2 / 12) * (1 + apertures.area / (np.pi * 16 * radius**2))
print(json.dumps({'x': x.tolist(), 'y': y.tolist(), 'electrons': electrons.tolist(), 'measured': measured.tolist(), 'sigma': np.sqrt(variance).tolist(), 'sky': sky.tolist()}))
