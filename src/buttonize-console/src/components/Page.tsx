import icon from "../icon.svg";
import { useEffect, useState } from "preact/hooks";
import { readConfiguration, type Setting } from "../configuration";
import { ControlPlane, type Me } from "../controlPlane";
import { sentenceOf } from "../sentences";
import { SignIn } from "../signIn";
import { Failure } from "./Failure";
import { Welcome } from "./Welcome";
import { Workbench } from "./Workbench";

type State =
  | { kind: "loading" }
  | { kind: "broken"; title: string; detail: string }
  | { kind: "signed-out"; signIn: SignIn; message: string | null }
  | { kind: "signed-in"; setting: Setting; signIn: SignIn; me: Me; draft: string | null };

/** Finds out who is there, and shows what fits. */
export function Page() {
  const [state, setState] = useState<State>({ kind: "loading" });
  useEffect(() => void open().then(setState), []);
  const leave = (draft: string | null) => {
    if (state.kind === "signed-out" || state.kind === "signed-in") {
      void state.signIn.leave(draft);
    }
  };
  const signOut = () => {
    if (state.kind === "signed-in") {
      state.signIn.leaveForGood();
      setState({ kind: "signed-out", signIn: state.signIn, message: "You are signed out here." });
    }
  };

  return (
    <>
      <header class="bar">
        <span class="brand">
          <img src={icon} alt="" width="28" height="28" />
          Buttonize
        </span>
        {state.kind === "signed-in" && (
          <span class="who">
            <span>
              Signed in as <strong>{state.me.userName}</strong>
            </span>
            <button type="button" class="quiet" onClick={signOut}>
              Sign out
            </button>
          </span>
        )}
      </header>
      <main>
        {state.kind === "loading" && (
          <p class="muted" role="status">
            One moment …
          </p>
        )}
        {state.kind === "broken" && (
          <Failure
            sentence={{
              title: state.title,
              detail: state.detail,
              code: undefined,
              action: "again",
            }}
            onAgain={() => location.reload()}
          />
        )}
        {state.kind === "signed-out" && (
          <Welcome message={state.message} onSignIn={() => leave(null)} />
        )}
        {state.kind === "signed-in" && (
          <Workbench
            me={state.me}
            accessToken={state.signIn.accessToken}
            lambdaEndpoint={state.setting.configuration.lambdaEndpoint}
            clockOffset={state.setting.clockOffset}
            draft={state.draft}
            onSignIn={leave}
          />
        )}
      </main>
    </>
  );
}

async function open(): Promise<State> {
  let setting: Setting;
  try {
    setting = await readConfiguration();
  } catch (fault) {
    return {
      kind: "broken",
      title: "The control plane cannot sign anybody in just now",
      detail:
        fault instanceof TypeError
          ? "It cannot be reached. Check your connection."
          : (fault as Error).message,
    };
  }

  const signIn = new SignIn(setting);
  try {
    const draft = await signIn.comeBack();
    if (!signIn.isSignedIn) {
      return { kind: "signed-out", signIn, message: null };
    }

    const me = await new ControlPlane(signIn.accessToken).me();
    return { kind: "signed-in", setting, signIn, me, draft };
  } catch (fault) {
    const message = signIn.isSignedIn ? sentenceOf(fault) : undefined;
    return {
      kind: "signed-out",
      signIn,
      message: message ? `${message.title}. ${message.detail}` : (fault as Error).message,
    };
  }
}
