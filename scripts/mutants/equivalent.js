// Faults that no case of promtool can notice, because they change nothing that it sees. They are not counted. Each has its reason.
export const equivalent = [
  { name: /:still\d+m$/, what: /⟦< → <=⟧/, reason: 'the less of two equal values is either of them' },
  {
    name: /^AiCrmHost(?:DiskFillsUp|ConnectionsHigh)$|^AiCrmTaskBacklogGrowing$|^AiCrmAgentSuccessLow$|^AiCrmTaskCompletionLow$/,
    what: /⟦[<>] → [<>]=⟧(?! 0)/,
    reason: 'a slope, or a mean of a week and its spread, never meets a number exactly',
  },
  {
    name: /^AiCrmAgentIdle$/,
    what: /tasks_open:max == 0⟧$|tasks_open:max (?:⟦==|== ⟦0)/,
    reason: 'matters while a record of every hour is behind; promtool evaluates every record at every step',
  },
  {
    name: /^AiCrmFailedLoginsHigh$/,
    what: /logins_total\[15m\]\)\) ⟦(?:> → >=⟧ 20|<= → <⟧)/,
    reason: 'an increase that is extrapolated never meets a number exactly',
  },
  { name: /^AiCrmWatchdog$/, what: /vector/, reason: 'its value is in no text' },
  {
    name: /^AiCrmScrapesFailing$/,
    what: /⟦> → >=⟧ 0\.15/,
    reason: 'one minus a mean is 0.15 only by the way in which it is rounded',
  },
];
