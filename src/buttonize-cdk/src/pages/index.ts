export * from "./action";
export type {
  IComponent,
  SizeProps,
  SpacingProps,
  SpacingUnits,
  VariableReferenceString,
  WidthUnits,
} from "./component";
export * from "./display";
export * from "./input";
export type { ButtonizeAppPageProps } from "./page";
export * from "./runtime-expression";
