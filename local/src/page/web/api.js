// The two ways to the server: what the operator sees, and the API with a token, as an app uses it.

const TOKEN = "/oauth/client_credential/accesstoken";
let client = null;
/** The token in use, or on its way. */
let token = null;

/** An answer that is no success. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function json(response) {
  const text = await response.text();
  let body = null;
  try { body = JSON.parse(text); } catch { /* what is no JSON has no message */ }
  if (response.ok) return body;
  const message = body?.error?.message ?? body?.error_description ?? body?.message ?? body?.description ?? response.statusText;
  throw new Refused(response.status, message);
}

/** What the operator's commands show. */
export const operator = async (path) => json(await fetch(`/operator/${path}`));

/** Of the clients whose secret is known the one that may do most; null without any. */
export function strongest(clients) {
  const power = ({ customers, scope }) => (customers === "*" ? 2 : 0) + (scope.includes("write") ? 1 : 0);
  const known = clients.filter((client) => client.secret && client.state === "enabled");
  return known.sort((one, other) => power(other) - power(one))[0] ?? null;
}

/** The client whose tokens are used from now on. */
export function use(next) {
  if (client?.id === next?.id && client?.secret === next?.secret) return;
  [client, token] = [next, null];
}

/** Whether there is one. */
export const hasClient = () => client !== null;

/** A token for a client, with everything that comes with it. */
export async function fetchToken({ id, secret }) {
  const basic = btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`);
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  return json(await fetch(TOKEN, { method: "POST", headers: { Authorization: `Basic ${basic}` }, body: form }));
}

/** An operation that reads. Those at the same time share a token; one that is refused is fetched anew, once. */
export async function api(path, again = true) {
  const own = (token ??= fetchToken(client).then((answer) => answer.access_token));
  try {
    return await json(await fetch(path, { headers: { Authorization: `Bearer ${await own}` } }));
  } catch (error) {
    if (error.status !== 401) throw error;
    if (token === own) token = null;
    if (!again) throw error;
    return api(path, false);
  }
}
