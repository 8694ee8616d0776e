import { ActionIntent } from "./action";
import {
  Component,
  IComponent,
  SizeProps,
  SpacingProps,
  VariableReferenceString,
} from "./component";
import { TypeOrRuntimeIfExpression } from "./runtime-expression";

type Text = TypeOrRuntimeIfExpression<string>;
type Flag = TypeOrRuntimeIfExpression<boolean | VariableReferenceString>;

/** Options of {@link Input.button}. */
export interface ButtonProps extends SpacingProps, SizeProps {
  /** Text of the button. */
  readonly label: Text;
  /** What a click does. */
  readonly onClick: TypeOrRuntimeIfExpression<ActionIntent>;
  /** What is done after that, such as `Action.buttonize.app.changePage(…)`. */
  readonly onClickFinished?: TypeOrRuntimeIfExpression<ActionIntent>;
  /** @default "primary" */
  readonly kind?: TypeOrRuntimeIfExpression<
    "primary" | "secondary" | "tertiary" | VariableReferenceString
  >;
  /** @default "default" */
  readonly intent?: TypeOrRuntimeIfExpression<
    "default" | "positive" | "negative" | VariableReferenceString
  >;
  /** @default false */
  readonly disabled?: Flag;
}

/** One choice of {@link Input.select}. */
export interface InputSelectOption {
  /** What is shown. */
  readonly label: string;
  /** What is stored. */
  readonly value: string | number | boolean;
}

/** What the inputs that store something have in common. */
export interface InputProps extends SpacingProps, SizeProps {
  /** The variable that the input is stored in, as in `{{id}}`; once in a page. */
  readonly id: string;
  /** Text above the input. */
  readonly label?: Text;
  /** @default false */
  readonly disabled?: Flag;
}

/** Options of {@link Input.select}. */
export interface SelectProps extends InputProps {
  /** The choices. */
  readonly options: TypeOrRuntimeIfExpression<InputSelectOption[] | VariableReferenceString>;
  /** Text while nothing is chosen. */
  readonly placeholder?: Text;
  /** Whether several can be chosen. @default false */
  readonly multi?: Flag;
  /** What is chosen at first. */
  readonly initialValue?: TypeOrRuntimeIfExpression<
    InputSelectOption | InputSelectOption[] | VariableReferenceString
  >;
}

/** Options of {@link Input.text}. */
export interface TextProps extends InputProps {
  /** Text while it is empty. */
  readonly placeholder?: Text;
  /** What is in it at first. */
  readonly initialValue?: Text;
}

/** Options of {@link Input.toggle}. */
export interface ToggleProps extends InputProps {
  /** @default false */
  readonly initialValue?: Flag;
}

/** Components that people use. */
export const Input = {
  /** A button. */
  button: (props: ButtonProps): IComponent => new Component("input.button", props),
  /** A choice; it stores the option, so its value is `{{id.value}}`. */
  select: (props: SelectProps): IComponent => new Component("input.select", props),
  /** A line of text. */
  text: (props: TextProps): IComponent => new Component("input.text", props),
  /** A switch. */
  toggle: (props: ToggleProps): IComponent => new Component("input.toggle", props),
} as const;
