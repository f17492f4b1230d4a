// What stands in place of the page when the bridge refuses us: a form for the token, or the reason.
import { useEffect, useRef } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { keepToken } from "../route.ts";

export function TokenForm({ engine }: { readonly engine: Engine }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <main class="refused" id="main">
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          const token = input.current!.value.trim();
          if (!token) return;
          keepToken(token);
          engine.client.token = token;
          engine.client.connect();
        }}
      >
        <h1>Token needed</h1>
        <p>
          This bridge shows its regions to whoever has its token. The daemon prints an address with the token when it
          starts; its log names the file that keeps it.
        </p>
        <label>
          Token
          <input ref={input} type="password" name="token" autocomplete="off" spellcheck={false} required />
        </label>
        <button type="submit" class="button primary">
          Connect
        </button>
        <p class="muted">It is kept for this tab only.</p>
      </form>
    </main>
  );
}

export function Refused({ engine }: { readonly engine: Engine }) {
  const closed = engine.link.value.closed;
  return (
    <main class="refused" id="main">
      <div class="panel">
        <h1>Connection refused</h1>
        <p>
          The bridge says: {closed?.meaning.text ?? "no reason given"} ({closed?.code}).
        </p>
        {closed?.meaning.hint && <p>What helps: {closed.meaning.hint}.</p>}
        <button type="button" class="button primary" onClick={() => engine.client.connect()}>
          Try again
        </button>
      </div>
    </main>
  );
}
