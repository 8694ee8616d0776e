import type { App } from "../controlPlane";

/** The apps that the person may use, as a group of radio buttons: arrow keys choose. */
export function AppList({
  apps,
  chosen,
  onChoose,
}: {
  apps: App[] | null;
  chosen: string | undefined;
  onChoose: (appId: string) => void;
}) {
  if (apps === null) {
    return (
      <p class="muted" role="status">
        Looking for apps …
      </p>
    );
  }

  if (apps.length === 0) {
    return (
      <div class="empty">
        <h2>No app here that you may use</h2>
        <p>Deploy one with the AWS CDK construct, or ask for a group that gives you one.</p>
      </div>
    );
  }

  return (
    <fieldset class="apps">
      <legend>App</legend>
      {apps.map((app) => (
        <label key={app.appId} class="app">
          <input
            type="radio"
            name="app"
            value={app.appId}
            checked={app.appId === chosen}
            onChange={() => onChoose(app.appId)}
          />
          <span class="app-text">
            <span class="app-name">{app.name}</span>
            {app.description !== "" && <span class="muted small">{app.description}</span>}
            <span class="chips">
              <span class="chip">{app.stage}</span>
              <Status app={app} />
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Status({ app }: { app: App }) {
  if (app.suspension !== null) {
    return <span class="chip bad">suspended</span>;
  }

  switch (app.verification.status) {
    case "verified":
      return <span class="chip good">verified</span>;
    case "pending":
      return <span class="chip">not proven yet</span>;
    default:
      return <span class="chip bad">failed</span>;
  }
}
