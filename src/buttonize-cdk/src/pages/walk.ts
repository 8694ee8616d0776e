import { Tokenization } from "aws-cdk-lib";
import { isKnown } from "../context";
import { ActionIntent, AwsActionIntent, ButtonizeActionIntent } from "./action";
import { Component } from "./component";
import { variablesProblem } from "./variables";

/** Something wrong in a page. */
export interface Problem {
  /** Where, such as `body[0].onClick`. */
  readonly where: string;
  /** What, as the rest of a sentence that begins with it. */
  readonly what: string;
}

/** Gets what is found in a page, in its order. */
export interface Visitor {
  component(where: string, component: Component): void;
  /** @param owner the component that has the action; undefined for the page itself */
  action(where: string, action: ActionIntent, owner: object | undefined): void;
  /** A page that is changed to, where it is known. */
  target(pageId: string, where: string): void;
  problem(where: string, what: string): void;
}

/** Walks through a page: components, actions and their inputs, down to the texts. All of it must be JSON in the end. */
export function walk(page: Readonly<Record<string, unknown>>, visitor: Visitor): void {
  const walker = new Walker(visitor);
  for (const [name, value] of Object.entries(page)) {
    if (value !== undefined) {
      walker.value(name, value, undefined);
    }
  }
}

class Walker {
  private readonly open = new Set<object>();

  constructor(private readonly visitor: Visitor) {}

  value(where: string, value: unknown, owner: object | undefined): void {
    if (typeof value === "string") {
      return this.text(where, value);
    }
    if (typeof value !== "object" || value === null) {
      return this.scalar(where, value);
    }
    if (Tokenization.isResolvable(value)) {
      return;
    }
    if (this.open.has(value)) {
      return this.visitor.problem(where, "contains itself; JSON cannot");
    }
    this.open.add(value);
    this.object(where, value, owner);
    this.open.delete(value);
  }

  private object(where: string, value: object, owner: object | undefined): void {
    if (value instanceof Component) {
      this.visitor.component(where, value);
      this.members(where, value.props, value);
    } else if (value instanceof AwsActionIntent) {
      this.visitor.action(where, value, owner);
      this.value(`${where}.input`, value.input, owner);
    } else if (value instanceof ButtonizeActionIntent) {
      this.visitor.action(where, value, owner);
      this.target(`${where}.newPageId`, value.newPageId);
      this.value(`${where}.newPageId`, value.newPageId, owner);
    } else if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => this.value(`${where}[${index}]`, item, owner));
    } else if ([Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
      this.members(where, value, owner);
    } else {
      this.visitor.problem(
        where,
        `is a ${value.constructor.name}, which is not JSON; give text, numbers, booleans, lists and plain objects`,
      );
    }
  }

  private members(where: string, value: object, owner: object | undefined): void {
    for (const [name, member] of Object.entries(value)) {
      // JSON leaves them out.
      if (member !== undefined) {
        this.value(`${where}.${name}`, member, owner);
      }
    }
  }

  private scalar(where: string, value: unknown): void {
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) {
      return;
    }
    const what = typeof value === "number" ? String(value) : typeof value;
    this.visitor.problem(
      where,
      `is ${what}, which is not JSON; give text, numbers, booleans, lists and plain objects`,
    );
  }

  private text(where: string, text: string): void {
    const problem = variablesProblem(text);
    if (problem !== undefined) {
      this.visitor.problem(where, problem);
    }
  }

  private target(where: string, pageId: unknown): void {
    if (typeof pageId === "string") {
      if (isKnown(pageId) && !pageId.includes("{{")) {
        this.visitor.target(pageId, where);
      }
      return;
    }
    const { positive, negative } = (pageId as { runtimeExpression: Record<string, unknown> })
      .runtimeExpression;
    this.target(where, positive);
    this.target(where, negative);
  }
}
