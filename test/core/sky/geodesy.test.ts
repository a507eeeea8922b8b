import { expect, it } from 'vitest';
import { geocentricM } from '../../../core/sky/geodesy.ts';

// astropy 5.2.1, EarthLocation.from_geodetic(longitude, latitude, height), 2026-11-21.
it.each([
  [28.7606, -17.8816, 2396, 5327343.492424272, -1718795.9545783063, 3051820.413314764],
  [-30.2446, -70.7494, 2663, 1818941.206900003, -5208472.468015494, -3195168.347785158],
  [0, 0, 0, 6378137, 0, 0],
  [90, 15, 100, 0, 0, 6356852.314245179],
])('geocentric place of latitude %d, longitude %d, %d m', (latitudeDeg, longitudeDeg, elevationM, xM, yM, zM) => {
  const place = geocentricM({ latitudeDeg, longitudeDeg, elevationM });
  expect(place.xM).toBeCloseTo(xM, 6);
  expect(place.yM).toBeCloseTo(yM, 6);
  expect(place.zM).toBeCloseTo(zM, 6);
});
