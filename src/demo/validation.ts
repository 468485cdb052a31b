import { type Answer, type DemoRequest, isRecord, jsonAnswer, jsonBody } from './exchange.js';

/** A body in which the wanted fields are text. */
type Fields<Name extends string> = Readonly<Record<Name, string>> & Readonly<Record<string, unknown>>;

/** The fields of a JSON body, all of them text, or the 422 answer that lists every problem as the real backend does. */
export function textFields<Name extends string>(
  request: DemoRequest,
  names: readonly Name[],
): { readonly fields: Fields<Name> } | Answer {
  const body = jsonBody(request);
  if (body === undefined) {
    return unprocessable([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }]);
  }
  if (!isRecord(body)) {
    return unprocessable([
      { type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid dictionary', input: body },
    ]);
  }
  const problems = names.flatMap((name) => {
    const value = body[name];
    if (typeof value === 'string') return [];
    if (value === undefined) return [{ type: 'missing', loc: ['body', name], msg: 'Field required', input: body }];
    return [{ type: 'string_type', loc: ['body', name], msg: 'Input should be a valid string', input: value }];
  });
  return problems.length > 0 ? unprocessable(problems) : { fields: body as Fields<Name> };
}

function unprocessable(problems: readonly object[]): Answer {
  return jsonAnswer(422, { detail: problems });
}
