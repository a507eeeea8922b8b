import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBucketName, objectFile } from '../../../embedded/s3/names.ts';

describe('bucket names', () => {
  // Examples of the Amazon S3 User Guide, "General purpose bucket naming rules".
  it.each(['docexamplebucket1', 'log-delivery-march-2020', 'my-hosted-content', 'docexamplewebsite.com', 'abc'])(
    'takes %s',
    (name) => {
      expect(() => checkBucketName(name)).not.toThrow();
    },
  );

  it.each([
    ...['doc_example_bucket', 'DocExampleBucket', 'doc-example-bucket-', 'example..com', '192.168.5.4', 'ab'],
    ...['a'.repeat(64), 'xn--bucket', 'sthree-bucket', 'bucket-s3alias', 'bucket--ol-s3', '..', '.incoming', 'a/b'],
  ])('refuses %s', (name) => {
    expect(() => checkBucketName(name)).toThrow(expect.objectContaining({ name: 'InvalidBucketName' }));
  });
});

describe('object files', () => {
  it('are below the bucket folder, whatever the key', () => {
    const segment = fc.oneof(
      fc.constantFrom('.', '..', '', '...', '.hidden', 'a', '~', '%2e%2e', '..%2f', '\\..\\', '..\\'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const key = segments.join('/');
        let file: string;
        try {
          file = objectFile('/data/s3/bucket', key);
        } catch (error) {
          expect((error as Error).name).toMatch(/^(InvalidArgument|KeyTooLongError)$/);
          return;
        }
        expect(file).toBe(`/data/s3/bucket/${key}`);
        expect(key.split('/')).not.toContain('..');
      }),
      { numRuns: 500 },
    );
  });

  it.each(['', '/', 'a/', '/a', 'a//b', 'a/../../b', '..', './a', 'a/.', 'a\0b', 'a'.repeat(256)])(
    'refuses %j',
    (key) => {
      expect(() => objectFile('/b', key)).toThrow(expect.objectContaining({ name: 'InvalidArgument' }));
    },
  );

  it('refuses keys beyond 1024 bytes of UTF-8', () => {
    expect(objectFile('/b', `${'é'.repeat(100)}/`.repeat(5).slice(0, -1))).toContain('é');
    expect(() => objectFile('/b', `${'é'.repeat(100)}/`.repeat(6).slice(0, -1))).toThrow(
      expect.objectContaining({ name: 'KeyTooLongError' }),
    );
  });
});
