/** A `{{ }}` expression: JMESPath over what the page's inputs and actions have stored. */
export type VariableReferenceString = `{{${string}}}`;

/** Vertical space. */
export type SpacingUnits = "none" | "sm" | "md" | "lg" | "xl" | VariableReferenceString;

/** Width in columns of four. */
export type WidthUnits = 1 | 2 | 3 | 4 | VariableReferenceString;

/** Space around a component. */
export interface SpacingProps {
  /** Space above. */
  readonly spacingTop?: SpacingUnits;
  /** Space below. */
  readonly spacingBottom?: SpacingUnits;
}

/** Size of a component. */
export interface SizeProps {
  /** Width in columns of four. */
  readonly width?: WidthUnits;
}

/** A component of a page; made by `Display.…` and `Input.…`. */
export interface IComponent {
  /** What it is, such as `display.heading`. */
  readonly typeName: string;
  /** What it shows and does. Components can be nested in it. */
  readonly props: Readonly<Record<string, unknown>>;
}

/** @internal */
export class Component implements IComponent {
  readonly props: Readonly<Record<string, unknown>>;

  constructor(
    readonly typeName: string,
    props: object,
  ) {
    this.props = { ...props };
  }
}
