import { mask } from '../sensitive.js';
import type { AiCrmConfig, AiCrmLogin } from './config.js';
import { maskedHeaders, maskedTls } from './masked-http.js';

/** `ai_crm` with the file's keys and without its secrets.. */
export function maskedAiCrm(aiCrm: AiCrmConfig): unknown {
  return {
    url: aiCrm.url,
    api: aiCrm.api,
    ...(aiCrm.login && { login: maskedLogin(aiCrm.login) }),
    ...(aiCrm.collect && { collect: [...aiCrm.collect] }),
    ...(aiCrm.components && { components: [...aiCrm.components] }),
    timeout: aiCrm.timeoutSeconds,
    requests_per_hour: aiCrm.requestsPerHour,
    sample_task: { ...aiCrm.sampleTask },
    headers: maskedHeaders(aiCrm.headers),
    tls: maskedTls(aiCrm.tls),
    max_body_bytes: aiCrm.maxBodyBytes,
  };
}

function maskedLogin(login: AiCrmLogin): unknown {
  return login.kind === 'token' ? { token: mask } : { username: login.username, password: mask };
}
