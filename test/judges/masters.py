"""
Master bias, dark and flat by ccdproc from raw frames, against those of core/calibration from the same files.
Arguments: 'row' or 'amplifier' (what overscan level is taken off, and how long is clipped), biases, darks, flats (comma-separated), and the
masters to be compared, as raw float32: bias, dark, flat. Prints one JSON object: for each master the largest difference and how many pixels
differ by more than rounding.

ccdproc takes off the mean of each row of the overscan, and clips once: that is 'row'. With 'amplifier' one mean of the whole overscan is taken
off, and clipping goes on until nothing more is rejected, by the function of astropy that ccdproc calls for one round.
"""
import json, sys, warnings
import numpy as np
import astropy.units as u
import ccdproc
from astropy.nddata import CCDData
from astropy.stats import sigma_clip

warnings.simplefilter('ignore')
MODE = sys.argv[1]
biases, darks, flats = (argument.split(',') for argument in sys.argv[2:5])
ours = {name: np.fromfile(path, '<f4') for name, path in zip(('bias', 'dark', 'flat'), sys.argv[5:8])}


def read(path):
    """Counts above the overscan, trimmed."""
    raw = CCDData.read(path, unit='adu')
    if MODE == 'row':
        level = ccdproc.subtract_overscan(raw, fits_section=raw.header['BIASSEC'], overscan_axis=1, median=False)
    else:
        level = raw.copy()
        level.data = raw.data - np.mean(ccdproc.trim_image(raw, fits_section=raw.header['BIASSEC']).data)
    return ccdproc.trim_image(level, fits_section=raw.header['TRIMSEC'])


def centre(data):
    height, width = data.shape
    return np.median(data[height // 4:3 * height // 4, width // 4:3 * width // 4])


def combine(frames, scale=None):
    """Mean of what is within 3 sigma (MAD) of the median."""
    if scale is not None:
        # Before anything is clipped, as levels of flats differ by more than their noise.
        frames = [frame.multiply(scale(frame.data)) for frame in frames]
    combiner = ccdproc.Combiner(frames, dtype=np.float64)
    if MODE == 'row':
        combiner.sigma_clipping(low_thresh=3, high_thresh=3, func='median', dev_func='mad_std')
    else:
        clipped = sigma_clip(combiner.data_arr.data, sigma=3, axis=0, maxiters=None, cenfunc='median', stdfunc='mad_std', masked=True)
        combiner.data_arr.mask = clipped.mask
    return combiner.average_combine()


def reduced_flat(path):
    frame = ccdproc.subtract_bias(read(path), bias)
    return ccdproc.subtract_dark(frame, dark, dark_exposure=dark_time * u.s, data_exposure=frame.header['DARKTIME'] * u.s, scale=True)


bias = combine([read(path) for path in biases])
bias.unit = u.adu
dark = combine([ccdproc.subtract_bias(read(path), bias) for path in darks])
dark.unit = u.adu
dark_time = CCDData.read(darks[0], unit='adu').header['DARKTIME']
flat = combine([reduced_flat(path) for path in flats], scale=lambda data: 1 / centre(data))
theirs = {'bias': bias.data, 'dark': dark.data, 'flat': flat.data / centre(flat.data)}
found = {}
for name, data in theirs.items():
    mine = ours[name].reshape(data.shape).astype(np.float64)
    # Hot pixels have no say in where the centre of ours is: a few millionths.
    factor = dark_time if name == 'dark' else 1 / centre(mine) if name == 'flat' else 1
    difference = np.abs(mine * factor - data)
    # Counts of 16 bits less a level are exact to 1e-4 as float32; a flat is around 1.
    rounding = 1e-6 if name == 'flat' else 1e-3
    found[name] = {'pixels': data.size, 'largest': float(difference.max()), 'typical': float(np.median(difference)),
                   'differing': int(np.sum(difference > rounding))}
print(json.dumps(found))
