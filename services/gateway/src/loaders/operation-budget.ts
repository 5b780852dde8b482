import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { GraphQLError } from 'graphql';

/** What one operation may use, for each event of a subscription. */
export interface BudgetLimits {
  /** Values of the result. Each field of each item is one. */
  readonly resultValuesMax: number;
  /** Bytes that mirrors send, and bytes of the texts and numbers of the result. */
  readonly bytesMax: number;
}

/** A limit that an operation exceeded while it ran. */
export type RunLimit = 'values' | 'bytes-read' | 'bytes-returned' | 'time';

export interface BudgetOptions extends BudgetLimits {
  /** Called for each limit that the operation exceeds. */
  readonly onLimit?: (limit: RunLimit) => void;
  /** Called for each turn in which the operation lets other work run. */
  readonly onTurn?: () => void;
}

/** Values that an operation completes before other work runs. They take about a millisecond. */
const SLICE_VALUES = 1_000;
/**
 * Lists and read values that continue in one turn. The keys that they read next are one request to
 * a mirror.
 */
const TURN_ITEMS = BATCH_KEYS_MAX;

/**
 * Counts the work of one operation while it runs. The cost of its document is an estimate, because
 * the length of a list is not known before it is read. An operation over a limit ends as a whole.
 */
export class OperationBudget {
  readonly #limits: BudgetOptions;
  readonly #end: (error: Error) => void;
  #values = 0;
  #bytesRead = 0;
  #bytesSent = 0;
  #sliceEnd = SLICE_VALUES;
  /** What waits for a turn, the oldest first. */
  #waiting: (() => void)[] = [];

  /** `end` stops the operation. */
  constructor(limits: BudgetOptions, end: (error: Error) => void) {
    this.#limits = limits;
    this.#end = end;
  }

  /** The budget of the same operation if it runs once more. What it has read still counts. */
  restarted(): OperationBudget {
    const budget = new OperationBudget(this.#limits, this.#end);
    budget.#bytesRead = this.#bytesRead;
    return budget;
  }

  /** Whether other work should run before this operation continues. */
  get isSliceOver(): boolean {
    return this.#values >= this.#sliceEnd;
  }

  /** Counts bytes of a mirror. Throws if they are too many. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
    if (this.#bytesRead > this.#limits.bytesMax) {
      this.#refuse('bytes-read', this.#tooManyBytes('reads'));
    }
  }

  /** Counts values of the result. Throws if they are too many. */
  complete(values: number, bytes: number): void {
    this.#values += values;
    this.#bytesSent += bytes;
    const { resultValuesMax, bytesMax } = this.#limits;
    if (this.#values > resultValuesMax) {
      this.#refuse(
        'values',
        new GraphQLError(
          `The result has more than ${resultValuesMax} values, the limit (QUICK_RESULT_VALUES_MAX of a gateway). Select fewer fields, fewer keys or a smaller page.`,
          { extensions: { code: 'QUERY_TOO_COMPLEX', retry: 'never', http: { status: 400 } } },
        ),
      );
    }
    if (this.#bytesSent > bytesMax) {
      this.#refuse('bytes-returned', this.#tooManyBytes('returns'));
    }
  }

  /** Whether the operation is so large that its reads must wait for turns too. */
  get isLarge(): boolean {
    return this.#values > SLICE_VALUES;
  }

  /** Resolves after other work of this process has run. */
  yield(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) {
        setImmediate(this.#takeTurn);
      }
    });
  }

  readonly #takeTurn = (): void => {
    const ready = this.#waiting.slice(0, TURN_ITEMS);
    this.#waiting = this.#waiting.slice(TURN_ITEMS);
    this.#sliceEnd = this.#values + SLICE_VALUES;
    this.#limits.onTurn?.();
    if (this.#waiting.length > 0) {
      setImmediate(this.#takeTurn);
    }
    ready.forEach((resolve) => resolve());
  };

  #tooManyBytes(verb: 'reads' | 'returns'): AppError {
    return new AppError(
      'TOO_MANY_ITEMS',
      `The operation ${verb} more than ${this.#limits.bytesMax} bytes, the limit (QUICK_OPERATION_BYTES_MAX of a gateway). Select fewer fields, fewer keys or a smaller page.`,
    );
  }

  #refuse(limit: RunLimit, error: Error): never {
    this.#limits.onLimit?.(limit);
    this.#end(error);
    throw error;
  }
}
