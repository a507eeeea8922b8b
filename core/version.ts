/** Version of this software, written into every header and provenance record; a test holds it equal to package.json. */
export const SOFTWARE_VERSION = '0.1.0';
export const SOFTWARE_NAME = 'nocturne';
