"""Truth for the scheduler's tests, by astropy: python3 generate.py > night-2026-11-21.json

La Palma, night of 2026-11-21. Air: the standard atmosphere at 2396 m, dry, 0.55 um. Airmass: Kasten & Young 1989 of the
refracted zenith distance. Passages are found by bisection on astropy's altitude; UT1 is taken as UTC, as the project does.
"""
import json
import sys
import warnings

import astropy
import numpy
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body, get_sun
from astropy.time import Time
from astropy.utils import iers

warnings.simplefilter('ignore')
iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = 'ignore'

SITE = EarthLocation(lon=-17.8816 * u.deg, lat=28.7606 * u.deg, height=2396 * u.m)
PRESSURE = 1013.25 * (1 - 2.25577e-5 * 2396) ** 5.25588 * u.hPa
TEMPERATURE = (15 - 0.0065 * 2396) * u.deg_C
TARGETS = {
    'M31': (10.6847083, 41.26875),
    'M33': (23.4620667, 30.660175),
    'NGC 1275': (49.9506667, 41.5116961),
    'M81': (148.88821, 69.06531),
    'NGC 253': (11.888, -25.28822),
    'NGC 6920': (310.98958, -80.00083),
}


def at(ms):
    time = Time(ms / 1000, format='unix')
    time.delta_ut1_utc = 0
    return time


def refracted(ms, place):
    """Altitude through the air; without it well below the horizon, where astropy's refraction has no meaning."""
    target = SkyCoord(*place, unit='deg')
    airless = target.transform_to(AltAz(obstime=at(ms), location=SITE)).alt.deg
    if airless < -2:
        return airless
    frame = AltAz(obstime=at(ms), location=SITE, pressure=PRESSURE, temperature=TEMPERATURE, obswl=0.55 * u.um)
    return target.transform_to(frame).alt.deg


def airmass(ms, place):
    z = 90 - refracted(ms, place)
    return 99 if z > 90 else 1 / (numpy.cos(numpy.radians(z)) + 0.50572 * (96.07995 - z) ** -1.6364)


def sun_altitude(ms):
    time = at(ms)
    return get_sun(time).transform_to(AltAz(obstime=time, location=SITE)).alt.deg


def hour_angle_hours(ms, place):
    time = at(ms)
    frame = AltAz(obstime=time, location=SITE)
    horizontal = SkyCoord(*place, unit='deg').transform_to(frame)
    altitude, azimuth, latitude = horizontal.alt.rad, horizontal.az.rad, SITE.lat.rad
    east = -numpy.sin(azimuth) * numpy.cos(altitude)
    meridian = numpy.sin(altitude) * numpy.cos(latitude) - numpy.cos(altitude) * numpy.cos(azimuth) * numpy.sin(latitude)
    return numpy.degrees(numpy.arctan2(east, meridian)) / 15


def moon_separation(ms, place):
    # Both as the site sees them, without the air.
    time = at(ms)
    frame = AltAz(obstime=time, location=SITE)
    moon = get_body('moon', time, SITE).transform_to(frame)
    return moon.separation(SkyCoord(*place, unit='deg').transform_to(frame)).deg


def passage(below, above, condition):
    """The instant at which a condition changes from false (at `below`) to true (at `above`)."""
    while abs(above - below) > 20:
        middle = (below + above) / 2
        below, above = (below, middle) if condition(middle) else (middle, above)
    return round((below + above) / 2)


def spans(condition, begin, end):
    """Where a condition is true: sampled every 10 minutes, the ends refined."""
    samples = numpy.arange(begin, end + 1, 600_000)
    truth = [condition(ms) for ms in samples]
    found, start = [], begin if truth[0] else None
    for a, b, was, is_ in zip(samples, samples[1:], truth, truth[1:]):
        if is_ and not was:
            start = passage(a, b, condition)
        if was and not is_:
            found.append([int(start), passage(b, a, condition)])
            start = None
    if start is not None:
        found.append([int(start), int(end)])
    return found


begin = 1795287600000  # 2026-11-21T19:00:00Z
end = 1795332600000  # 2026-11-22T07:30:00Z
probe = begin + 90 * 60_000
print(
    json.dumps(
        {
            'source': f'test/truth/scheduler/generate.py, astropy {astropy.__version__}, python {sys.version.split()[0]}, 2026-11-21',
            'beginMs': begin,
            'endMs': end,
            'probeMs': probe,
            'sunBelow': {str(limit): spans(lambda ms, limit=limit: sun_altitude(ms) <= limit, begin, end) for limit in (-12, -18)},
            'sunAltitudeAtProbeDeg': sun_altitude(probe),
            'targets': [
                {
                    'name': name,
                    'raDeg': place[0],
                    'decDeg': place[1],
                    'altitudeRefractedDeg': refracted(probe, place),
                    'airmass': float(airmass(probe, place)) if refracted(probe, place) > 0 else None,
                    'hourAngleHours': float(hour_angle_hours(probe, place)),
                    'moonSeparationDeg': moon_separation(probe, place),
                    'airmassBelow2': spans(lambda ms, place=place: airmass(ms, place) <= 2, begin, end),
                }
                for name, place in TARGETS.items()
            ],
        },
        indent=2,
    )
)
