/** Requests whose operation cannot be spelled from method and sub-resource. */
const irregular: Record<string, string> = {
  'GET bucket': 'ListObjects',
  'POST bucket': 'PostObject',
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versions': 'ListObjectVersions',
  'PUT bucket object-lock': 'PutObjectLockConfiguration',
  'GET bucket object-lock': 'GetObjectLockConfiguration',
  'PUT bucket publicAccessBlock': 'PutPublicAccessBlock',
  'GET bucket publicAccessBlock': 'GetPublicAccessBlock',
  'DELETE bucket publicAccessBlock': 'DeletePublicAccessBlock',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object uploadId': 'UploadPart',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
  'GET object uploadId': 'ListParts',
  'POST object select': 'SelectObjectContent',
  'POST object restore': 'RestoreObject',
};

/** Query parameters that make a request another operation (Amazon S3 API reference). */
const subResources = [
  ...[
    'uploadId',
    'uploads',
    'delete',
    'acl',
    'tagging',
    'policy',
    'policyStatus',
    'versioning',
    'versions',
    'location',
  ],
  ...['lifecycle', 'cors', 'notification', 'encryption', 'logging', 'website', 'replication', 'accelerate'],
  ...['requestPayment', 'ownershipControls', 'publicAccessBlock', 'object-lock', 'analytics', 'inventory', 'metrics'],
  ...['intelligent-tiering', 'attributes', 'legal-hold', 'retention', 'torrent', 'select', 'restore', 'session'],
  ...['abac', 'annotation', 'renameObject', 'metadataConfiguration', 'metadataTable', 'metadataInventoryTable'],
  ...['metadataJournalTable', 'metadataAnnotationTable'],
];

/** The sub-resource that a query names; undefined for the plain bucket or object. */
export function subResourceOf(query: URLSearchParams): string | undefined {
  return subResources.find((name) => query.has(name));
}

const verbs: Record<string, string> = { GET: 'Get', PUT: 'Put', POST: 'Post', DELETE: 'Delete', HEAD: 'Head' };

/** The name of an operation, for the error that says it is not served, such as `PutBucketTagging`. */
export function operationName(method: string, kind: 'bucket' | 'object', subResource: string | undefined): string {
  const regular = irregular[subResource === undefined ? `${method} ${kind}` : `${method} ${kind} ${subResource}`];
  if (regular !== undefined) return regular;
  const words = (subResource ?? '').split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${verbs[method] ?? method}${kind === 'bucket' ? 'Bucket' : 'Object'}${words.join('')}`;
}
