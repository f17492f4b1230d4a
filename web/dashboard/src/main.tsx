// Entry of the dashboard: one engine, one painter, the page.
import { Client } from "@pagecast/client";
import { effect } from "@preact/signals";
import { render } from "preact";
import { Engine } from "./engine.ts";
import { startFavicon } from "./favicon.ts";
import { Overview } from "./overview/overview.tsx";
import { Painter } from "./painter.ts";
import { RegionPage } from "./region/region.tsx";
import { go, route, startRouting, takeToken } from "./route.ts";
import { cycleTheme, startSettings } from "./settings.ts";
import { Panels } from "./shell/dialogs.tsx";
import { pageKeys, startKeys } from "./shell/keys.ts";
import { Announcer, Notices } from "./shell/notices.tsx";
import { open } from "./shell/panels.ts";
import { Refused, TokenForm } from "./shell/token.tsx";
import { TopBar } from "./shell/topbar.tsx";
import "./style/app.css";

interface Props {
  readonly engine: Engine;
  readonly painter: Painter;
}

function App({ engine, painter }: Props) {
  return (
    <>
      <header class="top">
        <a class="skip" href="#main" onClick={skip}>
          Skip to content
        </a>
        <TopBar engine={engine} />
        <Notices engine={engine} />
        <Announcer />
      </header>
      <Page engine={engine} painter={painter} />
      <Panels />
    </>
  );
}

function Page({ engine, painter }: Props) {
  const { state, authFailed } = engine.link.value;
  if (authFailed) return <TokenForm engine={engine} />;
  if (state === "refused") return <Refused engine={engine} />;
  const at = route.value;
  if (at.page === "region") return <RegionPage key={at.name} name={at.name} engine={engine} painter={painter} />;
  return <Overview engine={engine} painter={painter} />;
}

// The hash is the route, so the link itself must not be followed.
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main a, #main button, #main input")?.focus();
}

function start(): void {
  startSettings();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const engine = new Engine(new Client({ url: `${scheme}://${location.host}/ws`, agent: "pagecast-dashboard" }));
  const painter = new Painter();
  const token = takeToken();
  startRouting((newToken) => {
    engine.client.token = newToken;
    engine.client.connect();
  });
  startKeys();
  pageKeys({
    "/": () => document.querySelector<HTMLInputElement>("#filter")?.focus(),
    " ": () => engine.toggleFreeze(),
    t: cycleTheme,
    e: () => open("journal"),
    "?": () => open("help"),
    Escape: () => go("#/"),
  });
  effect(() => {
    void route.value;
    window.scrollTo(0, 0);
  });
  startFavicon(engine);
  engine.start(token);
  render(<App engine={engine} painter={painter} />, document.getElementById("app")!);
}

start();
