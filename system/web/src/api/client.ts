/** The typed API client and the two ways its answers are taken. */

import createClient, { type Client } from "openapi-fetch";

import { ApiError, problemOf } from "./problem";
import type { paths } from "./schema";

export type Api = Client<paths>;

/** The client over `transport`; paths, bodies and answers are those of the OpenAPI document. */
export function createApi(transport: (request: Request) => Promise<Response>): Api {
  return createClient<paths>({ baseUrl: location.origin, fetch: transport });
}

interface Outcome<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of a 2xx answer; throws `ApiError` for every other answer and for a 2xx without a body. */
export async function answer<T>(call: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  if (data === undefined || data === null) {
    throw new ApiError(response.status, "unreadable_answer", "The answer has no body.", null);
  }
  return data;
}

/** Waits for a 2xx answer whose body does not matter; throws `ApiError` otherwise. */
export async function done(call: Promise<Outcome<unknown>>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
}
