/** Usual names of components. Each has the same colour on every board, in this order. */
export const componentNames = [
  'backend',
  'database',
  'frontend',
  'gateway',
  'monitoring',
  'pm_gateway',
  'postgres',
  'redis',
] as const;
