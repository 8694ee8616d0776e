import { useEffect, useState } from "preact/hooks";
import type { Setting } from "../configuration";
import { ControlPlane, type App, type Me } from "../controlPlane";
import { Runner } from "../run";
import { sentenceOf, type Sentence } from "../sentences";
import type { SignIn } from "../signIn";
import { AppList } from "./AppList";
import { Failure } from "./Failure";
import { RunForm } from "./RunForm";

interface Props {
  me: Me;
  signIn: SignIn;
  setting: Setting;
  /** What the person had typed, for the app that the address names. */
  draft: string | null;
  onSignIn: (draft: string | null) => void;
}

/** An app whose form is there; it stays with what was typed and with a call that is out, also while another one is shown. */
interface Opened {
  key: string;
  app: App;
  runner: Runner;
  draft: string | null;
}

/** What the list of an organization's apps is. */
type Apps =
  { kind: "loading" } | { kind: "failed"; sentence: Sentence } | { kind: "there"; apps: App[] };

/** Pick an organization and an app, then run one of its functions. The address says both choices. */
export function Workbench({ me, signIn, setting, draft, onSignIn }: Props) {
  const [place, setPlace] = useState(() => placeOf(me));
  const [list, setList] = useState<Apps>({ kind: "loading" });
  const [opened, setOpened] = useState<Opened[]>([]);
  const [attempt, setAttempt] = useState(0);
  const { organizationId, appId } = place;

  useEffect(() => {
    const follow = () => setPlace(placeOf(me));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [me]);

  useEffect(() => {
    if (organizationId === undefined) {
      return;
    }

    let isCurrent = true;
    const show = (next: Apps) => isCurrent && setList(next);
    setList({ kind: "loading" });
    new ControlPlane(signIn.accessToken).apps(organizationId).then(
      (apps) => show({ kind: "there", apps }),
      (fault: unknown) => show({ kind: "failed", sentence: sentenceOf(fault) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [organizationId, attempt]);

  const app = list.kind === "there" ? chosenOf(list.apps, organizationId, appId) : undefined;
  const key = app && `${app.organizationId}/${app.appId}`;
  useEffect(() => {
    if (app === undefined || opened.some((o) => o.key === key)) {
      return;
    }

    const runner = new Runner(
      app.organizationId,
      app,
      signIn.accessToken,
      signIn.isSignedIn,
      setting.configuration.lambdaEndpoint,
    );
    // What was typed belongs to the first app that is opened: the one that the address named all the time.
    setOpened([...opened, { key: key!, app, runner, draft: opened.length === 0 ? draft : null }]);
  }, [key]);

  if (organizationId === undefined) {
    return <NoOrganization />;
  }

  return (
    <div class="workbench">
      <ClockNote offset={setting.clockOffset} />
      <section class="choose" aria-label="Choose an app">
        <label for="organization">Organization</label>
        <select
          id="organization"
          value={organizationId}
          onChange={(event) => go(event.currentTarget.value)}
        >
          {me.organizations.map((o) => (
            <option key={o.organizationId} value={o.organizationId}>
              {o.name}
            </option>
          ))}
        </select>
        {list.kind === "failed" ? (
          <Failure
            sentence={list.sentence}
            onSignIn={() => onSignIn(null)}
            onAgain={() => setAttempt(attempt + 1)}
          />
        ) : (
          <AppList
            apps={list.kind === "there" ? list.apps : null}
            chosen={app?.appId}
            onChoose={(chosen) => go(organizationId, chosen)}
          />
        )}
      </section>
      {list.kind === "there" && app === undefined && appId !== undefined && <NoSuchApp />}
      {opened.map((o) => (
        <RunForm
          key={o.key}
          app={o.app}
          runner={o.runner}
          draft={o.draft}
          isShown={o.key === key}
          onSignIn={onSignIn}
        />
      ))}
    </div>
  );
}

/** The app that the address names; the first one where it names none. One that is not there is not replaced by another. */
function chosenOf(apps: App[], organizationId?: string, appId?: string): App | undefined {
  const inOrganization = apps.filter((a) => a.organizationId === organizationId);
  return appId === undefined ? inOrganization[0] : inOrganization.find((a) => a.appId === appId);
}

function go(organizationId: string, appId?: string): void {
  location.hash = appId === undefined ? `/${organizationId}` : `/${organizationId}/${appId}`;
}

/** What the address says; the first organization where it names none of the person's. */
function placeOf(me: Me): { organizationId: string | undefined; appId: string | undefined } {
  const [, organization, app] = location.hash.split("/");
  const isTheirs = me.organizations.some((o) => o.organizationId === organization);
  return isTheirs
    ? { organizationId: organization, appId: app }
    : { organizationId: me.organizations[0]?.organizationId, appId: undefined };
}

function NoOrganization() {
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

function NoSuchApp() {
  return (
    <section class="empty" role="status">
      <h1>This app is not here</h1>
      <p>It is not there any more, or you may not use it. Choose another one.</p>
    </section>
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
