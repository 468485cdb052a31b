/** The documents whose metrics are ready-made: those of the documented AI-CRM. */
export const presetNames = ['ai_crm_metrics', 'ai_crm_agents_metrics', 'ai_crm_business_metrics'] as const;

/** See `presetNames`. */
export type PresetName = (typeof presetNames)[number];
