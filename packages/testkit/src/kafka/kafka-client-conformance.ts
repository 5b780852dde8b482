import { afterAll, beforeAll, describe } from 'vitest';

import { ConformanceBench, type CreateClient } from './conformance-bench.ts';
import { testCompression } from './conformance-compression.ts';
import { testFaults } from './conformance-faults.ts';
import { testReading } from './conformance-reading.ts';
import { testTopics } from './conformance-topics.ts';
import { testTransactions } from './conformance-transactions.ts';
import { testWriting } from './conformance-writing.ts';

/**
 * What every implementation of the Kafka ports must do, on a real broker, with Kafka's own Java
 * clients as the second opinion. Called from a test file of the implementation.
 */
export function registerKafkaClientConformance(name: string, createClient: CreateClient): void {
  describe(`the Kafka ports over ${name}`, () => {
    let bench: ConformanceBench;
    beforeAll(() => {
      bench = new ConformanceBench(createClient);
    });
    afterAll(() => bench[Symbol.asyncDispose]());

    describe('reading', () => {
      testReading(() => bench);
    });
    describe('topics', () => {
      testTopics(() => bench);
    });
    describe('transactions', () => {
      testTransactions(() => bench);
    });
    describe('compression', () => {
      testCompression(() => bench);
    });
    describe('writing', () => {
      testWriting(() => bench);
    });
    describe('faults', () => {
      testFaults(createClient);
    });
  });
}
