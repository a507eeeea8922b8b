"""Solves frames blind with astrometry.net and compares the solution with the frame's own WCS. Prints one JSON object per frame."""
import json, os, subprocess, sys, tempfile, warnings
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

warnings.simplefilter('ignore')
for path in sys.argv[1:]:
    with fits.open(path) as hdus:
        header = hdus[0].header
    own = WCS(header)
    x0, x1, y0, y1 = (int(part) for part in header['TRIMSEC'].strip('[]').replace(':', ',').split(','))
    with tempfile.TemporaryDirectory() as work:
        # The frame's WCS is hidden: only the pixels, and the width to 10 %, are known.
        with fits.open(path) as hdus:
            data = hdus[0].data[y0 - 1:y1, x0 - 1:x1]
            fits.PrimaryHDU(data).writeto(os.path.join(work, 'field.fits'))
        width = (x1 - x0 + 1) * abs(own.proj_plane_pixel_scales()[0].value)
        subprocess.run(['solve-field', '--no-plots', '--overwrite', '--scale-units', 'degwidth', '--scale-low', str(0.9 * width),
                        '--scale-high', str(1.1 * width), '--cpulimit', '20', '--downsample', '2', '--objs', '150', '--crpix-center', '--tweak-order', '2',
                        os.path.join(work, 'field.fits')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        solution = os.path.join(work, 'field.wcs')
        if not os.path.exists(solution):
            print(json.dumps({'path': path, 'solved': False}))
            continue
        found = WCS(fits.getheader(solution))
        with fits.open(os.path.join(work, 'field.corr')) as hdus:
            matched = hdus[1].data
            residual = np.hypot(matched['field_x'] - matched['index_x'], matched['field_y'] - matched['index_y'])
            stars = np.stack([matched['index_ra'], matched['index_dec'], matched['field_x'], matched['field_y']])
        # Where the frame's own WCS puts the matched catalogue stars, against where they were found.
        ox, oy = own.all_world2pix(stars[0], stars[1], 1)
        offset = np.hypot(ox - (x0 - 1) - stars[2], oy - (y0 - 1) - stars[3])
        print(json.dumps({'path': path, 'solved': True, 'matched': len(residual), 'solutionRmsPix': float(np.sqrt(np.mean(residual**2))),
                          'ownMedianPix': float(np.median(offset)), 'own90Pix': float(np.quantile(offset, 0.9))}))
