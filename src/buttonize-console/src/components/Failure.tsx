import type { Sentence } from "../sentences";

/** Says what went wrong, and offers what can be done about it. */
export function Failure({
  sentence,
  onSignIn,
  onAgain,
}: {
  sentence: Sentence;
  onSignIn?: () => void;
  onAgain?: () => void;
}) {
  return (
    <section class="failure" role="alert">
      <h2>{sentence.title}</h2>
      <p>{sentence.detail}</p>
      {sentence.code !== undefined && (
        <p class="muted small">
          If you ask for help, say: <code>{sentence.code}</code>
        </p>
      )}
      {sentence.action === "sign-in" && onSignIn && (
        <button type="button" class="primary" onClick={onSignIn}>
          Sign in again
        </button>
      )}
      {sentence.action === "again" && onAgain && (
        <button type="button" onClick={onAgain}>
          Try again
        </button>
      )}
    </section>
  );
}
