"""
Gain, read noise and variances of every amplifier, by numpy from files with an extension for each.
Arguments: biases, darks, sky frames (two of each, comma-separated), flats (pairs of a level, comma-separated).
Prints one JSON object for each amplifier.
"""
import json, sys
import numpy as np
from astropy.io import fits

biases, darks, skies, flats = (argument.split(',') for argument in sys.argv[1:5])


def section(text):
    x0, x1, y0, y1 = (int(part) for part in text.strip('[]').replace(':', ',').split(','))
    return slice(y0 - 1, y1), slice(x0 - 1, x1)


def read(path, extension):
    """Counts above the overscan of one amplifier."""
    with fits.open(path) as hdus:
        header, data = hdus[extension].header, hdus[extension].data.astype(float)
    return (data - np.mean(data[section(header['BIASSEC'])]))[section(header['TRIMSEC'])]


def pair(paths, extension):
    """Mean count, and variance of a pixel by the difference of two frames, in which all that is fixed goes away."""
    a, b = (read(path, extension) for path in paths)
    difference, mean = a - b, (a + b) / 2
    width = 1.4826 * np.median(np.abs(difference - np.median(difference)))
    # Cosmic rays, hot pixels and stars stand out in the difference or in the mean.
    level = np.median(mean)
    quiet = (np.abs(difference - np.median(difference)) < 5 * width) & (mean - level < 5 * max(width, 0.1 * level))
    return float(np.mean(mean[quiet])), float(np.var(difference[quiet]) / 2)


with fits.open(biases[0]) as hdus:
    extensions = [(hdu.name, hdu.header['GAIN'], hdu.header['RDNOISE']) for hdu in hdus[1:]]
for name, gain, noise in extensions:
    _, bias_variance = pair(biases, name)
    levels = np.array([pair(flats[i:i + 2], name) for i in range(0, len(flats), 2)])
    # Variance over mean count is one over the gain.
    slope = np.sum(levels[:, 1] - bias_variance) / np.sum(levels[:, 0])
    found = 1 / slope
    print(json.dumps({'name': name, 'gain': gain, 'noise': noise, 'foundGain': found, 'foundNoise': found * np.sqrt(bias_variance - 1 / 12),
                      'levels': levels[:, 0].tolist(), 'bias': bias_variance, 'dark': pair(darks, name), 'sky': pair(skies, name)}))
