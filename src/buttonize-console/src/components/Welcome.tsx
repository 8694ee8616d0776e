import { useEffect, useRef } from "preact/hooks";

/** What somebody sees who is not signed in. */
export function Welcome({ message, onSignIn }: { message: string | null; onSignIn: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // After a sign-out the button that had the focus is gone; who works by keyboard begins at the top.
  useEffect(() => {
    if (message !== null) {
      heading.current?.focus();
    }
  }, [message]);

  return (
    <section class="welcome">
      <h1 ref={heading} tabIndex={-1}>
        Press a button. Run a function in your own AWS account.
      </h1>
      <p class="lead">
        You sign in here; for a quarter of an hour you get the app's role under your own name; and
        your browser calls Lambda itself. What you send and what comes back never passes through
        this server.
      </p>
      {message !== null && (
        <p class="note" role="alert">
          {message}
        </p>
      )}
      <button type="button" class="primary large" onClick={onSignIn}>
        Sign in
      </button>
      <ol class="steps" aria-label="How it works">
        <li>
          <strong>Who you are</strong>
          <span>Your company's own sign-in says so.</span>
        </li>
        <li>
          <strong>What you may</strong>
          <span>Your groups decide, at every press.</span>
        </li>
        <li>
          <strong>What you did</strong>
          <span>Your company's CloudTrail has it, with your name.</span>
        </li>
      </ol>
    </section>
  );
}
