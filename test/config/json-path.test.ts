import t from 'tap';
import { JsonPath, jsonPathProblem, maxDescent } from '../../src/config/json-path.js';

const document = {
  orders: [
    { id: 1, state: 'open', tags: ['a', 'b'] },
    { id: 2, state: 'done', tags: [] },
  ],
  'odd name': { deep: { id: 3 } },
  nothing: null,
  count: 5,
};

const found = (path: string, from: unknown = document) =>
  [...new JsonPath(path).nodes(from)].map(({ value, location }) => [location.join('/'), value]);

t.test('a path finds values and their places, in the order of the document', (t) => {
  t.strictSame(found('$'), [['', document]]);
  t.strictSame(found('$.count'), [['count', 5]]);
  t.strictSame(found('$.orders[*].id'), [
    ['orders/0/id', 1],
    ['orders/1/id', 2],
  ]);
  t.strictSame(found('$.orders[?@.state == "done"]["id", "state"]'), [
    ['orders/1/id', 2],
    ['orders/1/state', 'done'],
  ]);
  t.strictSame(found('$..id'), [
    ['orders/0/id', 1],
    ['orders/1/id', 2],
    ['odd name/deep/id', 3],
  ]);
  t.strictSame(found('$.orders..tags[0]'), [['orders/0/tags/0', 'a']]);
  t.strictSame(found('$.nothing..id'), []);
  t.strictSame(found('$..id', 5), []);
  t.end();
});

t.test('a single value is distinguished from no value and from several', (t) => {
  t.match(new JsonPath('$.count').only(document), { value: 5, location: ['count'] });
  t.equal(new JsonPath('$.gone').only(document), 'missing');
  t.equal(new JsonPath('$.orders[*].id').only(document), 'several');
  t.end();
});

t.test('an empty list has a place, and a path through a missing key has none', (t) => {
  const hasPlace = (path: string) => new JsonPath(path).hasPlace(document);
  t.ok(hasPlace('$.orders[1].tags[*]'));
  t.ok(hasPlace('$.orders[*].gone'));
  t.ok(hasPlace('$.gone'));
  t.notOk(hasPlace('$.gone.orders[*]'));
  t.notOk(hasPlace('$.nothing[*]'), 'null is not a place');
  t.notOk(hasPlace('$.count[*]'), 'a number is not a place');
  t.end();
});

t.test('the names of a path are the keys in it, not those of the document', (t) => {
  t.strictSame([...new JsonPath('$.orders[*]["odd name", "b"][0]').names], ['orders', 'odd name', 'b']);
  t.end();
});

t.test('a search in all levels ends with an error in a document that is nested too deeply', (t) => {
  const nested = (depth: number, wrap: (inner: unknown) => unknown) => {
    let value: unknown = 1;
    for (let level = 0; level < depth; level++) value = wrap(value);
    return value;
  };
  for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
    const deepest = nested(maxDescent - 2, wrap);
    t.equal(found('$..*', deepest).length, maxDescent - 2);
    t.throws(() => found('$..*', [deepest]), { message: 'nested too deeply' });
    t.throws(() => found('$..*', { deepest }), { message: 'nested too deeply' });
  }
  t.end();
});

t.test('a short message says why a text is not a path', (t) => {
  t.equal(jsonPathProblem('$.a'), undefined);
  t.equal(jsonPathProblem('a'), 'it begins with $');
  t.equal(jsonPathProblem('$.'), 'it is incomplete');
  t.notMatch(jsonPathProblem('$["hunter2"'), 'hunter2', 'the message does not contain the path');
  t.end();
});
