import { startAiCrm } from '../../simulator/ai-crm.js';

/** A separate process that simulates AI-CRM. It answers as slowly as the real one. Its first message has its addresses. */
async function main(): Promise<void> {
  const { urls } = await startAiCrm({ hasLatency: true });
  process.send?.(urls);
  // The channel closes when the benchmark ends, even after a crash.
  process.on('disconnect', () => process.exit());
}

await main();
