import t from 'tap';
import { answered, answerTo, isAnswered, namesText, notKnown } from '../../src/stack/finding.js';
import { ProgramFailure } from '../../src/stack/other-program.js';

const failure = new ProgramFailure('failed', 'http://p: 500', '');

t.test('a program that does not answer is a result, and any other error is thrown', async (t) => {
  t.equal(await answerTo(Promise.resolve(7)), 7);
  t.equal(await answerTo(Promise.reject(failure)), failure);
  await t.rejects(answerTo(Promise.reject(new TypeError('a mistake'))), { message: 'a mistake' });
  t.strictSame([isAnswered(failure), isAnswered(0)], [false, true]);
  t.strictSame([answered(failure), answered(undefined), answered('')], [undefined, undefined, '']);
});

t.test('what is not known says why, and where to look if the program gives no advice', async (t) => {
  const unknown = { subject: 'rules', level: 'unknown', text: 'not known: http://p: 500' };
  t.strictSame(notKnown('rules', failure), { ...unknown, remedy: 'see the log of that program' });
  t.strictSame(notKnown('rules', new ProgramFailure('failed', 'http://p: 500', 'wait')), {
    ...unknown,
    remedy: 'wait',
  });
});

t.test('up to ten names are listed, and of more names the number', async (t) => {
  const names = (count: number) => namesText(Array.from({ length: count }, (_, index) => `n${index + 1}`));
  t.equal(names(2), 'n1, n2');
  t.equal(names(10), 'n1, n2, n3, n4, n5, n6, n7, n8, n9, n10');
  t.equal(names(12), 'n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 and 2 more');
});
