import { render } from "preact";
import { Page } from "./components/Page";

render(<Page />, document.getElementById("page")!);
