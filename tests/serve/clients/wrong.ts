// What the generated types must refuse. The compiler fails if they do not.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const client = createClient<paths>({ baseUrl: "" });
// @ts-expect-error a member that is spelled wrong
const input: components["schemas"]["ContactInput"] = { emial: "a@x.org" };
// @ts-expect-error also in a row of a batch
const row: components["schemas"]["BatchInputRow"] = { action: "upsert", contact: { emial: "a@x.org" } };
// @ts-expect-error a stage that there is not
client.POST("/contacts/{id}/stage", { params: { path: { id: "a" } }, body: { stage: "won" } });
// @ts-expect-error a member that is missing
client.POST("/contacts/{id}/consents", { params: { path: { id: "a" } }, body: { granted: true } });
// @ts-expect-error a path that there is not
client.GET("/contact", {});
// @ts-expect-error a parameter of another type
client.GET("/contacts", { params: { query: { limit: "all" } } });
export { input, row };
