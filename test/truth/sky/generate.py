#!/usr/bin/python3
"""Writes the expected values of the sky and time tests, from programs that are not ours:

    python3 test/truth/sky/generate.py <folder that holds read_sky.py>

astropy (with its bundled ephemerides, no network), an integration of the ray equation through the standard atmosphere, and
read_sky.py, the reference decoder of the star files. UT1 = UTC and no polar motion throughout, as in core/sky; a flat Earth
orientation table says so to astropy. Each file names its generator, versions and date.
"""
import datetime
import json
import math
import os
import random
import sys
import warnings

import astropy
import astropy.units as u
import erfa
import numpy as np
from astropy.coordinates import AltAz, EarthLocation, GCRS, SkyCoord, get_body, position_angle
from astropy.table import QTable
from astropy.time import Time
from astropy.utils import iers
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..', '..')
iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = 'warn'
warnings.simplefilter('ignore')

flat = QTable({
    'MJD': [40000.0, 80000.0] * u.d, 'UT1_UTC': [0.0, 0.0] * u.s,
    'PM_x': [0.0, 0.0] * u.arcsec, 'PM_y': [0.0, 0.0] * u.arcsec,
    'dX_2000A': [0.0, 0.0] * u.arcsec, 'dY_2000A': [0.0, 0.0] * u.arcsec,
})
iers.earth_orientation_table.set(iers.IERS_B(flat))

SITES = {
    'La Palma': (28.7606, -17.8816, 2396), 'Cerro Pachon': (-30.2446, -70.7494, 2663), 'equator': (0.0, 37.0, 0),
    'Tromso': (69.65, 18.95, 100), 'Dome C': (-75.1, 123.35, 3233), 'Mauna Kea': (19.8261, -155.4747, 4205),
    'Sydney': (-33.8688, 151.2093, 30), 'date line': (-17.8, 179.6, 10), 'Longyearbyen': (78.2, 15.6, 20),
}


def location(name):
    lat, lon, height = SITES[name]
    return EarthLocation.from_geodetic(lon * u.deg, lat * u.deg, height * u.m)


def time_of(ms):
    return Time(ms // 86400000 + 40587, (ms % 86400000) / 86400000, format='mjd', scale='utc')


def write(name, rows, note):
    head = {
        'generator': 'test/truth/sky/generate.py', 'date': datetime.date.today().isoformat(), 'note': note,
        'versions': {'astropy': astropy.__version__, 'pyerfa': erfa.__version__, 'numpy': np.__version__},
        'sites': {k: {'latitudeDeg': v[0], 'longitudeDeg': v[1], 'elevationM': v[2]} for k, v in SITES.items()},
    }
    lines = ',\n'.join('    ' + json.dumps(row) for row in rows)
    with open(os.path.join(HERE, name), 'w') as f:
        f.write(json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + lines + '\n ]\n}\n')


def stars():
    rng, rows = random.Random(20261121), []
    begin, end = 1704067200000, 1924991999000  # 2024 to 2030
    for i in range(220):
        name = list(SITES)[i % len(SITES)]
        loc, ms = location(name), rng.randrange(begin, end)
        ra, dec = rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1)))
        t, target = time_of(ms), SkyCoord(ra * u.deg, dec * u.deg)
        dry = target.transform_to(AltAz(obstime=t, location=loc))
        p, tc = rng.uniform(550, 1020), rng.uniform(-10, 25)
        wet = target.transform_to(AltAz(obstime=t, location=loc, pressure=p * u.hPa, temperature=tc * u.deg_C,
                                        relative_humidity=0, obswl=0.55 * u.micron))
        # Hour angle and parallactic angle from the place of date in the equinox-based system: pole and zenith as astropy has them.
        last = t.sidereal_time('apparent', longitude=loc.lon)
        gcrs = target.transform_to(GCRS(obstime=t, obsgeoloc=loc.get_gcrs_posvel(t)[0], obsgeovel=loc.get_gcrs_posvel(t)[1]))
        true = erfa.pnm06a(t.tt.jd1, t.tt.jd2) @ gcrs.cartesian.get_xyz().value
        ra_date, dec_date = math.atan2(true[1], true[0]), math.asin(true[2] / np.linalg.norm(true))
        ha = (last.rad - ra_date + math.pi) % (2 * math.pi) - math.pi
        q = position_angle(0 * u.rad, dec_date * u.rad, ha * u.rad, loc.lat)
        rows.append({
            'site': name, 'utcMs': ms, 'raDeg': ra, 'decDeg': dec, 'altitudeUnrefractedDeg': dry.alt.deg,
            'azimuthDeg': dry.az.deg, 'pressureHPa': p, 'temperatureC': tc,
            'altitudeRefractedDeg': wet.alt.deg if dry.alt.deg > 0 else None, 'hourAngleHours': math.degrees(ha) / 15,
            # The zenith stands at the target's right ascension + hour angle.
            'parallacticAngleDeg': q.wrap_at(180 * u.deg).deg,
            'sunSeparationDeg': target.separation(SkyCoord(get_body('sun', t).ra, get_body('sun', t).dec)).deg,
            'lmstHours': t.sidereal_time('mean', longitude=loc.lon).hour,
        })
    write('stars.json', rows, 'ICRS places to apparent altitude and azimuth, with and without air (dry, 0.55 um)')


def bodies():
    rng, rows = random.Random(42), []
    for i in range(90):
        name = list(SITES)[i % len(SITES)]
        loc, ms = location(name), rng.randrange(1704067200000, 1924991999000)
        t, row = time_of(ms), {'site': name, 'utcMs': ms}
        frame = AltAz(obstime=t, location=loc)
        places = {}
        for body in ('sun', 'moon'):
            altaz = get_body(body, t, loc).transform_to(frame)
            places[body] = altaz
            star = SkyCoord(alt=altaz.alt, az=altaz.az, frame=frame).icrs
            row[body] = {'altitudeUnrefractedDeg': altaz.alt.deg, 'azimuthDeg': altaz.az.deg,
                         'raDeg': star.ra.deg, 'decDeg': star.dec.deg, 'distanceKm': altaz.distance.to(u.km).value}
        elongation = places['sun'].separation(places['moon']).rad
        s, m = places['sun'].distance.to(u.km).value, places['moon'].distance.to(u.km).value
        row['phaseAngleDeg'] = math.degrees(math.atan2(s * math.sin(elongation), m - s * math.cos(elongation)))
        rows.append(row)
    write('bodies.json', rows, 'Sun and Moon from the site, astropy builtin ephemeris (epv00, moon98)')


def nights():
    rows = []
    wanted = [('La Palma', d) for d in ('2024-02-29', '2026-11-21', '2027-06-21', '2029-12-21', '2025-03-20')]
    wanted += [('Cerro Pachon', d) for d in ('2024-06-21', '2025-12-21', '2026-09-22', '2030-01-01')]
    wanted += [('equator', '2026-03-20'), ('equator', '2028-07-04'), ('Mauna Kea', '2026-11-21'), ('Sydney', '2027-01-15')]
    wanted += [('date line', '2026-05-05'), ('date line', '2026-11-21')]
    wanted += [('Tromso', d) for d in ('2026-06-21', '2026-12-21', '2026-08-10', '2026-04-10', '2026-01-14', '2026-05-17', '2026-07-26')]
    wanted += [('Dome C', d) for d in ('2026-06-21', '2026-12-21', '2026-03-21', '2026-09-01', '2026-05-04')]
    wanted += [('Longyearbyen', d) for d in ('2026-12-21', '2026-10-24', '2026-02-17', '2026-11-14')]
    for name, date in wanted:
        lat, lon, _ = SITES[name]
        loc = location(name)
        start = int(Time(date + 'T12:00:00', scale='utc').unix * 1000) - round(lon * 240000)

        def altitude(ms):
            t = Time(start / 1000 + np.asarray(ms) / 1000, format='unix', scale='utc')
            return get_body('sun', t, loc).transform_to(AltAz(obstime=t, location=loc)).alt.deg

        grid = np.arange(0, 86400001, 120000)
        alt = altitude(grid)
        low = int(np.argmin(alt))
        around = (grid[max(0, low - 1)], grid[min(len(grid) - 1, low + 1)])
        deepest = minimize_scalar(altitude, bounds=around, method='bounded', options={'xatol': 100})
        row = {'site': name, 'dayObs': int(date.replace('-', '')), 'startMs': start, 'sunLowestDeg': float(deepest.fun),
               'sunHighestDeg': float(alt.max()), 'midnightMs': start + float(deepest.x)}
        for key, limit in (('sunset', -0.833), ('civil', -6), ('nautical', -12), ('astronomical', -18)):
            before = [i for i in range(low) if alt[i] >= limit] if alt.min() < limit else []
            after = [i for i in range(low + 1, len(grid)) if alt[i] >= limit] if alt.min() < limit else []
            root = lambda i: start + brentq(lambda ms: altitude(ms) - limit, grid[i], grid[i + 1], xtol=1)
            row[key] = [root(before[-1]) if before else None, root(after[0] - 1) if after else None]
        rows.append(row)
    write('nights.json', rows, 'Sun centre at -0.833, -6, -12, -18 deg around its lowest, by root finding on astropy')


def times():
    rows = []
    for iso in ('1972-01-01T00:00:00.000', '1972-06-30T23:59:59.999', '1972-07-01T00:00:00.000', '1979-12-31T12:34:56.789',
                '1999-01-01T00:00:00.000', '2016-12-31T23:59:58.000', '2017-01-01T00:00:00.000', '2024-02-29T06:07:08.009',
                '2026-11-21T19:42:10.123', '2030-12-31T23:59:59.999', '2000-01-01T12:00:00.000'):
        t = Time(iso, scale='utc')
        # POSIX milliseconds from the standard library: astropy's unix time stretches the days that hold a leap second.
        posix = datetime.datetime.fromisoformat(iso + '+00:00').timestamp()
        rows.append({'iso': iso + 'Z', 'unixMs': round(posix * 1000), 'mjdUtc': t.mjd, 'mjdTai': t.tai.mjd, 'mjdTt': t.tt.mjd,
                     'taiMinusUtcS': round(erfa.dat(*[int(x) for x in iso[:10].split('-')], 0.0))})
    write('times.json', rows, 'time scales')


def refraction():
    """Apparent altitude to refraction: Auer & Standish 2000, AJ 119, 2472, through a dry ICAO atmosphere."""
    rows, earth = [], 6378120.0
    for height, p0, t0 in ((0, 1013.25, 288.15), (0, 1010.0, 283.15), (2396, 760.0, 285.0), (4205, 610.0, 273.15)):
        w = 0.55 ** 2
        k = 77.53484e-6 + (4.39108e-7 + 3.666e-9 / w) / w
        lapse, g_over_r = 0.0065, 9.784 * 28.9644 / 8314.32
        tropopause = max(11000 - height, 1000)
        t1 = t0 - lapse * tropopause
        p1 = p0 * (t1 / t0) ** (g_over_r / lapse)

        def index(h):
            if h <= tropopause:
                t = t0 - lapse * h
                n1 = k * p0 * (t / t0) ** (g_over_r / lapse) / t
                return 1 + n1, -n1 * (g_over_r - lapse) / t
            n1 = k * p1 * math.exp(-g_over_r * (h - tropopause) / t1) / t1
            return 1 + n1, -n1 * g_over_r / t1

        r0 = earth + height
        for altitude in (0.0, 0.5, 1, 2, 3, 5, 7, 9, 10, 12, 14, 15, 17, 20, 25, 30, 45, 60, 75, 89):
            z0 = math.radians(90 - altitude)
            invariant = index(0)[0] * r0 * math.sin(z0)

            def integrand(z):
                s = math.sin(z)
                f = lambda h: index(h)[0] * (r0 + h) * s - invariant
                h = 0.0 if f(0) >= 0 else (100000.0 if f(100000) < 0 else brentq(f, 0, 100000, xtol=1e-6))
                n, slope = index(h)
                return -(r0 + h) * slope / (n + (r0 + h) * slope)

            top = math.asin(invariant / (r0 + 100000))
            edge = math.asin(min(1, invariant / (index(tropopause)[0] * (r0 + tropopause))))
            bent = quad(integrand, top, edge, epsabs=1e-11)[0] + quad(integrand, edge, z0, epsabs=1e-11)[0]
            rows.append({'pressureHPa': p0, 'temperatureC': t0 - 273.15, 'elevationM': height,
                         'altitudeRefractedDeg': altitude, 'refractionDeg': math.degrees(bent)})
    write('refraction.json', rows, 'rays through a dry standard atmosphere, 0.55 um')


def angles():
    rng, rows = random.Random(7), []
    for i in range(60):
        ra1, dec1 = rng.uniform(0, 360), rng.uniform(-90, 90)
        scale = 10 ** rng.uniform(-7, 0)
        ra2, dec2 = (ra1 + 180 * scale) % 360, max(-90, min(90, dec1 + 90 * scale * rng.uniform(-1, 1)))
        a, b = SkyCoord(ra1 * u.deg, dec1 * u.deg), SkyCoord(ra2 * u.deg, dec2 * u.deg)
        rows.append({'raDeg1': ra1, 'decDeg1': dec1, 'raDeg2': ra2, 'decDeg2': dec2, 'separationDeg': a.separation(b).deg,
                     'positionAngleDeg': a.position_angle(b).deg, 'galacticLongitudeDeg': a.galactic.l.deg,
                     'galacticLatitudeDeg': a.galactic.b.deg})
    write('angles.json', rows, 'separation, position angle, galactic coordinates')


def cones(folder):
    sys.path.insert(0, folder)
    from read_sky import Sky
    rows = []
    for name in ('stars.bin', 'stars-faint.bin'):
        sky = Sky(os.path.join(ROOT, 'data', name))
        for ra, dec, radius, vmax in ((83.822, -5.391, 0.5, 99), (10.6847, 41.2688, 0.7, 99), (0.01, 12.3, 0.6, 99),
                                      (359.98, -33.3, 0.6, 9.5), (266.4, -29.0, 0.5, 99), (123, 90, 0.8, 99),
                                      (50, -89.7, 0.6, 99), (37.95, 89.26, 1.0, 8), (180, 0, 0.4, 99), (56.75, 24.12, 1.0, 7),
                                      (192.86, 27.13, 2.0, 99), (200, -60, 0.01, 99)):
            found = sky.cone(ra, dec, radius, vmax)
            rows.append({'file': name, 'raDeg': ra, 'decDeg': dec, 'radiusDeg': radius, 'vMax': vmax, 'count': len(found),
                         'sumRaDeg': math.fsum(s['ra'] for s in found), 'sumDecDeg': math.fsum(s['dec'] for s in found),
                         'sumV': math.fsum(s['v'] for s in found), 'unknownColours': sum(s['bv'] is None for s in found),
                         'sumBMinusV': math.fsum(s['bv'] for s in found if s['bv'] is not None),
                         'brightest': [[s['ra'], s['dec'], s['v'], s['bv']] for s in found[:5]]})
    write('cones.json', rows, 'cones of data/stars.bin and data/stars-faint.bin read by read_sky.py')


if __name__ == '__main__':
    stars(); bodies(); nights(); times(); refraction(); angles()
    cones(sys.argv[1])
