import {
  Component,
  IComponent,
  SizeProps,
  SpacingProps,
  VariableReferenceString,
} from "./component";
import { TypeOrRuntimeIfExpression } from "./runtime-expression";

/** A column of {@link Display.grid}. */
export interface GridColumn {
  /**
   * Width: all sizes of a grid together are 4 at most.
   *
   * @default 1
   */
  readonly size?: 1 | 2 | 3 | 4;
  /** What is in the column. */
  readonly body: IComponent[];
}

/** Options of {@link Display.code}. */
export interface CodeProps extends SpacingProps, SizeProps {
  /** Language for the highlighting, such as `json`. */
  readonly language: TypeOrRuntimeIfExpression<string>;
  /** Title of the frame. */
  readonly title?: TypeOrRuntimeIfExpression<string>;
  /** @default "code" */
  readonly frame?: TypeOrRuntimeIfExpression<
    "code" | "terminal" | "none" | "auto" | VariableReferenceString
  >;
}

/** Options of {@link Display.heading}. */
export interface HeadingProps extends SpacingProps, SizeProps {
  /** Text under the heading. */
  readonly subtitle?: TypeOrRuntimeIfExpression<string>;
  /** @default 1 */
  readonly level?: TypeOrRuntimeIfExpression<1 | 2 | 3 | 4 | VariableReferenceString>;
}

/** Options of {@link Display.image}. */
export interface ImageProps extends SpacingProps, SizeProps {
  /** What the image shows, for those who do not see it. */
  readonly alt?: TypeOrRuntimeIfExpression<string>;
}

/** Options of {@link Display.section}. */
export interface SectionProps extends SpacingProps, SizeProps {
  /** Title of the section. */
  readonly label: TypeOrRuntimeIfExpression<string>;
  /** What is in the section. */
  readonly body: IComponent[];
  /** @default false */
  readonly collapsed?: TypeOrRuntimeIfExpression<boolean | VariableReferenceString>;
}

/** Options of {@link Display.video}. */
export interface VideoProps extends SpacingProps, SizeProps {
  /** @default false */
  readonly muted?: TypeOrRuntimeIfExpression<boolean | VariableReferenceString>;
}

type Plain = SpacingProps & SizeProps;
type Text = TypeOrRuntimeIfExpression<string>;

/** Components that show something. */
export const Display = {
  /** Code with highlighted syntax. */
  code: (code: Text, props: CodeProps): IComponent =>
    new Component("display.code", { code, ...props }),

  /** Components side by side. */
  grid: (columns: GridColumn[], props: SpacingProps = {}): IComponent =>
    new Component("display.grid", { columns, ...props }),

  /** A heading. */
  heading: (label: Text, props: HeadingProps = {}): IComponent =>
    new Component("display.heading", { label, ...props }),

  /** The image at an address. */
  image: (url: Text, props: ImageProps = {}): IComponent =>
    new Component("display.image", { url, ...props }),

  /** Data as formatted JSON. */
  json: (
    json: TypeOrRuntimeIfExpression<VariableReferenceString | Record<string, unknown>>,
    props: Plain = {},
  ): IComponent => new Component("display.json", { json, ...props }),

  /** Markdown. */
  markdown: (markdown: Text, props: Plain = {}): IComponent =>
    new Component("display.markdown", { markdown, ...props }),

  /** Components under a title, which can be folded away. */
  section: (props: SectionProps): IComponent => new Component("display.section", props),

  /** Plain text. */
  text: (label: Text, props: Plain = {}): IComponent =>
    new Component("display.text", { label, ...props }),

  /** The video at an address. */
  video: (url: Text, props: VideoProps = {}): IComponent =>
    new Component("display.video", { url, ...props }),
} as const;
