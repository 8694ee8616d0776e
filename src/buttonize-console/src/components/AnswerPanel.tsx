import type { Answer } from "../run";

/** What is to be said of an answer in one sentence. */
export function titleOf(answer: Answer): string {
  return answer.kind === "answer" ? "The function answered" : "The function ran and failed";
}

/** What the function answered, or how it failed. */
export function AnswerPanel({ answer }: { answer: Answer }) {
  return answer.kind === "answer" ? (
    <section class="card answer">
      <h2>
        {titleOf(answer)} <span class="muted small">in {answer.milliseconds} ms</span>
      </h2>
      <pre tabIndex={0} role="region" aria-label="Answer">
        {answer.body}
      </pre>
    </section>
  ) : (
    <section class="card function-error">
      <h2>
        {titleOf(answer)} <span class="muted small">after {answer.milliseconds} ms</span>
      </h2>
      <p>{messageIn(answer.body)}</p>
      <p class="muted small">
        This is the function's own error. Its log in CloudWatch says more; look for the request id
        below.
      </p>
      <details>
        <summary>The whole error</summary>
        <pre tabIndex={0} role="region" aria-label="The whole error">
          {answer.body}
        </pre>
      </details>
    </section>
  );
}

/** Lambda's runtimes write errors as `{errorMessage, errorType, …}`. */
function messageIn(body: string): string {
  try {
    const error = JSON.parse(body) as { errorMessage?: unknown; errorType?: unknown };
    return typeof error.errorMessage === "string" && error.errorMessage !== ""
      ? error.errorMessage
      : String(error.errorType ?? "It did not say why.");
  } catch {
    return "It did not say why.";
  }
}
