import { startAiCrm } from '../../simulator/ai-crm.js';

/**
 * A process of its own that plays AI-CRM, its answers as slow as the real ones, and tells its addresses first.
 */
async function main(): Promise<void> {
  const { urls } = await startAiCrm({ hasLatency: true });
  process.send?.(urls);
  // The channel ends with the benchmark, however that ended.
  process.on('disconnect', () => process.exit());
}

await main();
