/** Components as AI-CRM's installations name them: these have the same colours on every board, in this order. */
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
