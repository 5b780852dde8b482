import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect } from 'vitest';

/** A network with two topics that join: purchases, each of one product. */
export interface Shop extends AsyncDisposable {
  readonly network: TestNetwork;
  /** Writes a purchase of a product that exists. */
  buy(purchase: Purchase): Promise<void>;
}

export interface Purchase {
  readonly id: string;
  readonly productId: string;
  readonly amount: number;
}

export const PRODUCTS = [
  { id: 'p1', name: 'Quicksilver barometer', price: 49.9 },
  { id: 'p2', name: 'Brass thermometer', price: 19.5 },
] as const;

export const FIRST_PURCHASE: Purchase = { id: 'a1', productId: 'p1', amount: 3 };

/** A joined query and what the shop answers to it after its start. */
export const JOINED_QUERY = '{ purchase(id: "a1") { id amount product { name price } } }';
export const JOINED_DATA = {
  purchase: { id: 'a1', amount: 3, product: { name: 'Quicksilver barometer', price: 49.9 } },
};

export async function openShop(): Promise<Shop> {
  const products = uniqueTopic('products');
  const purchases = uniqueTopic('purchases');
  const network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: products }, { name: purchases }],
    schema: schemaOf(products, purchases),
  });
  const write = async (topic: string, key: string, value: unknown): Promise<void> => {
    const answer = await network.post(topic, { key, value });
    expect(answer.status, answer.text).toBe(201);
  };
  const shop: Shop = {
    network,
    buy: (purchase) => write(purchases, purchase.id, purchase),
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
  for (const product of PRODUCTS) {
    await write(products, product.id, product);
  }
  await shop.buy(FIRST_PURCHASE);
  await untilAnswered(network);
  return shop;
}

async function untilAnswered(network: TestNetwork): Promise<void> {
  await eventually(async () => {
    expect((await network.graphql(JOINED_QUERY)).data).toEqual(JOINED_DATA);
  }, 90_000);
}

function schemaOf(products: string, purchases: string): string {
  return `
    type Query {
      "One purchase by its number."
      purchase(id: ID!): Purchase @topic(name: "${purchases}", keyArgument: "id")
      products(ids: [ID!]!): [Product] @topic(name: "${products}", keyArgument: "ids")
      allProducts: [Product!]! @topic(name: "${products}")
    }
    type Subscription {
      purchases: Purchase @topic(name: "${purchases}")
      purchase(id: ID!): Purchase @topic(name: "${purchases}", keyArgument: "id")
    }
    type Purchase {
      id: ID!
      productId: ID!
      amount: Int!
      product: Product @topic(name: "${products}", keyField: "productId")
    }
    type Product { id: ID!, name: String!, price: Float! }
  `;
}
