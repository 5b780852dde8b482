import type { GeneratedQuery, Selected } from './query.ts';
import type { Ref, Row, World } from './world.ts';

/**
 * The `data` of a query's answer: each field on its own, one lookup after the other, with nothing
 * of the product's.
 */
export function readNaively(world: World, { root, topic, field }: GeneratedQuery): object {
  const latest = (of: number, id: Ref): Row | undefined =>
    id === null ? undefined : world.topics[of]?.records.get(id)?.at(-1);
  const object = (of: number, row: Row | undefined, node: Selected): unknown =>
    row === undefined
      ? null
      : Object.fromEntries(node.children.map((child) => [child.alias, fieldOf(of, row, child)]));
  const list = (of: number, keys: readonly Ref[], drops: boolean, node: Selected): unknown[] =>
    keys
      .map((key) => object(of, latest(of, key), node))
      .filter((value) => !drops || value !== null);
  const fieldOf = (of: number, row: Row, node: Selected): unknown => {
    const join = world.topics[of]?.joins.find(({ name }) => name === node.name);
    if (join === undefined) {
      const members: Readonly<Record<string, unknown>> = { ...row };
      return members[node.name];
    }
    switch (join.path) {
      case 'ref':
        return object(join.topic, latest(join.topic, row.ref), node);
      case 'box.ref':
        return object(join.topic, latest(join.topic, row.box?.ref ?? null), node);
      default: {
        const keys = join.path === 'refs' ? row.refs : row.boxes?.map((box) => box?.ref ?? null);
        return keys ? list(join.topic, keys, join.shape === 'known', node) : null;
      }
    }
  };
  const read = (): unknown => {
    const { id = null, ids = [], from = 0, to = 0 } = field.args;
    const records = world.topics[topic]?.records ?? new Map<never, never>();
    switch (root) {
      case 'one':
        return object(topic, latest(topic, id), field);
      case 'all':
        return [...records.keys()].map((key) => object(topic, latest(topic, key), field));
      case 'range':
        return (id === null ? [] : (records.get(id) ?? []))
          .filter(({ at }) => at >= from && at < to)
          .map((row) => object(topic, row, field));
      case 'many':
      case 'known':
        return list(topic, ids, root === 'known', field);
    }
  };
  return { [field.alias]: read() };
}
