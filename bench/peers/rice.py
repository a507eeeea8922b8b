"""Compresses the image of a FITS file with fitsio (CFITSIO), RICE_1, into memory; a line in, milliseconds out."""

import sys
import time

try:
    import fitsio
except ImportError:
    sys.exit('this interpreter has no fitsio: install it (pip install fitsio) or name another one in NOCTURNE_PYTHON')

image = fitsio.read(sys.argv[1])
print(f'fitsio {fitsio.__version__}, CFITSIO {fitsio.cfitsio_version()}', flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    with fitsio.FITS('mem://', 'rw') as out:
        out.write(image, compress='rice')
        out[-1].write_checksum()
    print((time.perf_counter() - begin) * 1000, flush=True)
