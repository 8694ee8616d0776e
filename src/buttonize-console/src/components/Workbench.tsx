import { useEffect, useMemo, useState } from "preact/hooks";
import { ControlPlane, type App, type Me } from "../controlPlane";
import { Runner } from "../run";
import { sentenceOf, type Sentence } from "../sentences";
import { AppList } from "./AppList";
import { Failure } from "./Failure";
import { RunForm } from "./RunForm";

type GetAccessToken = (options?: { forceRefresh?: boolean }) => Promise<string>;

interface Props {
  me: Me;
  accessToken: GetAccessToken;
  lambdaEndpoint: string | null;
  clockOffset: number;
  draft: string | null;
  onSignIn: (draft: string | null) => void;
}

/** Pick an organization and an app, then run one of its functions. The address remembers both choices. */
export function Workbench(props: Props) {
  const { me, accessToken, lambdaEndpoint, clockOffset, draft, onSignIn } = props;
  const [[linkedOrganization, linkedApp]] = useState(chosenBefore);
  const [organizationId, setOrganizationId] = useState(
    me.organizations.find((o) => o.organizationId === linkedOrganization)?.organizationId ??
      me.organizations[0]?.organizationId,
  );
  const [apps, setApps] = useState<App[] | null>(null);
  const [appId, setAppId] = useState<string | undefined>(linkedApp);
  const [failure, setFailure] = useState<Sentence | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (organizationId === undefined) {
      return;
    }

    let isCurrent = true;
    setApps(null);
    setFailure(null);
    new ControlPlane(accessToken).apps(organizationId).then(
      (found) => isCurrent && setApps(found),
      (fault: unknown) => isCurrent && setFailure(sentenceOf(fault)),
    );
    return () => {
      isCurrent = false;
    };
  }, [organizationId, attempt]);

  const app = apps?.find((a) => a.appId === appId) ?? apps?.[0];
  useEffect(() => {
    if (organizationId !== undefined && app !== undefined) {
      history.replaceState(null, "", `#/${organizationId}/${app.appId}`);
    }
  }, [organizationId, app?.appId]);

  const runner = useMemo(
    () =>
      organizationId !== undefined && app !== undefined
        ? new Runner(organizationId, app, accessToken, lambdaEndpoint)
        : null,
    [organizationId, app?.appId],
  );

  if (organizationId === undefined) {
    return (
      <section class="empty">
        <h1>You are in no organization yet</h1>
        <p>Ask somebody to invite you by e-mail, or create one with the API.</p>
        <p>
          <a href="/docs">How the API works</a>
        </p>
      </section>
    );
  }

  return (
    <div class="workbench">
      <ClockNote offset={clockOffset} />
      <section class="choose" aria-label="Choose an app">
        <label for="organization">Organization</label>
        <select
          id="organization"
          value={organizationId}
          onChange={(event) => setOrganizationId(event.currentTarget.value)}
        >
          {me.organizations.map((o) => (
            <option key={o.organizationId} value={o.organizationId}>
              {o.name}
            </option>
          ))}
        </select>
        {failure !== null && (
          <Failure
            sentence={failure}
            onSignIn={() => onSignIn(null)}
            onAgain={() => setAttempt(attempt + 1)}
          />
        )}
        {failure === null && <AppList apps={apps} chosen={app?.appId} onChoose={setAppId} />}
      </section>
      {app !== undefined && runner !== null && (
        <RunForm
          key={app.appId}
          app={app}
          runner={runner}
          draft={app.appId === linkedApp ? draft : null}
          onSignIn={onSignIn}
        />
      )}
    </div>
  );
}

/** More than AWS tolerates is worth a word; the calls themselves are signed by the server's time. */
function ClockNote({ offset }: { offset: number }) {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  return minutes < 2 ? null : (
    <p class="note wide" role="status">
      This computer's clock is about {minutes} minutes {offset > 0 ? "slow" : "fast"}. That does no
      harm here: the server's time is used.
    </p>
  );
}

function chosenBefore(): [string | undefined, string | undefined] {
  const [, organization, app] = location.hash.split("/");
  return [organization, app];
}
