import { Lazy, Stack } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { Action, B, ButtonizeApp, ButtonizeAppPageProps, Display, IComponent, Input } from "../src";
import { errorsOf, newFunction, newStack, only, warningsOf } from "./world";

type Make = (stack: Stack) => ButtonizeAppPageProps | IComponent[];

/** What an app with this page, and a second one, fails with. */
function problems(make: Make): string[] {
  const stack = newStack();
  const made = make(stack);
  const page = Array.isArray(made) ? { body: made } : made;
  return new ButtonizeApp(stack, "App")
    .page("Start", page)
    .page("Done", { body: [] })
    .node.validate();
}

const change = (page: Parameters<typeof Action.buttonize.app.changePage>[0]) =>
  Input.button({ label: "Go", onClick: Action.buttonize.app.changePage(page) });
const invoke = (stack: Stack, input = {}, id?: string) =>
  Action.aws.lambda.invoke(
    (stack.node.tryFindChild("Discounts") as ReturnType<typeof newFunction>) ?? newFunction(stack),
    input,
    id === undefined ? {} : { id },
  );
const nest = (...body: IComponent[]) => [
  Display.section({ label: "More", body: [Display.grid([{ size: 4, body }])] }),
];

describe("pages that are as they should be", () => {
  it.each<[string, Make]>([
    ["every component", everything],
    [
      "a page of the app, by either branch",
      () => [change(B.if(B.not(B.eq("{{a}}", "b")), "Done", "Start"))],
    ],
    [
      "a page that is chosen while it is used",
      () => [change("{{next}}"), change(Lazy.string({ produce: () => "Later" }))],
    ],
    [
      "JMESPath",
      () => [Display.text("{{orders[?state == 'open'].{id: id, total: total} | [0]}} and {{x}}")],
    ],
    [
      "braces that are no variables",
      () => [Display.code('{"a":{"b":{"c":1}}}', { language: "json" })],
    ],
    [
      "branches of one button that share an id",
      (stack) => [
        Input.button({
          label: "x",
          onClick: B.if(
            B.eq("{{a}}", "1"),
            invoke(stack, { Payload: { a: 1 } }, "r"),
            invoke(stack, {}, "r"),
          ),
        }),
      ],
    ],
    [
      "one action in two buttons",
      (stack) => {
        const onClick = invoke(stack, {}, "r");
        return [Input.button({ label: "x", onClick }), Input.button({ label: "y", onClick })];
      },
    ],
    [
      "an action that loads again what the page began with",
      (stack) => ({
        initialState: { r: invoke(stack) },
        body: [Input.button({ label: "x", onClick: invoke(stack, {}, "r") })],
      }),
    ],
  ])("%s", (_, make) => {
    expect(problems(make)).toEqual([]);
  });
});

describe("pages that are not", () => {
  const loop: Record<string, unknown> = {};
  loop["again"] = { loop };
  it.each<[string, Make, RegExp]>([
    [
      "an unknown page",
      () => nest(change("Doen")),
      /Page 'Start' changes to the page 'Doen', which the app does not have \(it has 'Start', 'Done'\)\. Add \.page\('Doen', …\), or mend/,
    ],
    [
      "an unknown page in a branch",
      () => [change(B.if(B.eq("a", "b"), "Done", B.if(B.eq("a", "b"), "Start", "Nowhere")))],
      /'Nowhere'/,
    ],
    [
      "an open variable",
      () => nest(Display.text("Hello {{name}")),
      /body\[0\]\.body\[0\]\.columns\[0\]\.body\[0\]\.label has '\{\{' without/,
    ],
    ["a variable that is opened twice", () => [Display.text("{{a {{b}}")], /'\{\{' without '\}\}'/],
    ["a closed variable", () => [Display.text("Hello {name}}")], /'\}\}' without '\{\{'/],
    ["an empty variable", () => [Display.text("Hello {{ }}")], /nothing in it/],
    [
      "a variable in a payload",
      (stack) => [
        Input.button({ label: "x", onClick: invoke(stack, { Payload: { deep: ["{{a"] } }) }),
      ],
      /onClick\.input\.Payload\.deep\[0\]/,
    ],
    [
      "a variable in a condition",
      () => [Display.text(B.if(B.eq("{{a", "b"), "c", "d"))],
      /label\.runtimeExpression\.statement\.eq\[0\]/,
    ],
    ["a variable in a title", () => ({ title: "{{a", body: [] }), /title has/],
    [
      "two inputs of one id",
      () => [Input.text({ id: "a" }), ...nest(Input.toggle({ id: "a" }))],
      /the id 'a' of another input/,
    ],
    ["an input without id", () => [Input.text({ id: " " })], /has no 'id'/],
    [
      "two actions of one id",
      (stack) =>
        [1, 2].map((n) =>
          Input.button({ label: "x", onClick: invoke(stack, { Payload: { n } }, "r") }),
        ),
      /the id 'r' of another action/,
    ],
    [
      "an action with the id of an input",
      (stack) => [
        Input.text({ id: "a" }),
        Input.button({ label: "x", onClick: invoke(stack, {}, "a") }),
      ],
      /'a', which an input of the page has/,
    ],
    [
      "an input with the id of an action",
      (stack) => [
        Input.button({ label: "x", onClick: invoke(stack, {}, "a") }),
        Input.text({ id: "a" }),
      ],
      /the id 'a' of an action/,
    ],
    [
      "too wide a grid",
      () => [
        Display.grid([
          { size: 3, body: [] },
          { size: 2, body: [] },
        ]),
      ],
      /columns of 3 \+ 2; sizes are 1 to 4, and 4 at most together/,
    ],
    [
      "a date in initialState",
      (stack) => ({
        initialState: { a: invoke(stack, { Payload: { at: new Date(0) } }) },
        body: [],
      }),
      /initialState\.a\.input\.Payload\.at is a Date, which is not JSON/,
    ],
    ["a function", () => [Display.json({ a: () => 1 })], /json\.a is function, which is not JSON/],
    ["no number", () => [Display.json({ a: [Number.NaN] })], /json\.a\[0\] is NaN/],
    ["a circle", () => [Display.json(loop)], /contains itself/],
    [
      "a variable as version",
      (stack) => [Input.button({ label: "x", onClick: invoke(stack, { Qualifier: "{{v}}" }) })],
      /'Qualifier'/,
    ],
    [
      "a wildcard as version",
      (stack) => [Input.button({ label: "x", onClick: invoke(stack, { Qualifier: "*" }) })],
      /has a wildcard/,
    ],
    [
      "a wildcard for a role of the action's own",
      (stack) => [
        Input.button({
          label: "x",
          onClick: Action.aws.lambda.invoke(
            newFunction(stack),
            { Qualifier: "*" },
            {
              executionRole: {
                roleArn: "arn:aws:iam::123456789012:role/Mine",
                externalId: "Zx9-the-external-id-of-this-role-q7",
              },
            },
          ),
        }),
      ],
      /has a wildcard/,
    ],
  ])("%s", (_, make, message) => {
    const found = problems(make);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it("are all named at once, with two pages of one id and one without", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App")
      .page("Start", { body: [change("Nowhere")] })
      .page("Start", { body: [] })
      .page("", { body: [Display.text("{{")] });

    const message = errorsOf(stack);
    expect(message).toContain("Two pages have the id 'Start'; give each its own.");
    expect(message).toContain("A page has an empty id");
    expect(message).toContain("'Nowhere'");
  });
});

describe("what becomes of pages", () => {
  it("is said once for each app, and they are not deployed", () => {
    const stack = newStack();
    new ButtonizeApp(stack, "App").page("One", { body: [] }).page("Two", { body: [] });

    expect(warningsOf(stack)).toEqual([expect.stringContaining("does not serve pages yet")]);
    expect(only(stack, "Custom::ButtonizeApp")).not.toHaveProperty("Body");
  });

  it("finds functions wherever they are: nested, in branches, after a click, at the beginning", () => {
    const stack = newStack();
    const [a, b, c, d] = ["A", "B", "C", "D"].map((id) =>
      Action.aws.lambda.invoke(newFunction(stack, `Fn${id}`)),
    );
    new ButtonizeApp(stack, "App").page("Start", {
      initialState: { d: d! },
      body: nest(
        Input.button({
          label: "x",
          onClick: B.if(B.eq("1", "1"), a!, B.if(B.gt("2", "1"), b!, a!)),
          onClickFinished: c!,
        }),
      ),
    });

    const arns = JSON.stringify(only(stack, "Custom::ButtonizeApp")["FunctionArns"]);
    expect([...arns.matchAll(/"Fn([A-D])/g)].map(([, id]) => id).sort()).toEqual([
      "A",
      "B",
      "C",
      "D",
    ]);
  });
});

function everything(stack: Stack): ButtonizeAppPageProps {
  const both = B.and(B.lt("{{a}}", "2"), B.or(B.lte("{{a}}", "1"), B.gte("{{a}}", "0")));
  return {
    title: "Title",
    subtitle: "For {{a}}",
    initialState: { orders: invoke(stack, { Payload: { all: true, none: null, some: [1, "x"] } }) },
    body: [
      Display.code("x", { language: "json", title: "t", frame: "terminal" }),
      Display.heading("Heading", { level: 2, subtitle: "s", spacingTop: "lg" }),
      Display.image("https://example.com/a.png", { alt: "a", width: 2 }),
      Display.json({ orders: "{{orders}}" }),
      Display.markdown("**{{a}}**"),
      Display.section({
        label: "Section",
        collapsed: true,
        body: [
          Display.grid([
            { body: [Display.text("a")] },
            { size: 3, body: [Input.text({ id: "b" })] },
          ]),
        ],
      }),
      Display.video("https://example.com/a.webm", { muted: true }),
      Input.text({ id: "a", label: "A", placeholder: "…", initialValue: "{{orders[0]}}" }),
      Input.select({ id: "c", options: [{ label: "30%", value: 30 }], multi: false }),
      Input.toggle({ id: "d", initialValue: true, disabled: "{{orders}}" }),
      Input.button({
        label: B.if(both, "Less", "More"),
        kind: "secondary",
        intent: "negative",
        onClick: invoke(stack, { Payload: { c: "{{c.value}}" } }, "result"),
        onClickFinished: Action.buttonize.app.changePage("Done"),
      }),
    ],
  };
}
