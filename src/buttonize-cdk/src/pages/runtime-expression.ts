/** Compares two values while the page is used; `{{variables}}` in them are replaced first. */
export type MathOperator =
  | { readonly eq: [string, string] }
  | { readonly gt: [string, string] }
  | { readonly lt: [string, string] }
  | { readonly gte: [string, string] }
  | { readonly lte: [string, string] };

/** Combines comparisons. */
export type LogicalOperator =
  | { readonly and: (LogicalOperator | MathOperator)[] }
  | { readonly or: (LogicalOperator | MathOperator)[] }
  | { readonly not: LogicalOperator | MathOperator };

/** One of two values, chosen while the page is used; made by {@link B.if}. */
export interface RuntimeIfExpression<Result> {
  readonly runtimeExpression: {
    readonly typeName: "if";
    readonly statement: MathOperator | LogicalOperator;
    readonly positive: Result;
    readonly negative: Result;
  };
}

/** A value, or an expression that chooses one. */
export type TypeOrRuntimeIfExpression<Value> =
  Value | RuntimeIfExpression<TypeOrRuntimeIfExpression<Value>>;

/**
 * Conditions in a page, decided while it is used. They work for properties of components and actions, not for the components themselves.
 *
 * @example
 * ```ts
 * Display.text(B.if(B.eq("{{plan.value}}", "pro"), "Thank you!", "Have a look at our plans."));
 * ```
 */
export abstract class B {
  /**
   * Chooses one of two values; values can be expressions again.
   *
   * @param statement what decides, such as `B.eq("{{plan.value}}", "pro")`
   * @param positive the value where it holds
   * @param negative the value where it does not
   */
  static if<Result = string>(
    statement: MathOperator | LogicalOperator,
    positive: TypeOrRuntimeIfExpression<Result>,
    negative: TypeOrRuntimeIfExpression<Result>,
  ): RuntimeIfExpression<TypeOrRuntimeIfExpression<Result>> {
    return { runtimeExpression: { typeName: "if", statement, positive, negative } };
  }

  /** Whether both are the same. */
  static eq(left: string, right: string): MathOperator {
    return { eq: [left, right] };
  }

  /** Whether the left one is greater. */
  static gt(left: string, right: string): MathOperator {
    return { gt: [left, right] };
  }

  /** Whether the left one is less. */
  static lt(left: string, right: string): MathOperator {
    return { lt: [left, right] };
  }

  /** Whether the left one is greater, or both are the same. */
  static gte(left: string, right: string): MathOperator {
    return { gte: [left, right] };
  }

  /** Whether the left one is less, or both are the same. */
  static lte(left: string, right: string): MathOperator {
    return { lte: [left, right] };
  }

  /** Whether all hold. */
  static and(...operands: (LogicalOperator | MathOperator)[]): LogicalOperator {
    return { and: operands };
  }

  /** Whether one of them holds. */
  static or(...operands: (LogicalOperator | MathOperator)[]): LogicalOperator {
    return { or: operands };
  }

  /** Whether it does not hold. */
  static not(operand: LogicalOperator | MathOperator): LogicalOperator {
    return { not: operand };
  }
}
