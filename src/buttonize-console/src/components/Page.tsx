import icon from "../icon.svg";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readConfiguration, type Setting } from "../configuration";
import { ControlPlane, Refusal, type Me } from "../controlPlane";
import { sentenceOf } from "../sentences";
import { SignIn, type Draft } from "../signIn";
import { Failure } from "./Failure";
import { Welcome } from "./Welcome";
import { Workbench } from "./Workbench";

type State =
  | { kind: "loading" }
  | { kind: "broken"; title: string; detail: string; again: () => Promise<State> }
  | { kind: "signed-out"; signIn: SignIn; message: string | null; draft: Draft | null }
  | { kind: "signed-in"; setting: Setting; signIn: SignIn; me: Me; draft: string | null };

/** Finds out who is there, and shows what fits. */
export function Page() {
  const [state, setState] = useState<State>({ kind: "loading" });
  const show = (next: Promise<State>) => void next.then(setState);
  useEffect(() => show(open()), []);
  const signIn = (from: SignIn, draft: Draft | null) =>
    void from.leave(draft).catch(() =>
      setState({
        kind: "signed-out",
        signIn: from,
        message:
          "This browser does not let the page begin a sign-in. It needs an https address, and storage that is not blocked.",
        draft,
      }),
    );

  switch (state.kind) {
    case "loading":
      return (
        <Frame>
          <h1 class="visually-hidden">Buttonize</h1>
          <p class="muted" role="status">
            One moment …
          </p>
        </Frame>
      );
    case "broken":
      return (
        <Frame>
          <h1 class="visually-hidden">Buttonize</h1>
          <Failure
            sentence={{
              title: state.title,
              detail: state.detail,
              code: undefined,
              action: "again",
            }}
            onAgain={() => show(state.again())}
          />
        </Frame>
      );
    case "signed-out":
      return (
        <Frame>
          <Welcome message={state.message} onSignIn={() => signIn(state.signIn, state.draft)} />
        </Frame>
      );
    case "signed-in":
      return (
        <Frame
          who={state.me.userName}
          onSignOut={() => {
            state.signIn.signOut();
            setState({
              kind: "signed-out",
              signIn: state.signIn,
              message: "You are signed out here.",
              draft: null,
            });
          }}
        >
          <Workbench
            me={state.me}
            signIn={state.signIn}
            setting={state.setting}
            draft={state.draft}
            onSignIn={(payload) =>
              signIn(state.signIn, payload === null ? null : { userId: state.me.userId, payload })
            }
          />
        </Frame>
      );
  }
}

/** The bar at the top, and what is below it. */
function Frame(props: { who?: string; onSignOut?: () => void; children: ComponentChildren }) {
  return (
    <>
      <header class="bar">
        <span class="brand">
          <img src={icon} alt="" width="28" height="28" />
          Buttonize
        </span>
        {props.who !== undefined && (
          <span class="who">
            <span>
              <span class="who-words">Signed in as </span>
              <strong>{props.who}</strong>
            </span>
            <button type="button" class="quiet" onClick={props.onSignOut}>
              Sign out
            </button>
          </span>
        )}
      </header>
      <main>{props.children}</main>
    </>
  );
}

async function open(): Promise<State> {
  try {
    const setting = await readConfiguration();
    const signIn = new SignIn(setting);
    const { failure, draft } = await signIn.comeBack();
    return signIn.isSignedIn()
      ? await enter(setting, signIn, draft)
      : { kind: "signed-out", signIn, message: failure, draft };
  } catch (fault) {
    return {
      kind: "broken",
      title: "The control plane cannot sign anybody in just now",
      detail:
        fault instanceof TypeError || fault instanceof DOMException
          ? "It cannot be reached. Check your connection."
          : (fault as Error).message,
      again: open,
    };
  }
}

/** Asks who it is that has signed in. */
async function enter(setting: Setting, signIn: SignIn, draft: Draft | null): Promise<State> {
  try {
    const me = await new ControlPlane(signIn.accessToken).me();
    const isTheirs = draft?.userId === me.userId;
    return { kind: "signed-in", setting, signIn, me, draft: isTheirs ? draft.payload : null };
  } catch (fault) {
    const isRefused = fault instanceof Refusal && fault.status === 401;
    const { title, detail } = isRefused
      ? { title: "The control plane does not take this sign-in", detail: fault.detail }
      : sentenceOf(fault);
    return { kind: "broken", title, detail, again: () => enter(setting, signIn, draft) };
  }
}
