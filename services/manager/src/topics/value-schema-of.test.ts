import { expect, test } from 'vitest';

import { printType } from '../gateways/gateway-schema.ts';
import { valueSchemaOf } from './value-schema-of.ts';

const SDL = `
  type Query { member(id: ID!): Member @topic(name: "members", keyArgument: "id") }
  "A reader"
  type Member {
    id: ID!
    role: Role!
    books: [Book!]!
    contact: Contact
    friend: Member
    since: DateTime! @field(name: "@since")
    loans: Book @topic(name: "loans", keyField: "id")
    score: Score @rest(url: "http://127.0.0.1:1/score")
  }
  enum Role { READER STAFF }
  type Book { title: String! }
  extend type Book { pages: Int }
  type Mail { address: String! }
  type Phone { number: Long! }
  union Contact = Mail | Phone
  type Score { points: Int }
`;

test('the schema of a value has every type it refers to, without fields of other sources', () => {
  const { type, types } = valueSchemaOf(printType(SDL, 'member'), 'member');
  expect(type).toBe('Member!');
  expect(types).toMatchObject({
    Member: {
      fields: {
        id: 'ID!',
        role: 'Role!',
        books: '[Book!]!',
        contact: 'Contact',
        friend: 'Member',
        '@since': 'DateTime!',
      },
    },
    Role: { symbols: ['READER', 'STAFF'] },
    Book: { fields: { title: 'String!', pages: 'Int' } },
    Contact: { members: ['Mail', 'Phone'] },
    Mail: { fields: { address: 'String!' } },
    Phone: { fields: { number: 'Long!' } },
  });
  expect(types['Member']).not.toHaveProperty('fields.loans');
  expect(types['Member']).not.toHaveProperty('fields.score');
});
