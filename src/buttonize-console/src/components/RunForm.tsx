import { useId, useRef, useState } from "preact/hooks";
import type { App } from "../controlPlane";
import type { Answer, Runner } from "../run";
import { sentenceOf, type Sentence } from "../sentences";
import { AnswerPanel, titleOf } from "./AnswerPanel";
import { Failure } from "./Failure";
import { SessionPanel } from "./SessionPanel";

type Outcome =
  | { kind: "none" }
  | { kind: "running" }
  | { kind: "answered"; answer: Answer }
  | { kind: "failed"; sentence: Sentence };

interface Props {
  app: App;
  runner: Runner;
  draft: string | null;
  isShown: boolean;
  onSignIn: (draft: string) => void;
}

/** Choose a function, write its payload, press the button, read the answer. */
export function RunForm({ app, runner, draft, isShown, onSignIn }: Props) {
  const [functionArn, setFunctionArn] = useState(app.functionArns[0] ?? "");
  const [payload, setPayload] = useState(draft ?? "{}");
  const [mistake, setMistake] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" });
  const payloadField = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  const run = async () => {
    // The button stays where it is while a call is out, so that the focus does; pressing it again does nothing.
    if (outcome.kind === "running" || functionArn === "") {
      return;
    }

    const found = mistakeIn(payload);
    setMistake(found);
    if (found !== null) {
      payloadField.current?.focus();
      return;
    }

    setOutcome({ kind: "running" });
    try {
      setOutcome({ kind: "answered", answer: await runner.run(functionArn, payload) });
    } catch (fault) {
      setOutcome({ kind: "failed", sentence: sentenceOf(fault) });
    }
  };

  return (
    <section class="run" aria-label={app.name} hidden={!isShown}>
      <h1>{app.name}</h1>
      {app.suspension !== null && (
        <p class="note" role="status">
          This app is suspended: {app.suspension.reason}
        </p>
      )}
      <form
        class="card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <FunctionField
          id={`${id}-function`}
          arns={app.functionArns}
          value={functionArn}
          onChange={setFunctionArn}
        />
        <label for={`${id}-payload`}>Payload (JSON)</label>
        <textarea
          id={`${id}-payload`}
          ref={payloadField}
          rows={7}
          spellcheck={false}
          autocomplete="off"
          value={payload}
          aria-invalid={mistake !== null}
          aria-describedby={mistake !== null ? `${id}-mistake` : undefined}
          onInput={(event) => setPayload(event.currentTarget.value)}
        />
        {mistake !== null && (
          <p id={`${id}-mistake`} class="mistake" role="alert">
            {mistake}
          </p>
        )}
        <div class="actions">
          <button
            type="submit"
            class="primary"
            aria-disabled={outcome.kind === "running" || functionArn === ""}
          >
            {outcome.kind === "running" ? "Running …" : "Run"}
          </button>
          <span class="muted small">It goes straight to AWS Lambda in {app.region}.</span>
        </div>
      </form>
      <p class="visually-hidden" role="status">
        {outcome.kind === "running" && "The function is running."}
        {outcome.kind === "answered" && titleOf(outcome.answer)}
      </p>
      {outcome.kind === "answered" && <AnswerPanel answer={outcome.answer} />}
      {outcome.kind === "failed" && (
        <Failure
          sentence={outcome.sentence}
          onSignIn={() => onSignIn(payload)}
          onAgain={() => void run()}
        />
      )}
      {outcome.kind === "answered" && <SessionPanel answer={outcome.answer} />}
    </section>
  );
}

/** A choice of what the app was deployed with; a free field where it named no functions. */
function FunctionField({
  id,
  arns,
  value,
  onChange,
}: {
  id: string;
  arns: string[];
  value: string;
  onChange: (arn: string) => void;
}) {
  return (
    <>
      <label for={id}>Function</label>
      {arns.length > 0 ? (
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {arns.map((arn) => (
            <option key={arn} value={arn} title={arn}>
              {nameOf(arn)}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          type="text"
          value={value}
          placeholder="Name or ARN of a function that the app's role allows"
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => onChange(event.currentTarget.value.trim())}
        />
      )}
    </>
  );
}

/** The part of a function's ARN after `function:`: its name, and a version or alias where there is one. */
function nameOf(arn: string): string {
  return arn.split(":").slice(6).join(":") || arn;
}

function mistakeIn(payload: string): string | null {
  try {
    JSON.parse(payload);
    return null;
  } catch (fault) {
    return `This is not JSON yet: ${(fault as Error).message}.`;
  }
}
