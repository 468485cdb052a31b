import t from 'tap';
import { createRandom } from '../../simulator/seeded-random.js';

const many = Array.from({ length: 3000 });

t.test('the numbers are those of mulberry32, so that a seed gives the same demo in each version', async (t) => {
  const { next } = createRandom(1);
  t.same(
    [next(), next(), next()].map((number) => Math.round(number * 2 ** 32)),
    [2693262067, 11749833, 2265367787],
  );
  t.equal(createRandom(1 + 2 ** 32).next(), createRandom(1).next(), 'the seed has 32 bits');
});

t.test('numbers, chances and choices are uniform', async (t) => {
  const random = createRandom(9);
  const numbers = many.map(() => random.next());
  t.ok(numbers.every((number) => number >= 0 && number < 1));
  t.ok(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / many.length - 0.5) < 0.02);
  t.ok(Math.abs(many.filter(() => random.chance(0.2)).length / many.length - 0.2) < 0.03);
  t.notOk(random.chance(0));
  t.ok(random.chance(1));
  for (const choose of [() => random.between(3, 6), () => random.pick([3, 4, 5, 6])]) {
    const counts = new Map<number, number>();
    for (const number of many.map(choose)) counts.set(number, (counts.get(number) ?? 0) + 1);
    t.same([...counts.keys()].sort(), [3, 4, 5, 6], 'with both ends');
    t.ok([...counts.values()].every((count) => Math.abs(count / many.length - 0.25) < 0.04));
  }
  t.throws(() => random.pick([]), new RangeError('nothing to pick from'));
});

t.test('an id is a UUID of version 4', async (t) => {
  const random = createRandom(9);
  const ids = many.slice(0, 200).map(() => random.uuid());
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(new Set(ids).size, 200);
  t.equal(new Set(ids.map((id) => id[19])).size, 4, 'with each variant');
  t.equal(new Set(ids.join('')).size, 17, 'and each digit');
});
