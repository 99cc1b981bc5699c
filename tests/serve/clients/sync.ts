// Syncs the contacts of a made-up CRM with Leadpulse, both ways, through openapi-fetch with the types of
// openapi-typescript.   node sync.js URL TOKEN FOLDER
//
// FOLDER/crm.json is the CRM. Contacts are created and upserted, opt-outs sent, and changes read until FOLDER/last is
// there. Whatever has no answer is sent again with its key.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Input = components["schemas"]["ContactInput"];
type Problem = components["schemas"]["Problem"];
interface Crm {
  contacts: Record<string, { email: string | null; city: unknown }>;
  to_create: string[];
  to_upsert: string[];
  to_opt_out: string[];
}
type Answer<T> = { data?: T; error?: Problem; response: Response };

const [url, token, folder] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const crm = JSON.parse(readFileSync(`${folder}/crm.json`, "utf8")) as Crm;
const kRows = 250; // of a batch
const kDone = [200, 201, 202];

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

// Sends a request until it has an answer: the front or its run may be down.
async function answerOf<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (;;) {
    try {
      const answer = await call();
      const isBusy = [429, 503].includes(answer.response.status) || answer.error?.code === "in_progress";
      if (!isBusy) return answer;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch's own: no connection, or one that was cut
    }
    await pause();
  }
}

function expect(holds: boolean, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

function inputOf(id: string): Input {
  const contact = crm.contacts[id];
  expect(contact !== undefined, id);
  return { id, email: contact.email, attributes: { city: contact.city }, notes: "from the CRM" };
}

async function create() {
  for (const id of crm.to_create) {
    const header = { "Idempotency-Key": `new-${id}` };
    const made = await answerOf(() => client.POST("/contacts", { params: { header }, body: inputOf(id) }));
    expect([201, 202].includes(made.response.status), made.error);
  }
}

async function upsert() {
  for (let at = 0; at < crm.to_upsert.length; at += kRows) {
    const ids = crm.to_upsert.slice(at, at + kRows);
    const body = { rows: ids.map((id) => ({ action: "upsert" as const, contact: inputOf(id) })) };
    for (;;) {
      const header = { "Idempotency-Key": `batch-${at}` };
      const { data, error } = await answerOf(() => client.POST("/contacts/batch", { params: { header }, body }));
      expect(data !== undefined, error);
      if (data.rows.every((row) => kDone.includes(row.status))) break;
      const wrong = data.rows.filter((row) => ![...kDone, 409, 429, 503].includes(row.status));
      expect(wrong.length === 0, wrong);
      await pause();
    }
  }
}

async function optOut() {
  for (const id of crm.to_opt_out) {
    const params = { path: { id }, header: { "Idempotency-Key": `out-${id}` } };
    const said = await answerOf(() => client.POST("/contacts/{id}/opt-outs", { params, body: { source: "CRM" } }));
    expect(kDone.includes(said.response.status), said.error);
  }
}

// Reads what was changed since a minute before `since`, page by page. Returns as of when.
async function readChanges(since: string | undefined): Promise<string | undefined> {
  const from = since === undefined ? "" : `updated>=${new Date(Date.parse(since) - 60_000).toISOString()}`;
  let began: string | undefined;
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? { query: from, limit: 1000 } : { query: from, limit: 1000, cursor };
    const { data, error, response } = await answerOf(() => client.GET("/contacts/search", { params: { query } }));
    if (response.status === 410) return since; // a cursor of another front: the next reading begins again
    expect(data !== undefined, error);
    began ??= data.at;
    for (const row of data.contacts) {
      expect(row.id !== undefined && row.email !== undefined, row);
      crm.contacts[row.id] = { email: row.email, city: row.profile?.["city"] };
    }
    cursor = data.cursor ?? undefined;
  } while (cursor !== undefined);
  return began;
}

await create();
await upsert();
await optOut();
writeFileSync(`${folder}/sent`, "");
let since: string | undefined;
for (let isLast = false; !isLast; await pause()) {
  isLast = existsSync(`${folder}/last`);
  since = await readChanges(since);
}
writeFileSync(`${folder}/crm.json`, JSON.stringify(crm));
