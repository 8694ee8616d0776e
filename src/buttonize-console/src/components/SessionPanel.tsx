import { useEffect, useState } from "preact/hooks";
import type { ButtonizeSession } from "buttonize-browser";
import type { Answer } from "../run";

/** As whom the function ran and until when, and what to look for in CloudTrail. */
export function SessionPanel({ answer }: { answer: Answer }) {
  const { session, requestId, functionArn } = answer;
  return (
    <section class="card session" aria-label="As whom it ran">
      <h2>As whom it ran</h2>
      <dl>
        <dt>You, to AWS</dt>
        <dd>
          <code>{session.sourceIdentity}</code>
        </dd>
        <dt>Role session</dt>
        <dd>
          <code>{session.assumedRoleArn}</code>
        </dd>
        <dt>AWS account and Region</dt>
        <dd>
          {session.accountId} · {session.region}
        </dd>
        <dt>Ends</dt>
        <dd>
          <TimeLeft session={session} />
        </dd>
      </dl>
      <h3>What to look for in CloudTrail</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              <code>AssumeRole</code>
            </td>
            <td>
              <code>requestParameters.sourceIdentity</code>
            </td>
            <td>
              <code>{session.sourceIdentity}</code>
            </td>
          </tr>
          <tr>
            <td>
              <code>Invoke</code>
            </td>
            <td>
              <code>userIdentity.sessionContext.sourceIdentity</code>
            </td>
            <td>
              <code>{session.sourceIdentity}</code>
            </td>
          </tr>
          {requestId !== undefined && (
            <tr>
              <td>
                <code>Invoke</code>
              </td>
              <td>
                <code>requestID</code>
              </td>
              <td>
                <code>{requestId}</code>
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <p class="muted small">
        AssumeRole is always in Event history. Invoke of <code>{functionArn}</code> is a data event:
        it is recorded only where the account's trail has data events for Lambda switched on.
      </p>
    </section>
  );
}

/** Minutes and seconds, counting down; a screen reader hears the time it ends, not every second. */
function TimeLeft({ session }: { session: ButtonizeSession }) {
  const [left, setLeft] = useState(session.remainingMilliseconds());
  useEffect(() => {
    setLeft(session.remainingMilliseconds());
    const timer = setInterval(() => setLeft(session.remainingMilliseconds()), 1000);
    return () => clearInterval(timer);
  }, [session]);

  const ends = session.expiration.toLocaleTimeString();
  if (left <= 0) {
    return <span>ended at {ends}; the next run gets a new one</span>;
  }

  const seconds = Math.floor(left / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <>
      <span>at {ends}</span>{" "}
      <span class="countdown" role="timer" aria-label="Time left">
        {clock} left
      </span>
    </>
  );
}
