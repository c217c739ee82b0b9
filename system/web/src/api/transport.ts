/** The one way a request leaves the page: bearer, trace, time limit, one shared refresh, bounded retries. */

import { INTENT_TRACE_HEADER } from "./intent";
import { ApiError, failureOf, problemOf } from "./problem";
import { retryReason, waitBeforeRetry } from "./retry";
import { newTraceId, traceparent } from "./trace";

export const ATTEMPT_SECONDS_MAX = 10;
/** These calls make or end a session themselves, so a bearer or a refresh would be wrong on them. */
const WITHOUT_BEARER = new Set(["/api/auth/login", "/api/auth/signup", "/api/auth/refresh"]);

export interface TransportEdges {
  readonly fetch: (request: Request) => Promise<Response>;
  /** The access token now, or null when signed out. */
  readonly token: () => string | null;
  /** A token newer than `stale`, shared by all callers and tabs; null when the session is over. */
  readonly refresh: (stale: string) => Promise<string | null>;
  readonly sleep: (seconds: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly retried: (reason: string) => void;
  /** A failure that no further attempt will mend. */
  readonly failed: (error: ApiError) => void;
}

/** Waits, or rejects as soon as the caller goes away. */
export function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, seconds * 1000);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

function isRepeatable(request: Request): boolean {
  return request.method === "GET" || request.method === "HEAD" || request.headers.has("Idempotency-Key");
}

async function readProblem(response: Response): Promise<ApiError> {
  let body: unknown;
  try {
    body = await response.clone().json();
  } catch {
    body = null;
  }
  return problemOf(response, body);
}

/** One attempt of `original`, which stays unread so that it can be sent again. */
function attemptOf(original: Request, token: string | null, traceId: string, clicked: boolean): Request {
  const copy = original.clone();
  const headers = new Headers(copy.headers);
  headers.delete(INTENT_TRACE_HEADER);
  headers.set("traceparent", traceparent(traceId, clicked));
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  const signal = AbortSignal.any([original.signal, AbortSignal.timeout(ATTEMPT_SECONDS_MAX * 1000)]);
  return new Request(copy, { headers, signal });
}

/**
 * A `fetch` for the API client. Resolves with the last answer, whatever its status;
 * rejects with `ApiError` (status 0) when no answer came, or with the caller's abort reason.
 */
export function createTransport(edges: TransportEdges): (request: Request) => Promise<Response> {
  async function send(request: Request, token: string | null, traceId: string): Promise<Response> {
    const clicked = request.headers.has(INTENT_TRACE_HEADER);
    try {
      return await edges.fetch(attemptOf(request, token, traceId, clicked));
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      throw failureOf(cause, traceId);
    }
  }

  async function authorised(request: Request, traceId: string): Promise<Response> {
    const open = WITHOUT_BEARER.has(new URL(request.url).pathname);
    const token = open ? null : edges.token();
    const response = await send(request, token, traceId);
    if (response.status !== 401 || token === null) return response;
    const fresh = await edges.refresh(token);
    if (fresh === null) return response;
    edges.retried("401");
    return send(request, fresh, traceId);
  }

  return async function transport(request: Request): Promise<Response> {
    const traceId = request.headers.get(INTENT_TRACE_HEADER) ?? newTraceId();
    const repeatable = isRepeatable(request);
    for (let attempt = 1; ; attempt += 1) {
      let response: Response | null = null;
      let error: ApiError;
      try {
        response = await authorised(request, traceId);
        if (response.ok) return response;
        error = await readProblem(response);
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
        error = failure;
      }
      const wait = waitBeforeRetry(error, { attempt, repeatable }, edges.random());
      if (wait === null) {
        edges.failed(error);
        if (response === null) throw error;
        return response;
      }
      edges.retried(retryReason(error));
      await edges.sleep(wait, request.signal);
    }
  };
}
