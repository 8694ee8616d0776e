import { IFunction } from "aws-cdk-lib/aws-lambda";
import { ExecutionRole } from "../execution-role";
import { TypeOrRuntimeIfExpression } from "./runtime-expression";

/** Options of an action of Buttonize itself. */
export interface ButtonizeActionProps {
  /** The variable that the result is stored in; once in a page. */
  readonly id?: string;
}

/** Options of an action in AWS. */
export interface AwsActionProps extends ButtonizeActionProps {
  /** JMESPath expression that picks the part of the result to store. */
  readonly outputPath?: string;
  /**
   * Another role to run this action with: a CDK `Role` is checked and may invoke the function; of `{roleArn, externalId}` you take care.
   * The control plane uses it only once it serves pages.
   *
   * @default the app's execution role
   */
  readonly executionRole?: ExecutionRole;
}

/** Input of {@link Action.aws.lambda.invoke}: members of Lambda's `Invoke`. Strings can have `{{variables}}` in them. */
export interface LambdaInvokeInput {
  /** The event for the function; it is sent as JSON. */
  readonly Payload?: object;
  /** Version or alias to invoke. It cannot have variables, for the role may invoke exactly what it names. */
  readonly Qualifier?: string;
  /** @default "RequestResponse" */
  readonly InvocationType?: string;
  /** `Tail` to get the end of the log. */
  readonly LogType?: string;
  /** Base64 of the client context. */
  readonly ClientContext?: string;
}

/** Invokes a function. */
export class AwsActionIntent {
  /** @internal */
  constructor(
    readonly fn: IFunction,
    readonly input: LambdaInvokeInput,
    readonly props: AwsActionProps,
  ) {}

  /** The function, or the version or alias of it, that is invoked. */
  get functionArn(): string {
    const { Qualifier } = this.input;
    return Qualifier === undefined ? this.fn.functionArn : `${this.fn.functionArn}:${Qualifier}`;
  }
}

/** Goes to another page of the app. */
export class ButtonizeActionIntent {
  /** @internal */
  constructor(
    readonly newPageId: TypeOrRuntimeIfExpression<string>,
    readonly props: ButtonizeActionProps,
  ) {}
}

/** What a button does. */
export type ActionIntent = AwsActionIntent | ButtonizeActionIntent;

/** What a button can do. */
export const Action = {
  aws: {
    lambda: {
      /**
       * Invokes a function. The app's role gets `lambda:InvokeFunction` on exactly this function, version or alias.
       *
       * @example
       * ```ts
       * Action.aws.lambda.invoke(generator, { Payload: { percent: "{{percent.value}}" } }, { id: "discount" });
       * ```
       */
      invoke: (
        fn: IFunction,
        input: LambdaInvokeInput = {},
        props: AwsActionProps = {},
      ): AwsActionIntent => new AwsActionIntent(fn, input, props),
    },
  },
  buttonize: {
    app: {
      /** Goes to the page with this id, which the same app must have. */
      changePage: (
        pageId: TypeOrRuntimeIfExpression<string>,
        _input: object = {},
        props: ButtonizeActionProps = {},
      ): ButtonizeActionIntent => new ButtonizeActionIntent(pageId, props),
    },
  },
} as const;
