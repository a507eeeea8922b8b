/**
 * The import rules of the project: who may know whom. docs/architecture.md has them in words. Every rule forbids what a
 * folder's list does not name, so a new folder is closed until somebody opens it here.
 */
const LEAVES = '^core/[a-z-]+\\.ts$';
const NPM = '^node_modules/';
const NODE = '^(node:)?[a-z_/]+$';

/** `folder` may import itself, and what matches one of `allowed`; nothing else. */
const only = (folder, ...allowed) => ({
  name: `${folder.replaceAll('/', '-')}-imports`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { pathNot: [`^${folder}/`, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    // The generator of random numbers runs in a kernel; the projection knows the polynomials of a distortion.
    {
      name: 'leaves-import-leaves-and-kernels',
      severity: 'error',
      from: { path: LEAVES },
      to: { pathNot: [LEAVES, '^core/kernels/'] },
    },
    only('core/kernels'),
    // core is pure: of packages only these, and nothing of Node (clock, environment, network, file system).
    only('core/records', LEAVES, `${NPM}zod/`),
    only('core/sky', LEAVES, `${NPM}astronomy-engine/`),
    only('core/twin', LEAVES, '^core/records/', '^core/sky/', '^core/kernels/'),
    only('core/fits', LEAVES, '^core/records/', '^core/kernels/'),
    only('core/scheduler', LEAVES, '^core/records/', '^core/sky/'),
    // Arrays and numbers alone: calibration must not know what the twin knows, nor how a file is written.
    only('core/calibration', LEAVES, '^core/records/', '^core/kernels/'),
    only('core/reduction', LEAVES, '^core/records/', '^core/calibration/', '^core/kernels/'),
    // Between the bytes of files and arrays.
    only(
      'core/products',
      LEAVES,
      '^core/records/',
      '^core/fits/',
      '^core/calibration/',
      '^core/reduction/',
      `${NPM}fast-png/`,
    ),
    only('core/provenance', LEAVES, '^core/records/'),
    only('core/cost', LEAVES, '^core/records/'),
    // From a recipe to the bytes of a file: what the twin exposes, FITS writes.
    only('core/visits', LEAVES, '^core/records/', '^core/sky/', '^core/twin/', '^core/fits/'),
    only('core/night', LEAVES, '^core/records/', '^core/sky/', '^core/scheduler/'),
    // A function knows core and the shared code, never another function; the shared code knows no function.
    {
      name: 'functions-import-core-and-shared',
      severity: 'error',
      from: { path: '^functions/([^/]+)/', pathNot: '^functions/shared/' },
      to: { pathNot: ['^functions/$1/', '^functions/shared/', '^core/', NPM, NODE] },
    },
    only('functions/shared', '^core/', NPM, NODE),
    only('embedded', NPM, NODE),
    // The command line may start the embedded engine and hand it the handlers; of core it knows records, names and the intake.
    only(
      'cli',
      LEAVES,
      '^core/records/',
      '^core/night/',
      '^core/cost/',
      // A single frame is made and replayed here, without an engine.
      '^core/visits/',
      '^core/fits/',
      '^core/products/preview\\.ts$',
      '^embedded/engine\\.ts$',
      '^embedded/lambda/types\\.ts$',
      '^embedded/events/schedule-expression\\.ts$',
      '^functions/shared/(clients|inputs|sky|plots|calibrations|calibration-requests)\\.ts$',
      // Trends of masters, and their limits in words.
      '^core/calibration/(trends|limits)\\.ts$',
      // Questions to the graph of what came from what.
      '^core/provenance/',
      '^functions/[^/]+/handler\\.ts$',
      NPM,
      NODE,
    ),
    // The CDK app knows names and noon; it reaches handlers, definitions and data by their paths, as files to deploy.
    only('infra', LEAVES, '^core/night/schedule\\.ts$', NPM, NODE),
    // What compares engines looks at a world as the command line does, and hands faults to the functions of the embedded one.
    only('localstack', LEAVES, '^cli/', '^functions/shared/clients\\.ts$', NPM, NODE),
    {
      name: 'nobody-imports-tests-or-benchmarks',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { pathNot: '^(test|bench|infra|kernels)/|\\.config\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
