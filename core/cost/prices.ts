/** Regions whose prices are known. */
export const REGIONS = ['us-east-1', 'eu-west-1'] as const;
export type Region = (typeof REGIONS)[number];

export interface Price {
  service: string;
  /** What is counted, for people. */
  item: string;
  /** Unit in which AWS writes the price: the price is for `per` of what is counted. */
  unit: string;
  per: number;
  usd: Record<Region, number>;
  /** What every account has for nothing each month, without end; free offers for new accounts are none. */
  freePerMonth?: number;
  /** Where the price stands. */
  source: string;
  /** The day on which it stood there; absent where it was found without a date. */
  asOf: Partial<Record<Region, string>>;
}

const everywhere = (usd: number): Record<Region, number> => ({ 'us-east-1': usd, 'eu-west-1': usd });

const MILLION = 1e6;
const stepFunctions = { service: 'Step Functions', source: 'https://aws.amazon.com/step-functions/pricing/' };
const lambda = { service: 'Lambda', source: 'https://aws.amazon.com/lambda/pricing/' };
const dynamodb = { service: 'DynamoDB', source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/' };
const s3 = { service: 'S3', source: 'https://aws.amazon.com/s3/pricing/' };
const cloudWatch = { service: 'CloudWatch', source: 'https://aws.amazon.com/cloudwatch/pricing/' };
const eventBridge = { service: 'EventBridge', source: 'https://aws.amazon.com/eventbridge/pricing/' };

/**
 * Public prices in USD without tax: the first tier of each, Lambda on ARM, Standard workflows, tables on demand. To change
 * them: take them from the source, for every region, with the day.
 */
export const PRICES = {
  stateTransitions: {
    ...stepFunctions,
    item: 'state transitions',
    unit: '1,000 transitions',
    per: 1000,
    usd: everywhere(0.025),
    freePerMonth: 4000,
    asOf: { 'us-east-1': '2026-03-14' },
  },
  lambdaRequests: {
    ...lambda,
    item: 'requests',
    unit: '1,000,000 requests',
    per: MILLION,
    usd: everywhere(0.2),
    freePerMonth: MILLION,
    asOf: { 'eu-west-1': '2026-10-01' },
  },
  lambdaGbSeconds: {
    ...lambda,
    item: 'duration, ARM',
    unit: 'GB-second',
    per: 1,
    usd: everywhere(0.0000133334),
    freePerMonth: 400_000,
    asOf: { 'eu-west-1': '2026-10-01' },
  },
  dynamodbReads: {
    ...dynamodb,
    item: 'read request units',
    unit: '1,000,000 units',
    per: MILLION,
    usd: { 'us-east-1': 0.125, 'eu-west-1': 0.1415 },
    asOf: { 'us-east-1': '2025-07-21', 'eu-west-1': '2026-09-11' },
  },
  dynamodbWrites: {
    ...dynamodb,
    item: 'write request units',
    unit: '1,000,000 units',
    per: MILLION,
    usd: { 'us-east-1': 0.625, 'eu-west-1': 0.705 },
    asOf: { 'us-east-1': '2025-07-21', 'eu-west-1': '2026-09-11' },
  },
  dynamodbStorage: {
    ...dynamodb,
    item: 'storage',
    unit: 'GB-month',
    per: 1,
    usd: { 'us-east-1': 0.25, 'eu-west-1': 0.283 },
    freePerMonth: 25,
    asOf: { 'eu-west-1': '2026-09-11' },
  },
  dynamodbRecovery: {
    ...dynamodb,
    item: 'point-in-time recovery',
    unit: 'GB-month',
    per: 1,
    usd: { 'us-east-1': 0.2, 'eu-west-1': 0.22 },
    asOf: { 'eu-west-1': '2026-09-11' },
  },
  s3Puts: {
    ...s3,
    item: 'PUT, LIST requests',
    unit: '1,000 requests',
    per: 1000,
    usd: everywhere(0.005),
    asOf: { 'us-east-1': '2026-08-26', 'eu-west-1': '2026-09-28' },
  },
  s3Gets: {
    ...s3,
    item: 'GET requests',
    unit: '1,000 requests',
    per: 1000,
    usd: everywhere(0.0004),
    asOf: { 'us-east-1': '2026-08-26', 'eu-west-1': '2026-09-28' },
  },
  s3Standard: {
    ...s3,
    item: 'Standard',
    unit: 'GB-month',
    per: 1,
    usd: everywhere(0.023),
    asOf: { 'us-east-1': '2026-08-26', 'eu-west-1': '2026-09-28' },
  },
  s3InfrequentAccess: {
    ...s3,
    item: 'Standard-IA',
    unit: 'GB-month',
    per: 1,
    usd: everywhere(0.0125),
    asOf: { 'us-east-1': '2026-08-26' },
  },
  s3Glacier: {
    ...s3,
    item: 'Glacier Instant Retrieval',
    unit: 'GB-month',
    per: 1,
    usd: everywhere(0.004),
    asOf: { 'us-east-1': '2026-08-26' },
  },
  s3ToInfrequentAccess: {
    ...s3,
    item: 'transitions to Standard-IA',
    unit: '1,000 transitions',
    per: 1000,
    usd: everywhere(0.01),
    asOf: {},
  },
  s3ToGlacier: {
    ...s3,
    item: 'transitions to Glacier IR',
    unit: '1,000 transitions',
    per: 1000,
    usd: everywhere(0.02),
    asOf: {},
  },
  logsIngested: {
    ...cloudWatch,
    item: 'logs written',
    unit: 'GB',
    per: 1,
    usd: { 'us-east-1': 0.5, 'eu-west-1': 0.57 },
    freePerMonth: 5,
    asOf: { 'us-east-1': '2026-06-13', 'eu-west-1': '2026-09-22' },
  },
  logsStored: {
    ...cloudWatch,
    item: 'logs kept',
    unit: 'GB-month',
    per: 1,
    usd: everywhere(0.03),
    asOf: { 'eu-west-1': '2026-09-22' },
  },
  alarms: {
    ...cloudWatch,
    item: 'alarm metrics',
    unit: 'metric-month',
    per: 1,
    usd: everywhere(0.1),
    freePerMonth: 10,
    asOf: { 'eu-west-1': '2026-09-22' },
  },
  dashboards: {
    ...cloudWatch,
    item: 'dashboard',
    unit: 'dashboard-month',
    per: 1,
    usd: everywhere(3),
    // Free ones have up to 50 metrics each; this one has more.
    asOf: { 'us-east-1': '2026-06-13' },
  },
  traces: {
    service: 'X-Ray',
    item: 'traces',
    unit: '1,000,000 traces',
    per: MILLION,
    usd: everywhere(5),
    freePerMonth: 100_000,
    source: 'https://aws.amazon.com/xray/pricing/',
    asOf: {},
  },
  events: {
    ...eventBridge,
    item: 'events of nights and of stored objects',
    unit: '1,000,000 events',
    per: MILLION,
    usd: everywhere(1),
    asOf: { 'us-east-1': '2026-03-13' },
  },
  keys: {
    service: 'KMS',
    item: 'key of the notices',
    unit: 'key-month',
    per: 1,
    usd: everywhere(1),
    source: 'https://aws.amazon.com/kms/pricing/',
    asOf: { 'us-east-1': '2026-03-14', 'eu-west-1': '2026-03-14' },
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
