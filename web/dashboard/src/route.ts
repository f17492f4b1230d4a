// The address: #/ or #/region/NAME. A token arrives once as #t=TOKEN, is kept for the tab, and leaves the address.
import { signal } from "@preact/signals";

export type Route = { readonly page: "overview" } | { readonly page: "region"; readonly name: string };

const TOKEN_KEY = "pagecast.token";

function parse(hash: string): Route {
  const match = /^#\/region\/(.+)$/.exec(hash);
  if (!match) return { page: "overview" };
  try {
    return { page: "region", name: decodeURIComponent(match[1]!) };
  } catch {
    return { page: "overview" };
  }
}

export function regionHref(name: string): string {
  return `#/region/${encodeURIComponent(name)}`;
}

/** Take the token out of the address: #t=TOKEN, or #t=TOKEN&/region/NAME. Else the one kept for this tab. */
export function takeToken(): string | undefined {
  const match = /^#t=([^&]*)(?:&(.*))?$/.exec(location.hash);
  if (!match) return readSession();
  history.replaceState(null, "", `${location.pathname}${match[2] ? `#${match[2]}` : ""}`);
  let token = match[1]!;
  try {
    token = decodeURIComponent(token);
  } catch {
    // Not percent-encoded after all: take it as it is.
  }
  keepToken(token);
  return token;
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(TOKEN_KEY, token);
  } catch {
    // Storage is switched off: the token lasts until the page is reloaded.
  }
}

function readSession(): string | undefined {
  try {
    return sessionStorage.getItem(TOKEN_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export const route = signal<Route>({ page: "overview" });

export function startRouting(onToken: (token: string) => void): void {
  const follow = (): void => {
    if (location.hash.startsWith("#t=")) onToken(takeToken()!);
    route.value = parse(location.hash);
  };
  window.addEventListener("hashchange", follow);
  follow();
}

export function go(hash: string): void {
  if (location.hash !== hash) location.hash = hash;
}
