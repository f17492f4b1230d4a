// Entry of the dashboard.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Client } from "@pagecast/client";
import "./app.css";

const client = new Client({ url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws` });
const token = /^#t=([^&]+)/.exec(location.hash)?.[1] ?? sessionStorage.getItem("pagecast.token");
if (token) {
  client.token = decodeURIComponent(token);
  sessionStorage.setItem("pagecast.token", decodeURIComponent(token));
  history.replaceState(null, "", location.pathname);
}

function App() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <main>
      <h1>{client.hello?.instance ?? "pagecast"}</h1>
      <p>{client.link.state}</p>
      {[...client.regions.values()].map((region) => (
        <section key={region.name}>
          <h2>
            {region.name} <b>{client.verdict(region).word}</b>
          </h2>
          <dl>
            {region.layout?.fields.map((field) => [
              <dt key={field.name}>{field.name}</dt>,
              <dd key={field.name + "="}>{String(region.get(field.name))}</dd>,
            ])}
          </dl>
        </section>
      ))}
    </main>
  );
}

client.subscribe("**", { hz: 10 });
client.connect();
render(<App />, document.getElementById("app")!);
