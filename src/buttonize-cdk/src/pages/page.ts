import { ActionIntent, AwsActionIntent } from "./action";
import { Component, IComponent } from "./component";
import { Problem, Visitor, walk } from "./walk";

/** Contents of a page. */
export interface ButtonizeAppPageProps {
  /** The components, from top to bottom. */
  readonly body: IComponent[];

  /**
   * Actions that run when the page is opened; each result is stored in the variable of its key.
   *
   * @default none
   */
  readonly initialState?: { readonly [id: string]: ActionIntent };

  /** @default the name of the app */
  readonly title?: string;

  /** @default the description of the app */
  readonly subtitle?: string;
}

/** What a page does, and what is wrong with it. */
export interface PageContents {
  readonly invocations: readonly AwsActionIntent[];
  /** Ids of the pages that it changes to, as far as they are known. */
  readonly targets: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads a page. */
export function readPage(props: ButtonizeAppPageProps): PageContents {
  const reader = new PageReader();
  walk(
    {
      title: props.title,
      subtitle: props.subtitle,
      initialState: props.initialState,
      body: props.body,
    },
    reader,
  );
  return reader;
}

class PageReader implements Visitor, PageContents {
  readonly invocations: AwsActionIntent[] = [];
  readonly targets: string[] = [];
  readonly problems: Problem[] = [];
  private readonly inputs = new Set<string>();
  private readonly actions = new Map<string, { action: object; owner: object | undefined }>();

  component(where: string, component: Component): void {
    const { id, columns } = component.props;
    if (component.typeName.startsWith("input.") && component.typeName !== "input.button") {
      this.input(where, id);
    }
    if (component.typeName === "display.grid") {
      this.grid(where, columns);
    }
  }

  action(where: string, action: ActionIntent, owner: object | undefined): void {
    const { id } = action.props;
    if (id !== undefined) {
      this.actionId(where, id, action, owner);
    }
    if (action instanceof AwsActionIntent) {
      this.invocations.push(action);
      if (/\{\{/.test(action.input.Qualifier ?? "")) {
        this.problem(
          where,
          "has a variable in 'Qualifier', but its role may invoke only what is known at synthesis; name the version or alias",
        );
      }
    }
  }

  /** An expression's branches are walked as well, so that all pages it can change to are seen. */
  target(pageId: string): void {
    this.targets.push(pageId);
  }

  problem(where: string, what: string): void {
    this.problems.push({ where, what });
  }

  private input(where: string, id: unknown): void {
    if (typeof id !== "string" || id.trim() === "") {
      return this.problem(
        where,
        "has no 'id'; give it one, so that its value can be used as {{id}}",
      );
    }
    if (this.inputs.has(id)) {
      this.problem(where, `has the id '${id}' of another input of the page; give each its own`);
    }
    if (this.actions.has(id)) {
      this.problem(where, `has the id '${id}' of an action of the page; give each its own`);
    }
    this.inputs.add(id);
  }

  /** The branches of one button's expression may share an id, and so may one action used twice. */
  private actionId(where: string, id: string, action: object, owner: object | undefined): void {
    const known = this.actions.get(id);
    if (id.trim() === "") {
      this.problem(where, "has an empty 'id'; give it one, or leave it out");
    } else if (this.inputs.has(id)) {
      this.problem(
        where,
        `stores its result under '${id}', which an input of the page has; give it another id`,
      );
    } else if (known !== undefined && known.action !== action && known.owner !== owner) {
      this.problem(where, `has the id '${id}' of another action of the page; give each its own`);
    }
    this.actions.set(id, { action, owner });
  }

  private grid(where: string, columns: unknown): void {
    const sizes = (columns as { size?: number }[]).map(({ size }) => size ?? 1);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.some((size) => ![1, 2, 3, 4].includes(size)) || total > 4) {
      this.problem(
        where,
        `has columns of ${sizes.join(" + ")}; sizes are 1 to 4, and 4 at most together`,
      );
    }
  }
}
